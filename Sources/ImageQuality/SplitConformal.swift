/// Factors for intervals that hold for a subject never seen, from one score per calibration subject.
///
/// With λ₁ … λₙ of exchangeable subjects in ascending order, a new subject has at least the nominal share of its voxels inside
/// intervals scaled by λ₍ₖ₎ with a probability of at least k/(n+1) (Vovk, Gammerman and Shafer, "Algorithmic learning in a random
/// world", 2005; one score per subject, because the voxels of one head are one draw).
public struct SplitConformal: Equatable, Sendable, Codable {
  /// One calibration subject.
  public struct Subject: Equatable, Sendable, Codable {
    /// As the calibration file lists it.
    public var name: String
    /// λⱼ: how much wider its intervals have to be.
    public var scale: Double

    /// A subject and its λⱼ.
    public init(name: String, scale: Double) {
      self.name = name
      self.scale = scale
    }
  }

  /// All subjects, in the order given.
  public let subjects: [Subject]

  /// - Throws: `ImageQualityError` when there is no subject, or a scale is not a number.
  public init(_ subjects: [Subject]) throws {
    guard !subjects.isEmpty, subjects.allSatisfy({ $0.scale >= 0 }) else {
      let bad = subjects.filter { !($0.scale >= 0) }.map(\.name)
      throw ImageQualityError(
        .tooFewData, subject: "calibration",
        reason: subjects.isEmpty
          ? "no subject was given; ten are advisable."
          : "no scale could be found for \(bad.joined(separator: ", ")): the mask leaves no voxel. Leave them out.")
    }
    self.subjects = subjects
  }

  /// Reads and checks a calibration.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder.container(keyedBy: CodingKeys.self).decode([Subject].self, forKey: .subjects))
  }

  /// The scores in ascending order.
  public var sortedScales: [Double] { subjects.map(\.scale).sorted() }

  /// The median: right on average. Intervals of about every second subject hold too little.
  public var typical: Double {
    let sorted = sortedScales
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The largest: enough for a new subject with probability `assurance`.
  public var assured: Double { sortedScales.last ?? .nan }

  /// n/(n+1): 0.909 for ten subjects.
  public var assurance: Double { Double(subjects.count) / Double(subjects.count + 1) }

  /// The smallest λ that holds for a new subject with at least this probability, nil where there are too few subjects for it.
  public func scale(assuring probability: Double) -> Double? {
    guard probability >= 0, probability <= 1 else { return nil }
    let rank = Int((probability * Double(subjects.count + 1) - 1e-9).rounded(.up))
    guard rank <= subjects.count else { return nil }
    return sortedScales[max(rank, 1) - 1]
  }

  /// A subject's coverage under factors that were fitted without it.
  public struct LeftOut: Equatable, Sendable, Codable {
    /// The subject.
    public let name: String
    /// Its own λⱼ.
    public let scale: Double
    /// The median of the others.
    public let typical: Double
    /// The maximum of the others.
    public let assured: Double
    /// Its share of voxels inside with the typical factor.
    public let coverageOfTypical: Double
    /// Its share of voxels inside with the assured factor.
    public let coverageOfAssured: Double

    /// A row, from its numbers.
    public init(
      name: String, scale: Double, typical: Double, assured: Double, coverageOfTypical: Double,
      coverageOfAssured: Double
    ) {
      self.name = name
      self.scale = scale
      self.typical = typical
      self.assured = assured
      self.coverageOfTypical = coverageOfTypical
      self.coverageOfAssured = coverageOfAssured
    }
  }

  /// The table to publish: every subject under the factors of the others. τ (or the curve) is that of the scores given; refit it
  /// without the subject, too, where it was fitted on few.
  /// - Parameter subjects: at least two, each with the scores of its voxels.
  /// - Throws: `ImageQualityError` when there are fewer, or a subject has no voxels.
  public static func leavingOneOut(_ subjects: [(name: String, scores: ConformityScores)]) throws -> [LeftOut] {
    guard subjects.count >= 2 else {
      throw ImageQualityError(
        .tooFewData, subject: "leave-one-subject-out",
        reason: "\(subjects.count) subject was given; at least 2 are needed, ten are advisable.")
    }
    let all = subjects.map { Subject(name: $0.name, scale: $0.scores.scale()) }
    return try subjects.indices.map { j in
      let others = try SplitConformal(all.indices.filter { $0 != j }.map { all[$0] })
      let scores = subjects[j].scores
      return LeftOut(
        name: all[j].name, scale: all[j].scale, typical: others.typical, assured: others.assured,
        coverageOfTypical: scores.coverage(scale: others.typical),
        coverageOfAssured: scores.coverage(scale: others.assured))
    }
  }
}
