import Foundation
import Volumes

/// What an upscale reads: a NIfTI file or a DICOM series, and how it is called where nobody's name may show.
struct UpscaleSource {
  let reader: any VolumeReader
  /// The series of a DICOM input, or of `--reference`; what a DICOM output takes its patient, study and equipment from.
  let series: DicomSeries?
  /// For sidecars and pictures. Folders of DICOM files are often called after people: they go by their series number.
  let name: String
  /// The files whose digest identifies the input.
  let files: [URL]
  let isDicom: Bool

  /// - Throws: `VolumeError`.
  init(of job: UpscaleJob) throws {
    switch try VolumeFormat.detect(job.input) {
    case .dicomFile, .directory:
      let archive =
        try job.files.map { try DicomArchive.scan($0.map { (job.input.path + "/" + $0, $0) }, archive: job.input.path) }
        ?? DicomArchive.scan(job.input)
      let series = try archive.select(job.series)
      reader = try series.open(DicomReadingOptions(allowGaps: job.allowGaps))
      self.series = series
      // A UID can hold a device's number, date and time.
      name =
        series.number.map { number in "DICOM series \(number)" + (series.part.map { ".\($0)" } ?? "") }
        ?? "DICOM series"
      files = series.files
      isDicom = true
    default:
      reader = try VolumeFile.open(job.input)
      series = try job.reference.map { try DicomArchive.scan($0).select(job.series) }
      name = job.input.lastPathComponent
      let voxels = (reader as? NiftiReader)?.voxelURL
      files = [job.input] + (voxels == nil || voxels == job.input ? [] : [voxels].compactMap(\.self))
      isDicom = false
    }
  }
}
