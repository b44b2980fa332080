import Foundation
import Testing
import Volumes

@Suite struct DicomSurvey {
  @Test func survey() throws {
    for sub in ["vendors","enhanced/In","fruit_mr","chest_ct","edge_cases","transfer_syntaxes/In"] {
      var folders: [URL] = []
      let e = FileManager.default.enumerator(at: TestData.dicom.appendingPathComponent(sub), includingPropertiesForKeys: nil)!
      folders.append(TestData.dicom.appendingPathComponent(sub))
      for case let u as URL in e where u.hasDirectoryPath { folders.append(u) }
      for f in folders.sorted(by: { $0.path < $1.path }) {
        let files = try FileManager.default.contentsOfDirectory(at: f, includingPropertiesForKeys: nil).filter { !$0.hasDirectoryPath && $0.pathExtension != "gz" && $0.lastPathComponent != "LICENSE" }
        if files.isEmpty { continue }
        let a = try DicomArchive.scan(f)
        print("==", f.path.replacingOccurrences(of: TestData.dicom.path, with: ""), "others", a.otherFileCount)
        for d in a.damaged { print("   damaged", d) }
        for s in a.series {
          print("  ", s.summary, "|", s.suitability.sentence ?? "ok", "|", s.findings.map(\.text).joined(separator: "; "), s.transferSyntaxes)
          guard s.isUsable, s.frames > 0 else { continue }
          do {
          let r = try s.open(.init(allowGaps: true))
          let cand = [f.path + "_ground_truth.nii.gz"]
          for c in cand where FileManager.default.fileExists(atPath: c) {
            if let ref = try ReferenceVolume(URL(fileURLWithPath: c)) {
              let cmp = try Comparison(r, against: ref)
              print("     GT", ref.size, ref.frames, "offset", cmp.largestOffset, "diff", cmp.largestDifference, cmp.relativeDifference, "outside", cmp.outside, "/", cmp.voxels)
            }
          }
          let out = try TestData.folder("d2n")
          _ = try Tool("dcm2niix", for: "x")!(["-z","n","-b","n","-o",out.path,"-f","%s_%e_%p", f.path])
          for n in try FileManager.default.contentsOfDirectory(at: out, includingPropertiesForKeys: nil).sorted(by: {$0.path < $1.path}) where n.pathExtension == "nii" {
            if let ref = try ReferenceVolume(n) {
              let cmp = try Comparison(r, against: ref)
              print("     D2N", n.lastPathComponent, ref.size, ref.frames, "offset", cmp.largestOffset, "diff", cmp.largestDifference, cmp.relativeDifference, "outside", cmp.outside, "/", cmp.voxels)
            }
          }
          try? FileManager.default.removeItem(at: out)
          } catch { print("    ERROR", error) }
        }
      }
    }
  }
}
