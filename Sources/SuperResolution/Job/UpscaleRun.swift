import Volumes

/// All slices of a volume, and what is found out about them on the way. The command's outputs and the library's results come out of
/// this one loop.
struct UpscaleRun {
  let upscaler: VolumeUpscaler
  private var agreement: ConsistencyCheck
  private var spread = MeanDeviation()

  init(_ upscaler: VolumeUpscaler) {
    self.upscaler = upscaler
    agreement = ConsistencyCheck(of: upscaler, operation: upscaler.consistency)
  }

  /// - Parameters:
  ///   - progress: called often with the slices done, and the share of the one in work; what it throws ends the work.
  ///   - body: gets the slices in order.
  mutating func forEachSlice(progress: (Double) throws -> Void, _ body: (UpscaledSlice) throws -> Void) throws {
    var done = 0.0
    while let slice = try upscaler.next(progress: { try progress(done + $0) }) {
      try body(slice)
      agreement.add(slice)
      spread.add(slice, scale: upscaler.model.scale)
      done += 1
      try progress(done)
    }
  }

  /// A record with what was found out.
  func amended(_ record: UpscaleRecord) -> UpscaleRecord {
    var record = record
    record.output.meanDeviation = spread.value
    record.consistency = agreement.report
    if let warning = record.consistency?.warning { record.warnings.append(warning) }
    return record
  }
}

/// The mean of a deviation over the voxels of tissue that have one: air has none to speak of, and would make small whatever has much of it.
private struct MeanDeviation {
  private var sum = 0.0
  private var count = 0

  mutating func add(_ slice: UpscaledSlice, scale: Int) {
    guard let deviation = slice.deviation else { return }
    for (p, value) in deviation.values.enumerated() where value.isFinite {
      let (y, x) = p.quotientAndRemainder(dividingBy: deviation.width)
      guard slice.region?.holdsTissue(x: x / scale, y: y / scale) ?? true else { continue }
      sum += value
      count += 1
    }
  }

  var value: Double? { count > 0 ? sum / Double(count) : nil }
}
