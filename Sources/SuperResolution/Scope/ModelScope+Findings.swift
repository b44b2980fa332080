import Diffusion
import Volumes

extension ModelScope {
  /// Pixels and slices may differ from what was seen by this factor either way: a model that learned from 1 mm is at home at 1.2 mm.
  static let spacingTolerance = 1.25
  /// The range of a measure of the intensities is widened by this share of its width on either side, or by the measure's own tolerance.
  static let shapeTolerance = 0.25
  /// A contrast that fewer of the scans had was hardly seen.
  static let leastShare = 0.05

  static let saysNothing =
    "the model's file does not say what it has learned from: whether the input is like that was not checked"

  /// What is unlike what the model has seen: warnings that say the figure and the admissible range, and notes.
  ///
  /// - Parameters:
  ///   - axis: across which the slices lie that go through the model.
  ///   - shape: of the intensities, in units of the percentile that the model asks for.
  ///   - scale: the model's.
  ///   - isForCT: whether its intensities are Hounsfield units.
  public func findings(
    for header: VolumeHeader, across axis: VoxelAxis, shape: IntensityShape?, scale: Int, isForCT: Bool
  ) -> [VolumeFinding] {
    var findings = problems.map { VolumeFinding.note("the model's card: \($0): not checked") }
    if isEmpty { findings.append(.note(Self.saysNothing)) }
    findings += modalityFindings(header, isForCT: isForCT)
    if let contrast = header.contrast, let text = contrastText(contrast) { findings.append(.warning(text)) }
    findings += spacingFindings(header, across: axis, scale: scale)
    // Another modality's intensities are another matter: its warning stands above.
    if let shape, header.modality != .ct { findings += shapeFindings(shape) }
    return findings
  }

  private func modalityFindings(_ header: VolumeHeader, isForCT: Bool) -> [VolumeFinding] {
    let known = modalities.keys.filter { $0 != Self.unknown }.sorted()
    let seen = known.isEmpty ? [isForCT ? "CT" : "MR"] : known
    let name = header.modality.rawValue.uppercased()
    guard header.modality != .unknown, !seen.contains(name) else { return [] }
    if header.modality == .ct {
      return [
        .warning("this is a CT, and the model has learned from \(Self.list(seen)) alone. Judge the result with care")
      ]
    }
    let what = header.modality == .other ? "this is neither MR nor CT" : "this is \(name)"
    return [.warning("\(what), and the model has learned from \(Self.list(seen)) alone")]
  }

  private func contrastText(_ contrast: AcquiredContrast) -> String? {
    let total = contrasts.values.reduce(0, +)
    let known = contrasts.filter { $0.key != Self.unknown }
    guard total > 0, !known.isEmpty else { return nil }
    let count = contrasts[contrast.kind.rawValue] ?? 0
    guard Double(count) < Self.leastShare * Double(total) else { return nil }
    let seen = known.filter { Double($0.value) >= Self.leastShare * Double(total) }.keys.sorted()
    return "this is \(contrast.kind.rawValue) by \(contrast.source), and "
      + (count == 0 ? "none" : "only \(count)") + " of the \(total) scans that the model has learned from was"
      + (seen.isEmpty ? "" : "; it has seen \(Self.list(seen))")
  }

  private func spacingFindings(_ header: VolumeHeader, across axis: VoxelAxis, scale: Int) -> [VolumeFinding] {
    let spacing = header.geometry.spacing
    let (x, y) = (spacing[axis.inPlane.x.rawValue], spacing[axis.inPlane.y.rawValue])
    var findings: [VolumeFinding] = []
    if let pixel {
      let low = pixel.lowerBound / Self.spacingTolerance
      let high = pixel.upperBound * Double(scale) * Self.spacingTolerance
      let size = x == y ? Self.text(x) : "\(Self.text(x)) × \(Self.text(y))"
      if min(x, y) < low || max(x, y) > high {
        findings.append(
          .warning(
            "pixels of \(size) mm lie outside of the admissible \(Self.text(low))…\(Self.text(high)) mm: the model has learned to make pixels "
              + "of \(Self.text(pixel)) mm out of \(scale) times as large ones"))
      } else if min(x, y) / Double(scale) < low {
        findings.append(
          .note(
            "the output's pixels, \(Self.text(min(x, y) / Double(scale))) mm, are finer than any that the model has seen (\(Self.text(pixel)) mm): "
              + "detail of that size is carried over from larger scales, not learned"))
      }
    }
    let between = spacing[axis.rawValue]
    if let slice, header.count(along: axis) > 1 {
      let admissible = slice.lowerBound / Self.spacingTolerance...slice.upperBound * Self.spacingTolerance
      if !admissible.contains(between) {
        findings.append(
          .warning(
            "slices \(Self.text(between)) mm apart lie outside of the admissible \(Self.text(admissible)) mm: the model has seen \(Self.text(slice)) mm"
          ))
      }
    }
    let name = header.geometry.affine.plane(across: axis).rawValue
    if let plane, plane != name {
      findings.append(.note("the slices are \(name), and the model has learned from \(plane) ones alone"))
    }
    return findings
  }

  private func shapeFindings(_ shape: IntensityShape) -> [VolumeFinding] {
    let outside = IntensityShape.Measure.allCases.compactMap { measure -> String? in
      guard let seen = self.shape[measure], let value = shape[measure] else { return nil }
      let margin = max(Self.shapeTolerance * (seen.upperBound - seen.lowerBound), measure.tolerance)
      let admissible = (seen.lowerBound - margin...seen.upperBound + margin).clamped(to: measure.limits)
      if admissible.contains(value) { return nil }
      return
        "\(measure.text) is \(Self.text(value)), admissible are \(Self.text(admissible)) (seen: \(Self.text(seen)))"
    }
    guard !outside.isEmpty else { return [] }
    return [.warning("the intensities are unlike those that the model has seen: " + outside.joined(separator: "; "))]
  }

  private static func text(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }

  private static func text(_ range: ClosedRange<Double>) -> String {
    "\(text(range.lowerBound))…\(text(range.upperBound))"
  }

  private static func list(_ names: [String]) -> String {
    names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }
}
