import Foundation
import Tensors
import Volumes

/// Whether an output, made small again, is its input: PSNR per slice ("LR-PSNR"), after antialiased bicubic reduction.
struct Consistency {
  private let output: QuantisedVolume
  private let input: QuantisedVolume
  private let axis: VoxelAxis
  private let range: Double

  init(of output: QuantisedVolume, with input: QuantisedVolume, across axis: VoxelAxis, range: Double) {
    (self.output, self.input, self.axis, self.range) = (output, input, axis, range)
  }

  /// Decibels per slice; infinite where they are equal, not a number where a slice has voxels that are not finite.
  func decibels(checkpoint: () throws -> Void) throws -> [Double] {
    let (width, height) = input.sliceSize(across: axis)
    let (fineWidth, fineHeight) = output.sliceSize(across: axis)
    let reduction = BicubicResampling(height: fineHeight, width: fineWidth, toHeight: height, toWidth: width)
    return try (0..<input.count(along: axis)).map { index in
      try checkpoint()
      let small = reduction.resampled(output.slice(index, across: axis))
      let truth = input.slice(index, across: axis)
      let squares = zip(small, truth).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return 10 * log10(range * range / (squares / Double(truth.count)))
    }
  }

  static func summary(_ values: [Double]) -> String {
    let finite = values.filter(\.isFinite).sorted()
    guard !finite.isEmpty else { return "" }
    return String(format: "median %.1f dB, lowest %.1f dB", finite[finite.count / 2], finite[0])
  }
}

extension QuantisedVolume {
  func count(along axis: VoxelAxis) -> Int { [size.0, size.1, size.2][axis.rawValue] }

  func sliceSize(across axis: VoxelAxis) -> (width: Int, height: Int) {
    (count(along: axis.inPlane.x), count(along: axis.inPlane.y))
  }

  /// A slice, the faster axis across.
  func slice(_ index: Int, across axis: VoxelAxis) -> [Double] {
    let strides = [1, size.0, size.0 * size.1]
    let (width, height) = sliceSize(across: axis)
    let (x, y) = (strides[axis.inPlane.x.rawValue], strides[axis.inPlane.y.rawValue])
    let start = index * strides[axis.rawValue]
    var slice = [Double](repeating: 0, count: width * height)
    for row in 0..<height {
      for column in 0..<width { slice[row * width + column] = Double(values[start + row * y + column * x]) }
    }
    return slice
  }
}
