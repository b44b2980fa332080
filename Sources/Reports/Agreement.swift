import Foundation
import SuperResolution
import Volumes

/// How an output, made small again, agrees with its input, slice by slice: as its sidecar says, and measured only where that says nothing.
struct Agreement {
  /// In dB, by slice; `nil` where the two agree exactly.
  let decibels: [Double?]
  /// In a few words.
  let text: String

  /// What the sidecar says of one frame.
  init?(recorded record: [String: Any], frame: Int) {
    guard let report = ConsistencyReport(recorded: record) else { return nil }
    self.init(report, frame: frame)
    if decibels.isEmpty { return nil }
  }

  /// - Parameters:
  ///   - axis: across which the slices lie.
  ///   - degradation: the model's, in words; bicubic where it is not known.
  ///   - range: of a decibel, in the volume's unit.
  init(
    measuring output: QuantisedVolume, with input: QuantisedVolume, across axis: VoxelAxis, scale: Int,
    degradation: String?, range: Double, checkpoint: () throws -> Void
  ) rethrows {
    let (width, height) = input.sliceSize(across: axis)
    let operation = DataConsistency(
      degradation: Degradation(of: degradation), scale: scale, width: width, height: height, tolerance: range * 1e-6)
    var check = ConsistencyCheck(operation: operation, range: range, scale: scale)
    for index in 0..<input.count(along: axis) {
      try checkpoint()
      check.add(
        output.slice(index, across: axis), for: input.slice(index, across: axis), index: index, frame: 0)
    }
    self.init(check.report, frame: 0)
  }

  private init(_ report: ConsistencyReport, frame: Int) {
    decibels = report.slices.filter { $0.frame == frame }.sorted { $0.index < $1.index }.map(\.psnr)
    let values = decibels.compactMap(\.self).sorted()
    if values.isEmpty {
      text = "they agree exactly"
    } else {
      let median = (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
      text = String(format: "median %.1f dB, lowest %.1f dB; made small by ", median, values[0]) + report.degradation
    }
  }
}

extension ConsistencyReport {
  /// From what a sidecar says under `Residua`; `nil` where it says nothing.
  init?(recorded record: [String: Any]) {
    guard let object = record["consistency"], JSONSerialization.isValidJSONObject(object),
      let data = try? JSONSerialization.data(withJSONObject: object),
      let report = try? JSONDecoder().decode(ConsistencyReport.self, from: data)
    else { return nil }
    self = report
  }
}

extension QuantisedVolume {
  func count(along axis: VoxelAxis) -> Int { [size.0, size.1, size.2][axis.rawValue] }

  func sliceSize(across axis: VoxelAxis) -> (width: Int, height: Int) {
    (count(along: axis.inPlane.x), count(along: axis.inPlane.y))
  }

  /// A slice, the faster axis across.
  func slice(_ index: Int, across axis: VoxelAxis) -> VolumeSlice {
    let strides = [1, size.0, size.0 * size.1]
    let (width, height) = sliceSize(across: axis)
    let (x, y) = (strides[axis.inPlane.x.rawValue], strides[axis.inPlane.y.rawValue])
    let start = index * strides[axis.rawValue]
    var slice = [Double](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width { slice[row * width + column] = Double(values[start + row * y + column * x]) }
    }
    return VolumeSlice(width: width, height: height, values: slice)
  }
}
