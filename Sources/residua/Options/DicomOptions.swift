import ArgumentParser
import Foundation
import SuperResolution

/// What there is to say about DICOM in and out.
struct DicomOptions: ParsableArguments {
  @Option(
    help: "How the uncertainty is written beside DICOM: pmap (a parametric map), series or nifti. (default: pmap)")
  var uncertaintyFormat: UncertaintyFormat?

  @Flag(help: "Fill missing slices of a DICOM series by interpolation.")
  var allowGaps = false

  @Flag(help: "Apply the removals of DICOM's basic confidentiality profile to what is written.")
  var deidentify = false

  func apply(to job: inout UpscaleJob) {
    job.uncertaintyFormat = uncertaintyFormat
    job.allowGaps = allowGaps
    job.deidentify = deidentify
  }
}

extension UncertaintyFormat: ExpressibleByArgument {}
