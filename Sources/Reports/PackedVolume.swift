import Foundation
import Volumes

/// The voxels of a volume in memory, as they are quantised for a page.
struct QuantisedVolume {
  let size: (Int, Int, Int)
  let values: [Float]
  /// Between these values nothing is cut off.
  let range: ClosedRange<Double>
  /// The distance between neighbouring values that the file can hold; 0 where it is not known.
  private let grain: Double
  /// Up to about half a million of the finite values, ascending: quantiles are read off them.
  private let sorted: [Float]

  /// Values this far outside of the bulk are shown as "at least" or "at most": one hot voxel must not coarsen all others.
  private static let furthest = 4.0
  private static let bulk = 0.0005

  /// - Throws: `VolumeError`.
  init(_ reader: any VolumeReader, frame: Int, checkpoint: () throws -> Void) throws {
    let header = reader.header
    size = header.size
    var values: [Float] = []
    values.reserveCapacity(size.0 * size.1 * size.2)
    for k in 0..<size.2 {
      try checkpoint()
      values += try reader.readSlice(k, across: .k, frame: frame).values.map { Float($0) }
    }
    grain = header.storedType.isInteger ? abs(header.rescale.slope) : 0
    let step = max(1, values.count / 500_000)
    sorted = stride(from: 0, to: values.count, by: step).map { values[$0] }.filter(\.isFinite).sorted()
    range = Self.range(of: values, sorted)
    self.values = values
  }

  private static func range(of values: [Float], _ some: [Float]) -> ClosedRange<Double> {
    let finite = values.lazy.filter(\.isFinite)
    guard let least = finite.min(), let most = finite.max() else { return 0...1 }
    guard !some.isEmpty, least < most else { return Double(least)...Double(least).nextUp.advanced(by: 1) }
    let cut = Int(Double(some.count) * bulk)
    let (low, high) = (Double(some[cut]), Double(some[some.count - 1 - cut]))
    // A volume that is one value nearly everywhere is about the few others.
    guard low < high else { return Double(least)...Double(most) }
    let reach = (high - low) * furthest
    return max(
      Double(least), low - reach)...max(min(Double(most), high + reach), max(Double(least), low - reach) + 1e-30)
  }

  /// A quantile of the finite values; of those above zero where `positive`.
  func quantile(_ share: Double, positive: Bool = false) -> Double? {
    let first = positive ? sorted.partitioningIndex { $0 > 0 } : 0
    let some = sorted[first...]
    guard !some.isEmpty else { return nil }
    return Double(some[min(some.endIndex - 1, first + Int(share * Double(some.count)))])
  }

  /// How values become codes when so many are told apart.
  private func steps(levels: Int) -> (step: Double, used: Int) {
    // Integers in a small range are shown exactly.
    let step = max((range.upperBound - range.lowerBound) / Double(levels - 1), grain, 1e-30)
    return (step, min(levels, Int(((range.upperBound - range.lowerBound) / step).rounded(.up)) + 1))
  }

  private func codes(of part: Range<Int>, levels: Int) -> [UInt16] {
    let (step, used) = steps(levels: levels)
    return values[part].map { value in
      if value.isNaN { return 0 }
      let place = ((Double(value) - range.lowerBound) / step).rounded()
      return place < 0 ? 1 : place > Double(used - 1) ? UInt16(used + 2) : UInt16(place) + 2
    }
  }

  /// - Parameter levels: values that are told apart, 2…65,000.
  func packed(levels: Int) -> PackedVolume {
    let (step, used) = steps(levels: levels)
    return PackedVolume(
      size: [size.0, size.1, size.2], low: range.lowerBound, step: step, levels: used,
      base64: Data(Self.differences(codes(of: 0..<values.count, levels: levels), size).zlibPacked())
        .base64EncodedString())
  }

  /// The bytes that `packed` will come to, judged by some slices of all.
  func predictedBytes(levels: Int) -> Int {
    let stride = max(1, size.2 / Self.judgedSlices)
    let chosen = Swift.stride(from: stride / 2, to: size.2, by: stride)
    let area = size.0 * size.1
    let some = chosen.flatMap { codes(of: $0 * area..<($0 + 1) * area, levels: levels) }
    guard !some.isEmpty else { return 0 }
    let bytes = Self.differences(some, (size.0, size.1, some.count / area)).zlibPacked().count
    // Base64 makes four bytes of three.
    let share = Double(values.count) / Double(some.count)
    return Int(Double(bytes) * share * 4 / 3)
  }

  private static let judgedSlices = 12

  /// Low and then high bytes of the zigzagged differences to what the neighbours predict: the median edge detector of JPEG-LS
  /// (Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm", 2000, equation 1), slice by slice.
  private static func differences(_ codes: [UInt16], _ size: (Int, Int, Int)) -> [UInt8] {
    let (width, count) = (size.0, codes.count)
    var bytes = [UInt8](repeating: 0, count: 2 * count)
    var p = 0
    for _ in 0..<size.2 {
      for j in 0..<size.1 {
        for i in 0..<width {
          let guess: Int
          switch (i > 0, j > 0) {
          case (true, true):
            let (a, b, c) = (Int(codes[p - 1]), Int(codes[p - width]), Int(codes[p - width - 1]))
            guess = c >= max(a, b) ? min(a, b) : c <= min(a, b) ? max(a, b) : a + b - c
          case (true, false): guess = Int(codes[p - 1])
          case (false, true): guess = Int(codes[p - width])
          case (false, false): guess = 0
          }
          // Sixteen bits suffice: differences wrap around.
          let difference = Int16(truncatingIfNeeded: Int(codes[p]) - guess)
          let folded = UInt16(bitPattern: difference << 1 ^ difference >> 15)
          bytes[p] = UInt8(truncatingIfNeeded: folded)
          bytes[count + p] = UInt8(folded >> 8)
          p += 1
        }
      }
    }
    return bytes
  }
}

/// A volume as it stands in the page. A value is `low + (code − 2)·step`; code 0 is not a number, 1 below the range, `levels + 2` above it.
struct PackedVolume: Encodable {
  let size: [Int]
  let low: Double
  let step: Double
  let levels: Int
  let base64: String

  enum CodingKeys: CodingKey { case size, low, step, levels }
}

extension ScalarType {
  fileprivate var isInteger: Bool { self != .float32 && self != .float64 }
}

extension RandomAccessCollection {
  /// The first place at which `belongs` holds, in a collection where it holds from some place on.
  fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Index {
    var (low, count) = (startIndex, self.count)
    while count > 0 {
      let half = count / 2
      let middle = index(low, offsetBy: half)
      if belongs(self[middle]) {
        count = half
      } else {
        low = index(after: middle)
        count -= half + 1
      }
    }
    return low
  }
}
