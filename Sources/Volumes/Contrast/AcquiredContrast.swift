/// What a scan weighs by, as far as anything says it. A statement, not a judgement of the pixels.
public struct AcquiredContrast: Equatable, Sendable {
  /// The raw value is what people call it, and how a model's card names it.
  public enum Kind: String, CaseIterable, Sendable {
    /// Short echo and repetition times, or an inversion that darkens fluid.
    case t1 = "T1-weighted"
    /// Long echo and repetition times: fluid is bright.
    case t2 = "T2-weighted"
    /// Short echo time, long repetition time.
    case protonDensity = "proton density"
    /// T2 weighting with fluid inverted to nothing.
    case flair = "FLAIR"
    /// A gradient echo with a long echo time.
    case t2star = "T2*-weighted"
    /// Functional and diffusion series.
    case echoPlanar = "echo-planar"
  }

  /// What it weighs by.
  public let kind: Kind
  /// Who says so, to follow "by": "the file's name".
  public let source: String

  /// A contrast, and where it was read: for people, such as `the file's name`.
  public init(_ kind: Kind, source: String) {
    self.kind = kind
    self.source = source
  }
}

extension AcquiredContrast {
  /// By a file's name: a BIDS suffix (`sub-01_T1w.nii.gz`), or one that other words follow (`sub-01_T1w_cut.nii.gz`); the last one counts.
  ///
  /// Entities such as `space-T1w` name something else and are passed over.
  package init?(fileName name: String) {
    let stem = name.prefix { $0 != "." }
    let found = stem.split(separator: "_").reversed().lazy.compactMap { Self.suffixes[$0.lowercased()] }.first
    guard let found else { return nil }
    self.init(found, source: "the file's name")
  }

  /// BIDS 1.9, "Anatomy imaging data" and "Functional", with the shorter forms that people write.
  private static let suffixes: [String: Kind] = [
    "t1w": .t1, "t1": .t1, "mprage": .t1, "unit1": .t1, "t2w": .t2, "t2": .t2, "pdw": .protonDensity,
    "pd": .protonDensity,
    "flair": .flair, "t2starw": .t2star, "t2star": .t2star, "swi": .t2star, "bold": .echoPlanar, "sbref": .echoPlanar,
    "dwi": .echoPlanar, "epi": .echoPlanar,
  ]
}
