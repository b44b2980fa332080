import Foundation
import Volumes

/// Makes the writer that suits an output: NIfTI, a DICOM series or a parametric map.
struct OutputWriters {
  typealias Writer = VolumeWriter & StagedOutput

  let job: UpscaleJob
  let source: UpscaleSource
  let upscaler: VolumeUpscaler
  private var scale: Int { upscaler.model.scale }

  func writer(for entry: OutputPlan.Entry) throws -> any Writer {
    switch entry.form {
    case .nifti: try nifti(entry)
    case .dicom:
      if entry.role.quantity == .deviation, job.uncertaintyFormat != .series {
        try parametricMap(entry)
      } else {
        try series(entry)
      }
    }
  }

  /// Options that do not go together.
  static func problems(of plan: OutputPlan, job: UpscaleJob, source: UpscaleSource) -> [OutputNames.Problem] {
    var problems: [OutputNames.Problem] = []
    for entry in plan.volumes where entry.form == .dicom && source.series == nil {
      problems.append(.init(code: .invalidSetting, sentence: lacksReference(entry.url).description))
    }
    guard let format = job.uncertaintyFormat else { return problems }
    for entry in plan.volumes
    where entry.role.quantity != .picture && (format == .nifti) != (entry.form == .nifti) {
      problems.append(
        .init(
          code: .invalidSetting,
          sentence: "\(entry.url.path): --uncertainty-format \(format.rawValue) needs "
            + (format == .nifti ? "a name that ends in .nii or .nii.gz." : "the name of a folder.")))
    }
    return problems
  }

  private func nifti(_ entry: OutputPlan.Entry) throws -> NiftiWriter {
    let type = entry.voxelType == .float32 ? .float32 : source.reader.header.storedType
    return try NiftiWriter(
      NiftiOutput(
        of: entry.role, header: upscaler.header, type: type, scale: scale, overwrite: job.overwrite), to: entry.url)
  }

  private func series(_ entry: OutputPlan.Entry) throws -> DicomSeriesWriter {
    guard let series = source.series else { throw Self.lacksReference(entry.url) }
    return try DicomSeriesWriter(
      folder: entry.url, header: upscaler.header, source: series, derivation: derivation(entry.role),
      overwrite: job.overwrite)
  }

  private func parametricMap(_ entry: OutputPlan.Entry) throws -> DicomParametricMapWriter {
    guard let series = source.series else { throw Self.lacksReference(entry.url) }
    return try DicomParametricMapWriter(
      folder: entry.url, header: upscaler.header, source: series, derivation: derivation(entry.role),
      overwrite: job.overwrite)
  }

  private func derivation(_ role: OutputRole) -> DicomDerivation {
    let content: DicomDerivation.Content =
      switch role.quantity {
      case .picture: .picture
      case .deviation: .uncertainty
      case .bound: .bound
      }
    var derivation = DicomDerivation(
      content: content, toolName: ToolVersion.name, toolVersion: ToolVersion.number,
      modelDigest: "sha256:\(upscaler.model.digest)", scale: scale,
      method: "\(role.method) samples, \(upscaler.steps) steps, seed \(job.settings.seed)",
      label: role.label.map { "SR x\(scale) \($0)" }, deidentify: job.deidentify)
    derivation.quantity = role.spelledOut
    derivation.sourceRange = upscaler.statistics.minimum...upscaler.statistics.maximum
    derivation.numberOffset = role.numberOffset
    return derivation
  }

  private static func lacksReference(_ url: URL) -> SuperResolutionError {
    SuperResolutionError(
      .invalidSetting, url.path,
      "is the name of a DICOM folder, but the input is NIfTI. End it in .nii or .nii.gz, or name the DICOM series whose patient and "
        + "study it shall take over with --reference.")
  }
}

extension NiftiOutput {
  /// What a NIfTI output with this role is to be.
  /// - Parameter header: of the high resolution, with the intensities' unit and rescale.
  init(of role: OutputRole, header: VolumeHeader, type: ScalarType, scale: Int, overwrite: Bool) {
    let isDeviation = role.quantity == .deviation
    self.init(header: isDeviation ? header.ofDeviation : header, type: type)
    description = "\(ToolVersion.name) \(ToolVersion.number) SR x\(scale) \(role.description); not for diagnosis"
    keepsDisplayRange = !isDeviation
    self.overwrite = overwrite
  }
}

extension VolumeHeader {
  /// A deviation is another quantity than the intensities: their intent and rescale do not describe it.
  var ofDeviation: VolumeHeader {
    var header = self
    header.rescale = .identity
    header.nifti?.intentCode = 0
    header.nifti?.intentName = ""
    header.nifti?.intentParameters = .zero
    return header
  }
}
