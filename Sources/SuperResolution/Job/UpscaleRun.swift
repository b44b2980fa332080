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
      slice.deviation.map { spread.add($0) }
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

/// The mean of a deviation over all voxels that have one.
private struct MeanDeviation {
  private var sum = 0.0
  private var count = 0

  mutating func add(_ slice: VolumeSlice) {
    for value in slice.values where value.isFinite {
      sum += value
      count += 1
    }
  }

  var value: Double? { count > 0 ? sum / Double(count) : nil }
}
