import Foundation

/// One scan of a batch: what is read, and under which names its results appear.
///
/// A job is known by its `name` alone: the same name in a later run is the same job, whatever folder the batch was started from.
public struct BatchJob: Codable, Hashable, Sendable {
  /// Unique in a batch: a relative path without an ending, `sub-01/anat/sub-01_T1w`. It mirrors the input tree and never holds header text.
  public let name: String
  /// The NIfTI file, or the folder that holds the series.
  public let input: URL
  /// Which series of a DICOM folder, as `DicomSeries.selector` says it; `nil` for NIfTI.
  public let series: String?
  /// Results by role, as paths relative to the output folder.
  public let outputs: Outputs

  /// Where results go; `nil` for what was not asked for.
  public struct Outputs: Codable, Hashable, Sendable {
    public let estimate: String
    public var uncertainty: String?
    public var preview: String?

    public init(estimate: String, uncertainty: String? = nil, preview: String? = nil) {
      self.estimate = estimate
      self.uncertainty = uncertainty
      self.preview = preview
    }

    /// Every path there is.
    public var all: [String] { [estimate, uncertainty, preview].compactMap(\.self) }
  }

  public init(name: String, input: URL, series: String? = nil, outputs: Outputs) {
    self.name = name
    self.input = input
    self.series = series
    self.outputs = outputs
  }
}
