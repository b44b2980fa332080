import Foundation
import Volumes

/// What the sidecars of a BIDS derivative say besides: where it comes from, and what higher folders say about its source.
public struct BidsProvenance: Codable, Hashable, Sendable {
  /// A BIDS URI: `bids:raw:sub-01/anat/sub-01_T1w.nii.gz`.
  public var source: String
  /// JSON files that apply to the source besides its own, the most general first (BIDS, "The inheritance principle").
  public var inherited: [URL]
  /// For `SkullStripped`, which derivatives have to state, where the source does not.
  public var isSkullStripped: Bool

  /// Provenance of these parts; each is explained at its property.
  public init(source: String, inherited: [URL] = [], isSkullStripped: Bool = false) {
    self.source = source
    self.inherited = inherited
    self.isSkullStripped = isSkullStripped
  }
}

extension BidsProvenance {
  /// A sidecar's fields over those that its file inherits.
  func inheriting(_ own: JSONObjectText?) -> JSONObjectText {
    var result = JSONObjectText()
    for layer in inherited.compactMap({ try? JSONObjectText([UInt8](Data(contentsOf: $0))) }) + [own].compactMap(\.self)
    {
      for (key, value) in layer.members { result[key] = value }
    }
    return result
  }

  /// Adds what a derivative's sidecar has to say (BIDS, "Common data types and metadata" of derivatives).
  func describe(_ json: inout JSONObjectText, as what: String, scale: Int) {
    json["Description"] = JSONObjectText.quoted(
      "In-plane super-resolution ×\(scale) by a diffusion model: \(what). Detail is inferred, not measured. Not for diagnosis."
    )
    json["Sources"] = "[\(JSONObjectText.quoted(source))]"
    if json["SkullStripped"] == nil { json["SkullStripped"] = isSkullStripped ? "true" : "false" }
  }

  /// The sidecar of a map beside the estimate. What the scan's own says about intensities and acquisition is not true of it.
  func sidecar(describing what: String, scale: Int, source input: URL) -> JSONObjectText {
    var json = JSONObjectText()
    json["SkullStripped"] = inheriting(BidsSidecar(beside: input).json)["SkullStripped"]
    describe(&json, as: "\(what), voxel by voxel, in the unit of the scan", scale: scale)
    return json
  }
}
