import Foundation
import SuperResolution

/// How outputs are called that mirror a tree: the scan's name, the scale, and what it is.
struct TreeNames {
  let request: BatchRequest

  /// Packed as the input is: what reads the one reads the other.
  func nifti(isPacked: Bool) -> (String) -> BatchJob.Outputs {
    let ending = isPacked ? ".nii.gz" : ".nii"
    return { name in outputs(mark(name), ending: ending, deviationEnding: ending) }
  }

  /// A folder of DICOM files, unless NIfTI was asked for.
  func dicom() -> (String) -> BatchJob.Outputs {
    let ending = request.dicomOutput == .nifti ? ".nii.gz" : ""
    let deviationEnding = request.uncertaintyFormat.map { $0 == .nifti ? ".nii.gz" : "" } ?? ending
    return { name in outputs(mark(name), ending: ending, deviationEnding: deviationEnding) }
  }

  /// Names that the user chose stand as they are.
  func chosen(ending: String, deviationEnding: String) -> (String) -> BatchJob.Outputs {
    { name in outputs(name, ending: ending, deviationEnding: deviationEnding) }
  }

  /// With what comes of the scan's companions.
  func withCompanions(_ scan: PlannedScan) -> PlannedScan {
    var scan = scan
    let (plain, companions) = (scan.outputs, scan.companions)
    scan.outputs = { name in
      var outputs = plain(name)
      let (stem, _) = TreeNames.stem(outputs.estimate)
      if companions.regions != nil { outputs.regions = "\(stem)_regions.tsv" }
      // Labels are NIfTI, also beside DICOM.
      if companions.labels != nil {
        outputs.labels = stem + "_labels" + (outputs.estimate.hasSuffix(".nii") ? ".nii" : ".nii.gz")
      }
      return outputs
    }
    return scan
  }

  private func mark(_ name: String) -> String { "\(name)_srx\(request.scale)" }

  private func outputs(_ base: String, ending: String, deviationEnding: String) -> BatchJob.Outputs {
    let results = request.results
    var outputs = BatchJob.Outputs(
      estimate: base + ending, uncertainty: results.uncertainty ? "\(base)_sigma\(deviationEnding)" : nil,
      preview: results.preview ? "\(base)_preview.png" : nil, samples: results.samples ? "\(base)_samples" : nil)
    if results.calibratedUncertainty { outputs.calibratedUncertainty = "\(base)_calibrated_sigma\(deviationEnding)" }
    if results.interval {
      (outputs.lower, outputs.upper) = ("\(base)_lower\(deviationEnding)", "\(base)_upper\(deviationEnding)")
    }
    return outputs
  }

  /// A NIfTI file's name without what its format adds.
  static func stem(_ relative: String) -> (stem: String, isPacked: Bool) {
    var stem = relative
    func drop(_ ending: String) -> Bool {
      guard stem.lowercased().hasSuffix(ending), stem.utf8.count > ending.utf8.count else { return false }
      stem.removeLast(ending.count)
      return true
    }
    let isPacked = drop(".gz")
    _ = drop(".nii") || drop(".hdr") || drop(".img")
    return (stem, isPacked)
  }
}
