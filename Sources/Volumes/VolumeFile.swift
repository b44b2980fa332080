import Foundation

/// The door to all formats.
public enum VolumeFile {
  /// Opens a volume by its **content**, whatever its name: a NIfTI file, a DICOM object, or a folder with DICOM files in it.
  /// - Parameters:
  ///   - series: which DICOM series, where there are several (`DicomArchive.select`).
  ///   - allowGaps: whether a DICOM series with missing slices is filled (`DicomReadingOptions.allowGaps`).
  ///   - scratchDirectory: where a reader may put scratch files; by default `$TMPDIR`, else `/tmp`.
  public static func open(
    _ url: URL, series: String? = nil, allowGaps: Bool = false, scratchDirectory: URL? = nil
  ) throws -> any VolumeReader {
    let format = try VolumeFormat.detect(url)
    switch format {
    case .nifti1, .nifti2:
      return try NiftiReader(url, scratchDirectory: scratchDirectory)
    case .dicomFile, .directory:
      let options = DicomReadingOptions(allowGaps: allowGaps, scratchFolder: scratchDirectory)
      return try DicomArchive.scan(url).select(series).open(options)
    case .analyze, .mgh, .gifti, .minc, .nrrd, .metaImage, .unknown:
      throw try refusal(of: url, format: format)
    }
  }

  /// Why a format is not read, and what helps.
  package static func refusal(of url: URL, format: VolumeFormat) throws -> VolumeError {
    let convert = "convert it to NIfTI (.nii.gz) first"
    func unsupported(_ what: String) -> VolumeError {
      VolumeError(.unsupported, subject: url.path, reason: "\(what); \(convert)")
    }
    switch format {
    case .analyze:
      return unsupported("is an Analyze 7.5 header, which does not say left from right and is not read")
    case .mgh: return unsupported("is a FreeSurfer MGH/MGZ volume, which is not read (mri_convert does it)")
    case .gifti:
      return VolumeError(.unsupported, subject: url.path, reason: "is a GIfTI surface, not a volume of slices")
    case .minc: return unsupported("is a MINC (NetCDF or HDF5) file, which is not read")
    case .nrrd: return unsupported("is an NRRD file, which is not read")
    case .metaImage: return unsupported("is a MetaImage file, which is not read")
    case .directory: return VolumeError.opening(url.path, errno: EISDIR)
    case .dicomFile: return unsupported("is a DICOM object where NIfTI was expected")
    case .nifti1, .nifti2, .unknown:
      let start = try FileStart(InputFile(url))
      let found: String
      if start.bytes.isEmpty {
        found = start.isGzip ? "unpacks to nothing" : "is empty"
      } else if start.bytes.count < 348 {
        found = "is only \(start.bytes.count) bytes long\(start.isGzip ? " unpacked" : ""), too short for any volume"
      } else {
        let bytes = start.bytes.prefix(8).map { String($0, radix: 16, uppercase: true) }
          .map { $0.count < 2 ? "0\($0)" : $0 }.joined(separator: " ")
        found = "begins with \(bytes)\(start.isGzip ? " unpacked" : "")"
      }
      return VolumeError(
        .notAVolume, subject: url.path,
        reason: "is not a volume: expected NIfTI-1, NIfTI-2 or DICOM by its content, and it \(found). Check the path")
    }
  }
}
