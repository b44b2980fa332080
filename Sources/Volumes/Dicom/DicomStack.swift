/// The frames of one group put in order: slices along the normal, repetitions (time points) at each.
///
/// `frames[t][k]` is slice k of repetition t; depth rises with k along row × column.
struct DicomStack: Sendable {
  var frames: [[DicomFrame]]
  var findings: [VolumeFinding] = []
  /// What keeps the frames from being a volume; the remedy is part of the sentence.
  var problem: String?
  /// The problem goes away when incomplete repetitions are dropped and gaps filled (`allowGaps`).
  var problemYieldsToGaps = false

  init(_ group: DicomGroup, tolerances: DicomTolerances) {
    var findings: [VolumeFinding] = []
    let frames = Self.withoutDuplicates(group.frames, findings: &findings)
    let places = Self.places(frames, tolerances: tolerances)
    let counts = places.map(\.count)
    let most = counts.max() ?? 0
    let complete = counts.allSatisfy { $0 == most }
    var ordered = places.map { place in place.sorted(by: Self.precedes) }
    if !complete {
      let (kept, sentence, curable) = Self.matched(places, most: most)
      ordered = kept
      problem = sentence
      problemYieldsToGaps = curable
    }
    let repetitions = ordered.first?.count ?? 0
    self.frames = (0..<repetitions).map { t in ordered.map { $0[t] } }
    if ordered.count == 1, repetitions > 1 {
      if Self.areNamed(ordered[0]) {
        findings.append(
          .warning("every picture lies at the same position: one slice over time, and no volume in space"))
      } else {
        problem =
          "every picture lies at the same position, and nothing in the headers says that they are one slice over time (a contrast "
          + "monitor or the like): no volume. Keep one of them in the folder to upscale it alone"
      }
    }
    if repetitions > 1 {
      findings.append(
        .note("\(repetitions) repetitions (time points, directions or the like) of \(ordered.count) slices"))
    }
    self.findings = findings
  }

  var sliceCount: Int { frames.first?.count ?? 0 }
  var repetitions: Int { frames.count }

  private static func withoutDuplicates(_ frames: [DicomFrame], findings: inout [VolumeFinding]) -> [DicomFrame] {
    var seen: Set<String> = []
    let kept = frames.filter { frame in
      frame.sopInstance.isEmpty || seen.insert("\(frame.sopInstance)#\(frame.index)").inserted
    }
    if kept.count < frames.count {
      findings.append(
        .warning("\(frames.count - kept.count) duplicates (the same SOPInstanceUID) were left out"))
    }
    return kept
  }

  /// Frames by position along the normal, ascending.
  private static func places(_ frames: [DicomFrame], tolerances: DicomTolerances) -> [[DicomFrame]] {
    guard let normal = frames.first?.normal else { return [] }
    let sorted = frames.map { (depth: dot($0.position, normal), frame: $0) }.sorted { $0.depth < $1.depth }
    var places: [[DicomFrame]] = []
    var depth = -Double.infinity
    for entry in sorted {
      if entry.depth - depth > tolerances.samePosition {
        places.append([entry.frame])
        depth = entry.depth
      } else {
        places[places.count - 1].append(entry.frame)
      }
    }
    return places
  }

  /// The order of repetitions at one position: by what names a repetition, then by time, by number last.
  private static func precedes(_ a: DicomFrame, _ b: DicomFrame) -> Bool {
    func decided<Value: Comparable>(_ x: Value?, _ y: Value?) -> Bool? {
      guard let x, let y, x != y else { return nil }
      return x < y
    }
    return decided(a.temporalPosition, b.temporalPosition) ?? decided(a.acquisition, b.acquisition)
      ?? decided(a.triggerTime, b.triggerTime) ?? decided(a.inversionTime, b.inversionTime)
      ?? decided(a.clock.isEmpty ? nil : a.clock, b.clock.isEmpty ? nil : b.clock)
      ?? decided(a.instanceNumber, b.instanceNumber) ?? decided(a.bValue, b.bValue) ?? (a.index < b.index)
  }

  /// Whether headers tell the pictures at one position apart as what a scanner repeats: time points, heart phases, inversion times or
  /// b-values. Acquisition numbers and clocks do not count: whatever is taken twice has two of them.
  private static func areNamed(_ place: [DicomFrame]) -> Bool {
    func differ(_ value: (DicomFrame) -> Double?) -> Bool {
      let values = place.compactMap(value)
      return values.count == place.count && Set(values).count > 1
    }
    return differ { $0.temporalPosition.map(Double.init) } || differ(\.triggerTime) || differ(\.inversionTime)
      || differ(\.bValue)
  }

  /// Positions hold different numbers of frames: keep the repetitions that are complete, by what names them.
  private static func matched(
    _ places: [[DicomFrame]], most: Int
  ) -> (kept: [[DicomFrame]], problem: String, curable: Bool) {
    let keys: [(DicomFrame) -> Int?] = [{ $0.temporalPosition }, { $0.acquisition }]
    for key in keys {
      let named = places.map { place in Dictionary(grouping: place.filter { key($0) != nil }, by: { key($0) ?? 0 }) }
      guard named.allSatisfy({ $0.values.allSatisfy { $0.count == 1 } }),
        zip(named, places).allSatisfy({ $0.count == $1.count })
      else { continue }
      let everywhere = named.dropFirst().reduce(Set(named[0].keys)) { $0.intersection($1.keys) }
      let anywhere = named.reduce(into: Set<Int>()) { $0.formUnion($1.keys) }
      guard !everywhere.isEmpty, everywhere.count < anywhere.count else { continue }
      let order = everywhere.sorted()
      let kept = named.map { place in order.compactMap { place[$0]?.first } }
      return (
        kept,
        "\(anywhere.count - everywhere.count) of \(anywhere.count) repetitions lack slices. "
          + "Allow gaps (--allow-gaps) to leave the incomplete ones out", true
      )
    }
    let crowded = places.firstIndex { $0.count == most } ?? 0
    return (
      places.map { Array($0.sorted(by: precedes).prefix(1)) },
      "position \(crowded + 1) of \(places.count) holds \(most) different slices and others hold fewer, and nothing in the "
        + "headers tells them apart. Keep one of them in the folder", false
    )
  }
}
