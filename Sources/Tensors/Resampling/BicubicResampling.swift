/// Bicubic resampling of images, `[height, width]` in Double, with weights worked out once; see `BicubicWeights` for the definition.
///
/// Rows and columns are resampled one after the other. Results do not depend on what else is resampled, or in which order.
public struct BicubicResampling: Sendable {
  /// Along y.
  public let rows: BicubicWeights
  /// Along x.
  public let columns: BicubicWeights

  /// Resampling by weights along each axis.
  public init(rows: BicubicWeights, columns: BicubicWeights) {
    self.rows = rows
    self.columns = columns
  }

  /// - Precondition: all four are 1 or more.
  public init(height: Int, width: Int, toHeight: Int, toWidth: Int) {
    self.init(rows: BicubicWeights(from: height, to: toHeight), columns: BicubicWeights(from: width, to: toWidth))
  }

  /// Enlarges by whole numbers.
  public init(height: Int, width: Int, enlargedBy factor: Int) {
    self.init(height: height, width: width, toHeight: height * factor, toWidth: width * factor)
  }

  /// The image in its new size. One value that is not finite spoils all outputs around it: see `resampledAroundGaps(_:)`.
  ///
  /// - Parameter image: `rows.inputCount` × `columns.inputCount` values, row by row.
  public func resampled(_ image: [Double]) -> [Double] { Self.resampled(image, rows, columns) }

  /// The image in its new size, worked out from its finite values alone.
  ///
  /// Around gaps (NaN, ±∞) the weights of the finite values are scaled to add up to 1 again. Where those weights add up to less than a
  /// half, which would magnify what is left, the mean under the weights' magnitudes stands in. An output that sees no finite value is NaN.
  /// Without gaps the result is that of `resampled(_:)`, bit for bit.
  public func resampledAroundGaps(_ image: [Double]) -> [Double] {
    guard image.contains(where: { !$0.isFinite }) else { return resampled(image) }
    let present = image.map { $0.isFinite ? 1.0 : 0.0 }
    let known = image.map { $0.isFinite ? $0 : 0 }
    var result = resampled(known)
    let weight = resampled(present)
    let (rowMagnitudes, columnMagnitudes) = (rows.magnitudes, columns.magnitudes)
    let fallback = Self.resampled(known, rowMagnitudes, columnMagnitudes)
    let fallbackWeight = Self.resampled(present, rowMagnitudes, columnMagnitudes)
    for i in result.indices {
      if weight[i] >= 0.5 {
        result[i] /= weight[i]
      } else if fallbackWeight[i] > 0 {
        result[i] = fallback[i] / fallbackWeight[i]
      } else {
        result[i] = .nan
      }
    }
    return result
  }

  private static func resampled(_ image: [Double], _ rows: BicubicWeights, _ columns: BicubicWeights) -> [Double] {
    let (height, width) = (rows.inputCount, columns.inputCount)
    let (toHeight, toWidth) = (rows.outputCount, columns.outputCount)
    precondition(image.count == height * width, "\(image.count) values are no image of \(height) × \(width)")
    var stretched = [Double](repeating: 0, count: toHeight * width)
    image.withUnsafeBufferPointer { image in
      stretched.withUnsafeMutableBufferPointer { stretched in
        for y in 0..<toHeight {
          for tap in 0..<rows.taps {
            let weight = rows.weights[y * rows.taps + tap]
            if weight == 0 { continue }
            let from = Int(rows.indices[y * rows.taps + tap]) * width
            for x in 0..<width { stretched[y * width + x] += weight * image[from + x] }
          }
        }
      }
    }
    var result = [Double](repeating: 0, count: toHeight * toWidth)
    let taps = columns.taps
    stretched.withUnsafeBufferPointer { stretched in
      result.withUnsafeMutableBufferPointer { result in
        columns.weights.withUnsafeBufferPointer { weights in
          columns.indices.withUnsafeBufferPointer { indices in
            for y in 0..<toHeight {
              for x in 0..<toWidth {
                var sum = 0.0
                for tap in x * taps..<(x + 1) * taps { sum += weights[tap] * stretched[y * width + Int(indices[tap])] }
                result[y * toWidth + x] = sum
              }
            }
          }
        }
      }
    }
    return result
  }
}
