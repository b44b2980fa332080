import Foundation

/// One volume (or sequence of volumes) of a DICOM archive: frames of one series that belong together.
///
/// A series whose frames differ in size, orientation, echo or kind gives several of these, told apart by `part`.
public struct DicomSeries: Sendable {
  /// Whether a series can be read as a volume, and why not.
  public enum Suitability: Equatable, Sendable {
    /// Reads as a volume.
    case suitable
    /// Reads only with `DicomReadingOptions.allowGaps`; the sentence says what then happens.
    case needsGaps(String)
    /// Is no volume; the sentence says why.
    case refused(String)

    /// The reason, where there is one.
    public var sentence: String? {
      switch self {
      case .suitable: nil
      case .needsGaps(let sentence), .refused(let sentence): sentence
      }
    }
  }

  /// SeriesInstanceUID.
  public let uid: String
  /// SeriesNumber, where the series has one.
  public let number: Int?
  /// What `DicomArchive.select` takes: the series number (or UID, where the number is missing or taken twice), followed by
  /// `.1`, `.2`, … where the series gives several volumes.
  public let selector: String
  /// From 1; nil for the only volume of its series.
  public let part: Int?
  /// What tells this part from the others, in words; empty for the only one.
  public let distinction: String
  /// As the header has it: `MR`, `CT`, …
  public let modality: String
  /// SeriesDescription in UTF-8. It is free text of the scanner: do not log it.
  public let description: String
  /// Columns, rows, slices.
  public let size: (Int, Int, Int)
  /// Repetitions (time points, directions); 1 for a plain volume.
  public let frames: Int
  /// Millimetres between columns, rows and slices; zero where the series is no volume.
  public let spacing: SIMD3<Double>
  /// Files the frames come from.
  public let fileCount: Int
  /// In one or several objects with many frames each.
  public let isEnhanced: Bool
  /// The UIDs of how its pixels are encoded.
  public let transferSyntaxes: [String]
  /// What is odd about it, and what is done about that.
  public let findings: [VolumeFinding]
  /// Whether it can be read as a volume, and why not.
  public let suitability: Suitability

  /// The deepest folder that holds all files of the series, those of its other parts too: `lastingSelector` counts over all of them.
  package private(set) var folder = ""
  /// All files of the series, those of its other parts and of what was refused too, as found.
  package private(set) var allPaths: [String] = []
  let archive: String
  let stack: DicomStack?
  let grid: DicomSliceGrid?

  /// Whether it can be read as a volume, filling gaps if need be.
  public var isUsable: Bool {
    if case .refused = suitability { return false }
    return true
  }

  /// One line without patient data: selector, modality, size, spacing.
  public var summary: String {
    var text = "\(selector)  \(modality.isEmpty ? "?" : modality)"
    if stack != nil {
      text += "  \(size.0) × \(size.1) × \(size.2)" + (frames > 1 ? " × \(frames)" : "")
      text += "  \(rounded(spacing.x)) × \(rounded(spacing.y)) × \(rounded(spacing.z)) mm"
    } else {
      text += "  \(fileCount) \(fileCount == 1 ? "file" : "files")"
    }
    return distinction.isEmpty ? text : text + "  (\(distinction))"
  }

  func isMeant(by choice: String) -> Bool {
    uid == choice || lastingSelector == choice || (number.map(String.init) ?? "") == choice
  }
}

extension DicomSeries {
  /// Objects to series: by SeriesInstanceUID, inside it by what makes a volume.
  static func assembled(
    from objects: [DicomObject], archive: String, tolerances: DicomTolerances, findings: [VolumeFinding]
  ) -> [DicomSeries] {
    var order: [String] = []
    var bySeries: [String: [DicomObject]] = [:]
    for object in objects {
      if bySeries[object.seriesUID] == nil { order.append(object.seriesUID) }
      bySeries[object.seriesUID, default: []].append(object)
    }
    let taken = Dictionary(grouping: order) { bySeries[$0]?.first?.seriesNumber }
    let all = order.flatMap { uid -> [DicomSeries] in
      let objects = bySeries[uid] ?? []
      let number = objects.first?.seriesNumber
      let name = number.flatMap { (taken[$0]?.count ?? 0) == 1 ? String($0) : nil } ?? uid
      return parts(of: objects, uid: uid, name: name, archive: archive, tolerances: tolerances, findings: findings)
    }
    return all.enumerated().sorted {
      ($0.element.number ?? .max, $0.offset) < ($1.element.number ?? .max, $1.offset)
    }.map(\.element)
  }

  private static func parts(
    of objects: [DicomObject], uid: String, name: String, archive: String, tolerances: DicomTolerances,
    findings: [VolumeFinding]
  ) -> [DicomSeries] {
    let groups = DicomGrouping(tolerances: tolerances).groups(of: objects.flatMap(\.frames))
    let refused = Dictionary(grouping: objects.filter { $0.refusal != nil }) { $0.refusal ?? "" }
      .sorted { $0.key < $1.key }
    let count = groups.count + refused.count
    var made: [DicomSeries] = []
    for group in groups {
      let part = count > 1 ? made.count + 1 : nil
      made.append(
        DicomSeries(
          group, of: objects, uid: uid, selector: part.map { "\(name).\($0)" } ?? name, part: part, siblings: groups,
          archive: archive, tolerances: tolerances, findings: findings))
    }
    for (reason, refusedObjects) in refused {
      let part = count > 1 ? made.count + 1 : nil
      made.append(
        DicomSeries(
          refused: reason, objects: refusedObjects, of: objects, uid: uid,
          selector: part.map { "\(name).\($0)" } ?? name, part: part,
          archive: archive))
    }
    return made
  }

  private init(
    refused reason: String, objects: [DicomObject], of all: [DicomObject], uid: String, selector: String, part: Int?,
    archive: String
  ) {
    self.init(
      uid: uid, number: objects[0].seriesNumber, selector: selector, part: part, distinction: "",
      modality: objects[0].modality, description: objects[0].seriesDescription, size: (0, 0, 0), frames: 0,
      spacing: .zero, fileCount: objects.count, isEnhanced: false,
      transferSyntaxes: Array(Set(objects.map(\.transferSyntax))).sorted(), findings: [],
      suitability: .refused(reason), archive: archive, stack: nil, grid: nil)
    allPaths = all.map(\.path)
    folder = Self.commonFolder(of: allPaths)
  }

  private init(
    _ group: DicomGroup, of objects: [DicomObject], uid: String, selector: String, part: Int?, siblings: [DicomGroup],
    archive: String, tolerances: DicomTolerances, findings shared: [VolumeFinding]
  ) {
    let stack = DicomStack(group, tolerances: tolerances)
    let grid = DicomSliceGrid(stack.frames[0], tolerances: tolerances)
    let first = stack.frames[0][0]
    let paths = Set(group.frames.map(\.path))
    let own = objects.filter { paths.contains($0.path) }
    var findings = own.flatMap(\.findings).uniqued() + shared + stack.findings + grid.findings
    if Set(siblings.map { OrientationKey($0.frames[0]) }).count > 1 {
      findings.append(.warning("the series mixes orientations; each is listed as a volume of its own"))
    }
    if first.photometric == "MONOCHROME1" {
      findings.append(.note("MONOCHROME1: low values are shown bright; values stay as stored"))
    }
    if first.padding != nil {
      findings.append(.note("pixel padding is marked in the header: padded voxels are no part of the picture"))
    }
    if Set(group.frames.map { TransformKey($0.transform) }).count > 1 {
      findings.append(.note("the rescale differs from slice to slice"))
    }
    if Set(group.frames.map(\.frameOfReference)).count > 1 {
      findings.append(
        .warning(
          "slices name different frames of reference, though a series has one: they are taken as one, the first slice's"
        ))
    }
    if first.imageType.first == "DERIVED" { findings.append(.note("the pictures are derived, not original")) }
    if let lateral = Self.displacedRepetition(stack, tolerances: tolerances) { findings.append(lateral) }

    let suitability: Suitability
    if let problem = stack.problem {
      suitability = stack.problemYieldsToGaps ? .needsGaps(problem) : .refused(problem)
    } else if let problem = grid.problem {
      suitability = grid.isCurable ? .needsGaps(problem) : .refused(problem)
    } else {
      suitability = .suitable
    }
    self.init(
      uid: uid, number: own.first?.seriesNumber ?? objects[0].seriesNumber, selector: selector, part: part,
      distinction: group.distinction, modality: own.first?.modality ?? "",
      description: own.first?.seriesDescription ?? "", size: (first.columns, first.rows, grid.sources.count),
      frames: stack.repetitions, spacing: [first.columnSpacing, first.rowSpacing, length(grid.step)],
      fileCount: paths.count, isEnhanced: DicomUID.isEnhanced(first.sopClass),
      transferSyntaxes: Array(Set(own.map(\.transferSyntax))).sorted(), findings: findings, suitability: suitability,
      archive: archive, stack: stack, grid: grid)
    allPaths = objects.map(\.path)
    folder = Self.commonFolder(of: allPaths)
  }

  /// Repetitions that do not lie where the first lies (a moved table, say).
  private static func displacedRepetition(_ stack: DicomStack, tolerances: DicomTolerances) -> VolumeFinding? {
    for repetition in stack.frames.dropFirst() {
      for (a, b) in zip(stack.frames[0], repetition)
      where length(a.position - b.position) > tolerances.slicePosition {
        return .warning(
          "repetitions lie up to \(rounded(length(a.position - b.position))) mm beside the first; all are given its position"
        )
      }
    }
    return nil
  }
}

private struct OrientationKey: Hashable {
  let values: [Double]
  init(_ frame: DicomFrame) {
    values = [frame.rowDirection, frame.columnDirection].flatMap { v in (0..<3).map { (v[$0] * 100).rounded() } }
  }
}

private struct TransformKey: Hashable {
  let values: [Double]
  init(_ transform: ModalityTransform) {
    switch transform {
    case .linear(let rescale): values = [rescale.slope, rescale.intercept]
    case .table(let first, let table): values = [first] + table
    }
  }
}

extension Array where Element: Equatable {
  fileprivate func uniqued() -> [Element] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
