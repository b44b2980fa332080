import Foundation
import Volumes

/// How the voxels of an output are stored.
public enum OutputVoxelType: String, CaseIterable, Sendable {
  /// IEEE 754 single precision.
  case float32
  /// The input's own type; integers are rounded.
  case input
}

/// How the uncertainty of a DICOM output is written.
public enum UncertaintyFormat: String, CaseIterable, Sendable {
  /// A Parametric Map: one object with floating-point pixels.
  case pmap
  /// A plain series, for viewers that do not read maps.
  case series
  /// A NIfTI file.
  case nifti
}

/// What kind of thing a path names as an output.
enum OutputForm {
  case nifti
  /// A folder of DICOM files.
  case dicom

  /// By the ending: NIfTI's are NIfTI, anything else is a DICOM folder.
  init(_ url: URL) {
    let name = url.lastPathComponent.lowercased()
    self = [".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz"].contains { name.hasSuffix($0) } ? .nifti : .dicom
  }
}
