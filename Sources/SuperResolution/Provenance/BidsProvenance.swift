import Foundation

/// What the sidecars of a BIDS derivative say besides: where it comes from, and what higher folders say about its source.
public struct BidsProvenance: Codable, Hashable, Sendable {
  /// A BIDS URI: `bids:raw:sub-01/anat/sub-01_T1w.nii.gz`.
  public var source: String
  /// JSON files that apply to the source besides its own, the most general first (BIDS, "The inheritance principle").
  public var inherited: [URL]
  /// For `SkullStripped`, which derivatives have to state, where the source does not.
  public var isSkullStripped: Bool

  public init(source: String, inherited: [URL] = [], isSkullStripped: Bool = false) {
    self.source = source
    self.inherited = inherited
    self.isSkullStripped = isSkullStripped
  }
}
