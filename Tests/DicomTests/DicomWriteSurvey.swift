import Foundation
import Testing
import Volumes

@Suite struct WriteSurvey {
  static func upscale(_ reader: any VolumeReader, by s: Int, into writer: any VolumeWriter) throws {
    for t in 0..<reader.header.frames { for k in 0..<reader.header.size.2 {
      let a = try reader.readSlice(k, across: .k, frame: t)
      var v: [Double] = []; v.reserveCapacity(a.values.count*s*s)
      for y in 0..<(a.height*s) { for x in 0..<(a.width*s) { v.append(a.values[(y/s)*a.width + x/s]) } }
      try writer.writeSlice(VolumeSlice(width: a.width*s, height: a.height*s, values: v), at: k, across: .k, frame: t)
    } }
    try writer.finish()
  }
  @Test func writeAll() throws {
    let dcv = Tool("dciodvfy", for: "x")!
    for sub in ["fruit_mr","chest_ct","vendors/anatomical/001","vendors/ge/fmri/001","vendors/generic/anatomical/002_non_isotropic","vendors/hitachi/anatomical/001","vendors/hyperfine/anatomical/001","vendors/philips_enhanced/001","vendors/siemens_multiframe/anatomical/001","enhanced/In/Siemens/XA10","vendors/failing/gantrytilting/001","vendors/generic/compressed_j2k/001", "vendors/failing/slicecount/001"] {
      let f = TestData.dicom.appendingPathComponent(sub)
      let series = try DicomArchive.scan(f).series.first { $0.isUsable }!
      let reader = try series.open()
      let out = URL(fileURLWithPath: "/tmp/dcmout/" + sub.replacingOccurrences(of: "/", with: "_"))
      try? FileManager.default.createDirectory(at: out.deletingLastPathComponent(), withIntermediateDirectories: true)
      let writer = try DicomSeriesWriter(folder: out, header: reader.header.upscaled(by: 2, across: .k), source: series, derivation: .init(toolVersion: "0.1", modelDigest: "sha256:abc", scale: 2, method: "mean of 8 samples"), overwrite: true)
      try Self.upscale(reader, by: 2, into: writer)
      print("==", sub, writer.quantisation!, writer.findings.map(\.text))
      let first = try dcv([out.appendingPathComponent("00001.dcm").path]).output.split(separator: "\n").map(String.init)
      let srcFile = try FileManager.default.contentsOfDirectory(at: f, includingPropertiesForKeys: nil).filter { $0.lastPathComponent != "LICENSE" }.sorted { $0.path < $1.path }[0]
      let src = Set(try dcv([srcFile.path]).output.split(separator: "\n").map(String.init))
      for line in first { print(line.hasPrefix("Error") ? "  E" : (src.contains(line) ? "   same" : "  N"), line) }
    }
  }
}
