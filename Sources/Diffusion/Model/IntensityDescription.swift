import Neural

/// How a model wants the values of a scan mapped into [−1, 1], as its file describes it. Plain data: whoever knows volumes computes it.
///
/// The mapping is fixed once per volume. Values outside of the range are mapped by the same line and not cut.
public enum IntensityDescription: Sendable, Hashable {
  /// x ↦ x / p, with p the given percentile (0…100) of the positive voxels; then `lower` ↦ −1 and `upper` ↦ 1.
  case percentile(Double, lower: Double, upper: Double)
  /// CT: `lower` ↦ −1 and `upper` ↦ 1, both in Hounsfield units.
  case hounsfield(lower: Double, upper: Double)

  /// For people.
  public var text: String {
    switch self {
    case .percentile(let percentile, let lower, let upper):
      "\(lower)…\(upper) × percentile \(percentile) of the positive voxels ↦ −1…1"
    case .hounsfield(let lower, let upper): "\(lower)…\(upper) HU ↦ −1…1"
    }
  }

  /// For files that do not say: the 99.5th percentile of the positive voxels ↦ 1, 0 ↦ −1.
  public static let standard = IntensityDescription.percentile(99.5, lower: 0, upper: 1)
}

extension IntensityDescription {
  /// Reads the object under `intensity` in a configuration; adds to `problems` and returns nil where it makes no sense.
  init?(_ json: JSONValue, problems: inout [String]) {
    let start = problems.count
    let range = json["range"]?.array?.compactMap(\.double)
    switch json["kind"]?.string {
    case "percentile":
      let percentile = json["percentile"]?.double
      if percentile.map({ $0 > 0 && $0 <= 100 }) != true {
        problems.append("config: intensity.percentile should be a number above 0 and up to 100")
      }
      if let population = json["of"], population.string != "positive voxels" {
        problems.append("config: intensity.of is \(population.described), but only \"positive voxels\" is known")
      }
      let bounds = json["range"] == nil ? [0, 1] : range ?? []
      Self.check(bounds, &problems)
      guard problems.count == start, let percentile else { return nil }
      self = .percentile(percentile, lower: bounds[0], upper: bounds[1])
    case "hounsfield":
      Self.check(range ?? [], &problems)
      guard problems.count == start, let range else { return nil }
      self = .hounsfield(lower: range[0], upper: range[1])
    default:
      problems.append(
        "config: intensity.kind is \(json["kind"]?.described ?? "missing"); known are \"percentile\" and \"hounsfield\""
      )
      return nil
    }
  }

  private static func check(_ range: [Double], _ problems: inout [String]) {
    if range.count != 2 || !(range[0] < range[1]) || range.contains(where: { abs($0) > 1e12 }) {
      problems.append("config: intensity.range should be two rising numbers within ±10¹²")
    }
  }

  /// As it stands in a configuration.
  var json: JSONValue {
    func range(_ lower: Double, _ upper: Double) -> JSONValue.Member {
      .init(name: "range", value: .array([.number("\(lower)"), .number("\(upper)")]))
    }
    switch self {
    case .percentile(let percentile, let lower, let upper):
      return .object([
        .init(name: "kind", value: .string("percentile")), .init(name: "of", value: .string("positive voxels")),
        .init(name: "percentile", value: .number("\(percentile)")), range(lower, upper),
      ])
    case .hounsfield(let lower, let upper):
      return .object([.init(name: "kind", value: .string("hounsfield")), range(lower, upper)])
    }
  }
}
