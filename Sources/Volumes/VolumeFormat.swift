/// What kind of file something is, by its content.
public enum VolumeFormat: String, Sendable {
  /// NIfTI-1 or NIfTI-2, one file (`.nii`) or the header of a pair (`.hdr`), compressed or not, either byte order.
  case nifti1, nifti2
  /// One DICOM object.
  case dicomFile
  /// A folder, which may hold a DICOM series.
  case directory
  /// Known by sight and not read here.
  case analyze, mgh, gifti, minc, nrrd, metaImage
  case unknown
}
