import Foundation

/// A file name of BIDS: entities, suffix, ending. `sub-01_ses-a_rec-norm_T1w.nii.gz` has sub, ses and rec, the suffix T1w and `.nii.gz`.
package struct BidsName: Equatable {
  /// In the order of the name.
  package var entities: [Entity]
  package var suffix: String
  /// With its dot; all of `.nii.gz`.
  package var ending: String

  package struct Entity: Hashable {
    package let key: String
    package var label: String
  }

  /// `nil` where the name is not of this form.
  package init?(_ fileName: String) {
    guard let dot = fileName.firstIndex(of: ".") else { return nil }
    ending = String(fileName[dot...])
    var parts = fileName[..<dot].split(separator: "_", omittingEmptySubsequences: false).map(String.init)
    guard let last = parts.popLast(), Self.isLabel(last) else { return nil }
    suffix = last
    entities = []
    for part in parts {
      guard let dash = part.firstIndex(of: "-") else { return nil }
      let (key, label) = (String(part[..<dash]), String(part[part.index(after: dash)...]))
      guard Self.isLabel(key), Self.isLabel(label) else { return nil }
      entities.append(Entity(key: key, label: label))
    }
  }

  package var stem: String { (entities.map { "\($0.key)-\($0.label)" } + [suffix]).joined(separator: "_") }
  package var fileName: String { stem + ending }

  package subscript(key: String) -> String? { entities.first { $0.key == key }?.label }

  /// With `label` in an entity: behind the label that it has, or as a new one at the place that the specification gives it.
  package func adding(_ label: String, to key: String) -> BidsName {
    var result = self
    if let index = entities.firstIndex(where: { $0.key == key }) {
      result.entities[index].label += label
      return result
    }
    let rank = Self.rank(key)
    let place = entities.firstIndex { Self.rank($0.key) > rank } ?? entities.endIndex
    result.entities.insert(Entity(key: key, label: label), at: place)
    return result
  }

  /// Labels are letters and digits (BIDS, "Filesystem structure"; a plus is allowed since 1.10).
  private static func isLabel(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { isalnum(Int32($0)) != 0 && $0 < 0x80 || $0 == UInt8(ascii: "+") }
  }

  /// The order of entities: BIDS 1.10, appendix "Entity table". What it does not know stands where it stood, before nothing.
  private static let order = [
    "sub", "ses", "sample", "task", "tracksys", "acq", "nuc", "voi", "ce", "trc", "stain", "rec", "dir", "run", "mod",
    "echo",
    "flip", "inv", "mt", "part", "proc", "hemi", "space", "split", "recording", "chunk", "seg", "res", "den", "label",
    "desc",
  ]

  private static func rank(_ key: String) -> Int { order.firstIndex(of: key) ?? -1 }
}
