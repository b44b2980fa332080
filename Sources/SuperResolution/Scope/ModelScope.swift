import Foundation
import Volumes

/// What a model has learned from, in numbers and names, as its file's metadata says it: what an input is held against.
///
/// Every entry is a text under a name of its own (`Docs/Reference/ModelFile.md`); one that is missing is not checked.
public struct ModelScope: Equatable, Sendable {
  /// Millimetres between the pixels of the slices that were the truth.
  public var pixel: ClosedRange<Double>?
  /// Millimetres between the slices.
  public var slice: ClosedRange<Double>?
  /// `axial`, `coronal`, `sagittal`; nil where several were learned from.
  public var plane: String?
  /// Scans by modality (`MR`) and by contrast (`AcquiredContrast.Kind`), `unknown` among them.
  public var modalities: [String: Int]
  /// Scans by contrast (`AcquiredContrast.Kind`), `unknown` among them.
  public var contrasts: [String: Int]
  /// Of their intensities, from the smallest to the largest seen.
  public var shape: [IntensityShape.Measure: ClosedRange<Double>]
  /// Entries that make no sense, in words.
  public private(set) var problems: [String] = []

  /// A scope of these parts; each is explained at its property. What is left out is not checked.
  public init(
    pixel: ClosedRange<Double>? = nil, slice: ClosedRange<Double>? = nil, plane: String? = nil,
    modalities: [String: Int] = [:], contrasts: [String: Int] = [:],
    shape: [IntensityShape.Measure: ClosedRange<Double>] = [:]
  ) {
    self.pixel = pixel
    self.slice = slice
    self.plane = plane
    self.modalities = modalities
    self.contrasts = contrasts
    self.shape = shape
  }

  /// Whether nothing can be checked.
  public var isEmpty: Bool {
    pixel == nil && slice == nil && plane == nil && modalities.isEmpty && contrasts.isEmpty && shape.values.isEmpty
  }

  static let unknown = "unknown"
  private static let planes = ["axial", "coronal", "sagittal"]
  private static func key(_ measure: IntensityShape.Measure) -> String { "seen_\(measure.rawValue)" }

  /// The names of all entries that are read here.
  public static let keys =
    ["seen_pixel_mm", "seen_slice_mm", "seen_plane", "seen_modality", "seen_contrast"]
    + IntensityShape.Measure.allCases.map(key)

  /// Reads the entries of a model's metadata.
  public init(metadata: [String: String]) {
    self.init()
    func range(_ key: String) -> ClosedRange<Double>? {
      guard let text = metadata[key] else { return nil }
      if let range = Self.range(text) { return range }
      problems.append("\(key) is \"\(text.prefix(40))\", expected two rising numbers as 0.8…1")
      return nil
    }
    pixel = range("seen_pixel_mm")
    slice = range("seen_slice_mm")
    for measure in IntensityShape.Measure.allCases { shape[measure] = range(Self.key(measure)) }
    plane = metadata["seen_plane"].flatMap { Self.planes.contains($0) ? $0 : nil }
    modalities = Self.counts(metadata["seen_modality"])
    contrasts = Self.counts(metadata["seen_contrast"])
    // What a reader of scans calls its modalities is in small letters.
    modalities = Dictionary(
      modalities.map { ($0.key == Self.unknown ? $0.key : $0.key.uppercased(), $0.value) }, uniquingKeysWith: +)
  }

  /// The entries as they stand in a model's metadata.
  public var metadata: [String: String] {
    var entries: [String: String] = [:]
    entries["seen_pixel_mm"] = pixel.map { Self.text($0, digits: 3) }
    entries["seen_slice_mm"] = slice.map { Self.text($0, digits: 3) }
    entries["seen_plane"] = plane
    if !modalities.isEmpty { entries["seen_modality"] = Self.text(modalities) }
    if !contrasts.isEmpty { entries["seen_contrast"] = Self.text(contrasts) }
    for (measure, range) in shape { entries[Self.key(measure)] = Self.text(range, digits: 3) }
    return entries
  }

  // MARK: Texts

  /// `0.868…1.000`; two or three points will do for the sign, and one number for a range of nothing.
  static func range(_ text: String) -> ClosedRange<Double>? {
    var plain = text
    for sign in ["…", "...", ".."] { plain = plain.replacingOccurrences(of: sign, with: " ") }
    let parts = plain.split(separator: " ")
    let numbers = parts.compactMap { Double($0) }.filter(\.isFinite)
    guard parts.count == numbers.count, let low = numbers.first, let high = numbers.last, numbers.count <= 2,
      low <= high
    else { return nil }
    return low...high
  }

  static func text(_ range: ClosedRange<Double>, digits: Int) -> String {
    // Outwards, so that what was seen lies within.
    let scale = pow(10, Double(digits))
    // A millimetre that Float32 made 1.0000001 is one.
    let low = (range.lowerBound * scale + 1e-3).rounded(.down)
    let high = (range.upperBound * scale - 1e-3).rounded(.up)
    return String(format: "%.\(digits)f…%.\(digits)f", low / scale, high / scale)
  }

  /// `T1-weighted (41), unknown (1)`; a name without a number counts as one scan.
  static func counts(_ text: String?) -> [String: Int] {
    var counts: [String: Int] = [:]
    for part in (text ?? "").split(separator: ",") {
      let pieces = part.split(separator: "(", maxSplits: 1)
      let name = pieces.first.map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
      guard !name.isEmpty else { continue }
      let number = pieces.count > 1 ? Int(pieces[1].prefix { $0 != ")" }) : nil
      counts[name, default: 0] += min(max(number ?? 1, 1), 1_000_000)
    }
    return counts
  }

  private static func text(_ counts: [String: Int]) -> String {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
  }
}
