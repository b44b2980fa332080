/// What an output says about how it came to be.
public struct DicomDerivation: Sendable {
  /// What the values are.
  public enum Content: Sendable, Equatable {
    /// The picture itself: an estimate or one sample, in the unit of the source.
    case picture
    /// A standard deviation, in the unit of the source.
    case uncertainty
    /// One end of an interval around the picture, in the unit of the source.
    case bound
  }

  /// What the pixels hold.
  public var content: Content
  /// Name and version of the program.
  public var toolName: String
  /// The program's version.
  public var toolVersion: String
  /// Digest of the model file, for instance "sha256:…".
  public var modelDigest: String
  /// Factor of upscaling in the plane.
  public var scale: Int
  /// What was done, in a phrase: "mean of 8 samples, 20 steps, seed 1".
  public var method: String
  /// Appended to the SeriesDescription; "SR x2" by default, "SR x2 uncertainty" for σ.
  public var label: String
  /// What the values are, for people, where it is more than `content` says: "Lower bound of the calibrated 90 % interval".
  public var quantity: String?
  /// SeriesNumber of the output; nil for one derived from the source's (see `Docs/Reference/DicomConformance.md`).
  public var seriesNumber: Int?
  /// Added to the SeriesNumber derived from the source's, so that several outputs of a kind stay apart.
  public var numberOffset = 0
  /// The values that will come, where the caller knows them: lets 16 bits be spent well without a pass over the data.
  public var valueRange: ClosedRange<Double>?
  /// The smallest and largest value of the source, where the caller has looked: what is computed from it goes a little beyond. Nil
  /// assumes all that the source's bits can hold.
  public var sourceRange: ClosedRange<Double>?
  /// Apply the basic profile of PS3.15 annex E to what is written.
  public var deidentify: Bool

  /// A derivation with these entries; each is explained at its property.
  public init(
    content: Content = .picture, toolName: String = "Residua", toolVersion: String, modelDigest: String, scale: Int,
    method: String, label: String? = nil, seriesNumber: Int? = nil, valueRange: ClosedRange<Double>? = nil,
    sourceRange: ClosedRange<Double>? = nil, deidentify: Bool = false
  ) {
    self.content = content
    self.toolName = toolName
    self.toolVersion = toolVersion
    self.modelDigest = modelDigest
    self.scale = scale
    self.method = method
    self.label =
      label
      ?? (["SR x\(scale)", content == .picture ? nil : content == .bound ? "bound" : "uncertainty"]
        .compactMap(\.self).joined(separator: " "))
    self.seriesNumber = seriesNumber
    self.valueRange = valueRange
    self.sourceRange = sourceRange
    self.deidentify = deidentify
  }

  /// One sentence for DerivationDescription (ST, 1024 characters).
  func sentence(quantisation: DicomQuantisation?) -> String {
    let what: String
    switch content {
    case .picture: what = "Super-resolution of the slices by \(scale) in each direction of the plane"
    case .uncertainty:
      what = "\(quantity ?? "Standard deviation over the samples") of a super-resolution by \(scale), voxel by voxel"
    case .bound: what = "\(quantity ?? "Bound of an interval") around a super-resolution by \(scale), voxel by voxel"
    }
    var text = "\(what) with a diffusion model (\(method)); \(toolName) \(toolVersion), model \(modelDigest)."
    if let quantisation { text += " Quantisation step \(decimalString(quantisation.slope))." }
    return String(text.prefix(1024))
  }

  static let warning = "Not for diagnostic use"

  /// What was done, for ContributionDescription (ST, 1024 characters).
  var contribution: String {
    String("\(Self.contributionStart)\(scale) (\(method)); model \(modelDigest)".prefix(1024))
  }

  private static let contributionStart = "Super-resolution x"

  /// Whether a data set carries what every output carries, de-identified or not.
  static func marks(_ dataset: DicomItem) -> Bool {
    dataset.string(.imageComments) == warning
      && dataset.items(.contributingEquipmentSequence).contains {
        $0.string(.contributionDescription)?.hasPrefix(contributionStart) == true
      }
  }

  func defaultSeriesNumber(source: Int?) -> Int {
    let base = min(max(source ?? 0, 0), 1_000_000)
    return base + 1000 * scale + (content == .picture ? 0 : 500) + numberOffset
  }
}
