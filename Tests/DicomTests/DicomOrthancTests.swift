import DicomSamples
import Foundation
import Testing
import Volumes

/// Source, derived series and map through a real archive: C-STORE in, REST out.
@Suite(.enabled(if: TestData.isPresent("DicomOrthancTests"))) struct DicomOrthancTests {
  @Test(.enabled(if: Tool.isInstalled("storescu", for: "DicomOrthancTests"))) func givesBackWhatItWasGiven() throws {
    guard let server = try OrthancServer(for: "DicomOrthancTests") else { return }
    defer { server.stop() }
    let store = try #require(Tool("storescu", for: "DicomOrthancTests"))
    try TestData.withFolder("store") { folder in
      let input = folder.appendingPathComponent("in")
      try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
      for k in 86...89 {
        try FileManager.default.copyItem(
          at: TestData.dicom.appendingPathComponent("fruit_mr/000\(k).dcm"), to: input.appendingPathComponent("\(k)"))
      }
      let series = try DicomArchive.scan(input).select()
      let made = try DicomParametricMapTests.map(of: series, in: folder) { $0 / 30 }
      for sent in [input, made.series, made.map.deletingLastPathComponent()] {
        let result = try store(["-R", "-aec", "ORTHANC", "+sd", "+r", "127.0.0.1", "\(server.dicomPort)", sent.path])
        #expect(result.status == 0, "\(result.output)")
      }
      let back = folder.appendingPathComponent("back")
      try FileManager.default.createDirectory(at: back, withIntermediateDirectories: true)

      let written =
        try FileManager.default.contentsOfDirectory(at: made.series, includingPropertiesForKeys: nil) + [made.map]
      #expect(written.count == 5)
      // The source's sequences have no stated length, which the dump below does not read: its pixels are compared.
      let dump = try #require(Tool("dcmdump", for: "DicomOrthancTests"))
      let sources = folder.appendingPathComponent("sources-back")
      try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
      for file in try FileManager.default.contentsOfDirectory(at: input, includingPropertiesForKeys: nil) {
        let name = try String(dump(["+P", "0008,0018", file.path]).output.split(whereSeparator: "[]".contains)[1])
        try #require(try server.file(sopInstance: name)).write(
          to: sources.appendingPathComponent(file.lastPathComponent))
      }
      let (sent, kept) = (try series.open(), try DicomArchive.scan(sources).select().open())
      for k in 0..<4 {
        #expect(try kept.readSlice(k, across: .k, frame: 0).values == sent.readSlice(k, across: .k, frame: 0).values)
      }
      for file in written {
        let own = try DicomDump(file)
        let name = try #require(own.text(0x0008_0018))
        let returned = back.appendingPathComponent("r-\(name)")
        try #require(try server.file(sopInstance: name)).write(to: returned)
        // Meta information is the archive's own; the data set is ours.
        #expect(try DicomDump(returned).withoutMetaInformation == own.withoutMetaInformation)
      }
      let again = try DicomArchive.scan(back)
      let (returned, own) = (
        try #require(again.series.first { $0.isUsable }).open(), try DicomArchive.scan(made.series).select().open()
      )
      for k in 0..<4 {
        #expect(try returned.readSlice(k, across: .k, frame: 0).values == own.readSlice(k, across: .k, frame: 0).values)
      }
    }
  }
}

extension DicomDump {
  var withoutMetaInformation: DicomDump {
    var copy = self
    copy.values = values.filter { $0.key >> 16 != 2 }
    return copy
  }
}
