import Foundation
import Volumes

/// The JSON beside an output: the input's BIDS fields, brought up to date, with our record under `Residua`; `.bval` and `.bvec` go along.
package struct Sidecar {
  let record: UpscaleRecord

  /// `scan.nii.gz` → `scan.json`; a folder of DICOM files → `folder.json` beside it.
  package static func url(beside output: URL) -> URL {
    switch OutputForm(output) {
    case .nifti: BidsSidecar.neighbour(of: output, "json")
    case .dicom: URL(fileURLWithPath: output.path + ".json", isDirectory: false)
    }
  }

  /// The files on their way: to be completed and published.
  /// - Parameters:
  ///   - input: a NIfTI file whose sidecars go along; `nil` for none.
  ///   - bids: what a BIDS derivative says besides.
  /// - Throws: `VolumeError` where it cannot be written.
  func staged(
    beside output: URL, of input: URL?, from source: VolumeHeader, to result: VolumeHeader, bids: BidsProvenance?,
    overwrite: Bool
  ) throws -> [any StagedOutput] {
    let own = input.map { input in
      var own = BidsSidecar(beside: input)
      own.json = bids.map { $0.inheriting(own.json) } ?? own.json
      return own
    }
    let carried = own?.upscaled(from: source, to: result)
    var json = carried?.json ?? JSONObjectText()
    bids?.describe(
      &json, as: "\(record.output.estimate == "mean" ? "mean" : "first") of \(record.settings.samples) samples",
      scale: record.model.scale)
    json["Residua"] = String(decoding: try record.json(), as: UTF8.self)
    if var carried, OutputForm(output) == .nifti {
      carried.json = json
      // The JSON last: it says that all is there.
      return try carried.staged(beside: output, overwrite: overwrite).reversed()
    }
    return [try StagedFile(Array(json.text.utf8), Self.url(beside: output), overwrite: overwrite)]
  }
}
