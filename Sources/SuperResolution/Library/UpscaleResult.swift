import Foundation
import Volumes

/// What `SuperResolver.upscale` makes of a volume. Inferred, not measured; research use only, not for diagnosis.
public struct UpscaleResult {
  /// The mean of the samples, or the first of them (`UpscaleSettings.estimate`): in the input's unit, with its outer faces where they were,
  /// `scale` times as many voxels along the two axes of the slices.
  public let volume: Volume
  /// Standard deviation over the samples (divisor N − 1) on the same grid, in the same unit, 0 or more; `nil` for a single sample. It shows where
  /// the model is unsure, and is smaller than the error as a rule: `Docs/Explanation/Uncertainty.md`.
  public let deviation: Volume?
  /// Every sample, where they were to be kept.
  public let samples: [Volume]
  /// How it came about, and with what: enough to do it again. What the command writes as a sidecar.
  public let record: UpscaleRecord
  let source: VolumeHeader
  let settings: UpscaleSettings

  static let inputName = "volume in memory"

  /// How the volume, made smaller again, agrees with the input, slice by slice.
  public var consistency: ConsistencyReport? { record.consistency }
  /// What the user should know: an input unlike what the model has learned from, an intensity mapping that found nothing to hold on to, slices that
  /// disagree with the input.
  public var warnings: [String] { record.warnings }
  /// What is worth knowing and no cause for worry.
  public var notes: [String] { record.notes }

  /// Writes NIfTI files with the bytes that `residua upscale` writes, and the sidecar beside the first.
  ///
  /// All appear under their names when all are complete, or none does.
  /// - Parameters:
  ///   - output: ends in .nii, .nii.gz, .hdr or .img; voxels are float32.
  ///   - deviation: the same for σ; `nil` for none.
  ///   - overwrite: whether files of these names may be replaced.
  /// - Throws: `VolumeError` where one cannot be written or is there already, `SuperResolutionError` for one name twice, or where there is no σ.
  public func write(to output: URL, deviation deviationURL: URL? = nil, overwrite: Bool = false) throws {
    var record = record
    record.output.files = ["estimate": output.lastPathComponent]
    var writers = [try writer(of: volume, .estimate(settings), to: output, overwrite: overwrite)]
    defer { writers.forEach { $0.discard() } }
    if let deviationURL {
      guard let deviation else {
        throw SuperResolutionError(
          .invalidSetting, deviationURL.path, "there is no deviation of one sample. Draw two or more.")
      }
      guard OutputNames.parts(of: output).filter(Set(OutputNames.parts(of: deviationURL)).contains).isEmpty else {
        throw SuperResolutionError(
          .unwritable, deviationURL.path,
          "the volume and its deviation would be the same file. Give each a name of its own.")
      }
      record.output.files["uncertainty"] = deviationURL.lastPathComponent
      writers.append(try writer(of: deviation, .deviation(settings), to: deviationURL, overwrite: overwrite))
    }
    for writer in writers {
      try writer.complete()
      record.warnings += writer.findings.map(\.text)
    }
    let sidecar = try Sidecar(record: record).staged(
      beside: output, of: nil, from: source, to: volume.header, bids: nil, overwrite: overwrite)
    for file in sidecar { try file.complete() }
    try (writers + sidecar).publishTogether()
  }

  private func writer(of volume: Volume, _ role: OutputRole, to url: URL, overwrite: Bool) throws -> NiftiWriter {
    let writer = try NiftiWriter(
      NiftiOutput(
        of: role, header: volume.header, type: .float32, scale: record.model.scale, overwrite: overwrite), to: url)
    do {
      try volume.copy(to: writer)
    } catch {
      writer.discard()
      throw error
    }
    return writer
  }
}

extension VolumeReader {
  /// Writes all slices, in the order in which files keep them.
  func copy(to writer: some VolumeWriter) throws {
    for frame in 0..<header.frames {
      for k in 0..<header.size.2 {
        try writer.writeSlice(readSlice(k, across: .k, frame: frame), at: k, across: .k, frame: frame)
      }
    }
  }
}
