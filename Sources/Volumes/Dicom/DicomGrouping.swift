/// Frames of one series that can form one volume: the same size, spacing, orientation, kind and echo.
struct DicomGroup: Sendable {
  var frames: [DicomFrame]
  /// What tells this group from the others of its series, in words ("echo time 5 ms", "plane 2 of 3"); empty for the only one.
  var distinction = ""
}

/// Sorts the frames of one series into groups. Nothing here looks at file names or instance numbers.
struct DicomGrouping {
  let tolerances: DicomTolerances

  /// Groups in the order in which their first frame came.
  func groups(of frames: [DicomFrame]) -> [DicomGroup] {
    var groups: [DicomGroup] = []
    for frame in frames {
      if let index = groups.firstIndex(where: { belongTogether($0.frames[0], frame) }) {
        groups[index].frames.append(frame)
      } else {
        groups.append(DicomGroup(frames: [frame]))
      }
    }
    return named(groups)
  }

  private func belongTogether(_ a: DicomFrame, _ b: DicomFrame) -> Bool {
    a.rows == b.rows && a.columns == b.columns && a.photometric == b.photometric && a.imageType == b.imageType
      && a.component == b.component && a.stack == b.stack && sameEcho(a, b)
      && same(a.rowSpacing, b.rowSpacing) && same(a.columnSpacing, b.columnSpacing)
      && sameDirection(a.rowDirection, b.rowDirection) && sameDirection(a.columnDirection, b.columnDirection)
  }

  private func same(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= tolerances.sameSpacing * max(a, b) }

  private func sameDirection(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Bool {
    length(cross(a, b)) <= tolerances.sameOrientation * .pi / 180 && dot(a, b) > 0
  }

  private func sameEcho(_ a: DicomFrame, _ b: DicomFrame) -> Bool {
    guard let first = a.echoTime, let second = b.echoTime else { return (a.echoTime == nil) == (b.echoTime == nil) }
    return abs(first - second) <= tolerances.echoTime
  }

  private func named(_ groups: [DicomGroup]) -> [DicomGroup] {
    guard groups.count > 1, let first = groups.first?.frames.first else { return groups }
    var named = groups
    let all = groups.map { $0.frames[0] }
    for index in groups.indices {
      let frame = all[index]
      var parts: [String] = []
      if all.contains(where: { $0.rows != first.rows || $0.columns != first.columns }) {
        parts.append("\(frame.columns) × \(frame.rows)")
      }
      if all.contains(where: { !same($0.rowSpacing, first.rowSpacing) || !same($0.columnSpacing, first.columnSpacing) })
      {
        parts.append("pixels of \(rounded(frame.columnSpacing)) × \(rounded(frame.rowSpacing)) mm")
      }
      if all.contains(where: {
        !sameDirection($0.rowDirection, first.rowDirection) || !sameDirection($0.columnDirection, first.columnDirection)
      }) {
        parts.append("\(planeName(of: frame.normal)) plane")
      }
      if all.contains(where: { !sameEcho($0, first) }) {
        parts.append(frame.echoTime.map { "echo time \(rounded($0)) ms" } ?? "no echo time")
      }
      if all.contains(where: { $0.imageType != first.imageType }) {
        parts.append(frame.imageType.joined(separator: "\\"))
      }
      if all.contains(where: { $0.component != first.component }), !frame.component.isEmpty {
        parts.append(frame.component.lowercased())
      }
      if all.contains(where: { $0.stack != first.stack }) { parts.append("stack \(frame.stack)") }
      if all.contains(where: { $0.photometric != first.photometric }) { parts.append(frame.photometric) }
      named[index].distinction = parts.joined(separator: ", ")
    }
    return named
  }

  private func planeName(of normal: SIMD3<Double>) -> String {
    let (x, y, z) = (abs(normal.x), abs(normal.y), abs(normal.z))
    let name = z >= x && z >= y ? "axial" : (y >= x ? "coronal" : "sagittal")
    return max(x, y, z) > 0.99 ? name : "oblique \(name)"
  }
}

/// A number of millimetres or milliseconds for a message: three decimals, no trailing zeros.
func rounded(_ value: Double) -> String {
  let scaled = (value * 1000).rounded() / 1000
  guard abs(scaled) < 1e15, scaled == scaled.rounded() else { return "\(scaled)" }
  return "\(Int(scaled))"
}
