import Foundation
import Tensors
import Testing

private struct Place {
  var rows = 0..<1
  var columns = 0..<1
  var channels = 1
  var sample = 0
  var slice = 0
  var frame = 0
  var step = 0
}

extension NoiseField {
  fileprivate func values(_ place: Place) -> [Float] {
    let count = place.rows.count * place.columns.count * place.channels
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      fill(
        buffer.baseAddress!, rows: place.rows, columns: place.columns, channels: place.channels, sample: place.sample,
        slice: place.slice, frame: place.frame, step: place.step)
      filled = count
    }
  }
}

private func correlation(_ a: [Float], _ b: [Float]) -> Double {
  zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(a.count)
}

@Suite struct RandomTests {
  /// The known answers that Random123 publishes for philox4x32 with ten rounds.
  @Test func philoxKnownAnswers() {
    #expect(
      Philox4x32(seed: 0).words(SIMD4(repeating: 0)) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Philox4x32(seed: .max).words(SIMD4(repeating: .max)) == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Philox4x32(seed: 0x299f_31d0_a409_3822).words(SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  /// The vector kernel against the generator in Swift and the transform in Double with the platform's functions.
  @Test func normalsFollowTheDefinition() {
    let seed: UInt64 = 0x0123_4567_89AB_CDEF
    let place = Place(
      rows: 20_000..<20_003, columns: 8..<4104, channels: 1, sample: 513, slice: -3, frame: 77, step: 100)
    let values = NoiseField(seed: seed).values(place)
    var worst = 0.0
    for (i, row) in place.rows.enumerated() {
      for block in 0..<place.columns.count / 4 {
        let counter = SIMD4<UInt32>(
          UInt32(block + 2) | UInt32(row % 16384) << 18, UInt32(bitPattern: -3), 513 << 16 | 100,
          UInt32(row / 16384) | 77 << 14)
        let words = Philox4x32(seed: seed).words(counter)
        for pair in 0..<2 {
          let radius = (-2 * log((Double(words[2 * pair]) + 0.5) * 0x1p-32)).squareRoot()
          let angle = 2 * Double.pi * Double(words[2 * pair + 1]) * 0x1p-32
          let at = i * place.columns.count + block * 4 + pair * 2
          worst = max(worst, abs(radius * cos(angle) - Double(values[at])))
          worst = max(worst, abs(radius * sin(angle) - Double(values[at + 1])))
        }
      }
    }
    #expect(worst < 1e-6)
  }

  @Test func everyVariantGivesTheSameBits() {
    for coupling in [NoiseCoupling.independent, .correlated(length: 1.3)] {
      let place = Place(rows: 5..<9, columns: 3..<250, channels: 3, sample: 2, slice: 9, frame: 1, step: 40)
      let expected = NoiseField(seed: 5, coupling: coupling, variant: 0).values(place).map(\.bitPattern)
      for variant in 0...NoiseField.bestVariant {
        #expect(
          NoiseField(seed: 5, coupling: coupling, variant: variant).values(place).map(\.bitPattern) == expected)
      }
    }
  }

  /// These bits must never change: seeds in sidecars of old outputs rely on them.
  @Test func bitsAreForever() {
    let place = Place(rows: 7..<8, columns: 10..<16, channels: 1, sample: 3, slice: 21, frame: 0, step: 99)
    let found = NoiseField(seed: 1).values(place)
    #expect(
      found.map(\.bitPattern) == [
        1_073_958_004, 1_077_398_187, 3_202_900_765, 1_042_407_478, 3_214_289_226, 1_058_084_361,
      ])
  }

  @Test(arguments: [NoiseCoupling.independent, .shared, .correlated(length: 2)])
  func tileIsACropOfTheWhole(_ coupling: NoiseCoupling) {
    let field = NoiseField(seed: 42, coupling: coupling)
    for channels in [1, 3] {
      let whole = field.values(Place(rows: 0..<19, columns: 0..<41, channels: channels, sample: 1, slice: 4, step: 6))
      for (rows, columns) in [(0..<19, 0..<41), (3..<10, 5..<6), (18..<19, 1..<40), (0..<1, 4..<8), (2..<5, 39..<41)] {
        let tile = field.values(Place(rows: rows, columns: columns, channels: channels, sample: 1, slice: 4, step: 6))
        var at = 0
        for row in rows {
          for column in columns {
            for channel in 0..<channels {
              #expect(tile[at] == whole[(row * 41 + column) * channels + channel])
              at += 1
            }
          }
        }
      }
    }
  }

  @Test(arguments: [NoiseCoupling.independent, .shared, .correlated(length: 0.4), .correlated(length: 3)])
  func momentsAreThoseOfTheNormal(_ coupling: NoiseCoupling) {
    let values = NoiseField(seed: 9, coupling: coupling).values(Place(rows: 0..<500, columns: 0..<1000, slice: 11))
    let n = Double(values.count)
    let moments = (1...4).map { power in values.reduce(0) { $0 + pow(Double($1), Double(power)) } / n }
    // Five standard errors: 1, √2, √15, √96 over √n.
    #expect(abs(moments[0]) < 5 / n.squareRoot())
    #expect(abs(moments[1] - 1) < 5 * (2 / n).squareRoot())
    #expect(abs(moments[2]) < 5 * (15 / n).squareRoot())
    #expect(abs(moments[3] - 3) < 5 * (96 / n).squareRoot())
    // Kolmogorov–Smirnov against the normal distribution; 1.95/√n is exceeded once in a thousand.
    let sorted = values.sorted()
    var distance = 0.0
    for (i, value) in sorted.enumerated() {
      distance = max(distance, abs(0.5 * erfc(-Double(value) / 2.0.squareRoot()) - (Double(i) + 0.5) / n))
    }
    #expect(distance < 1.95 / n.squareRoot())
  }

  /// Neighbours in every direction of the key, and within the image, know nothing of each other.
  @Test func placesAreIndependent() {
    let base = Place(rows: 100..<200, columns: 100..<300, channels: 1, sample: 5, slice: 6, frame: 7, step: 8)
    let field = NoiseField(seed: 3)
    let reference = field.values(base)
    let bound = 5 / Double(reference.count).squareRoot()
    let changes: [(inout Place) -> Void] = [
      { $0.rows = 101..<201 }, { $0.columns = 101..<301 }, { $0.columns = 104..<304 }, { $0.columns = 102..<302 },
      { $0.sample = 4 }, { $0.slice = 7 }, { $0.slice = 5 }, { $0.frame = 6 }, { $0.step = 9 },
      { $0.rows = 16484..<16584 }, { ($0.sample, $0.step) = (8, 5) },
    ]
    for change in changes {
      var place = base
      change(&place)
      #expect(abs(correlation(reference, field.values(place))) < bound)
    }
    #expect(abs(correlation(reference, NoiseField(seed: 4).values(base))) < bound)
    #expect(abs(correlation(reference, NoiseField(seed: 3 << 32).values(base))) < bound)
    let two = field.values(
      Place(rows: 100..<200, columns: 100..<300, channels: 2, sample: 5, slice: 6, frame: 7, step: 8))
    let first = stride(from: 0, to: two.count, by: 2).map { two[$0] }
    let second = stride(from: 1, to: two.count, by: 2).map { two[$0] }
    #expect(first == reference && abs(correlation(first, second)) < bound)
  }

  @Test func slicesCorrelateAsDesigned() {
    let place = Place(rows: 0..<200, columns: 0..<200, sample: 1, step: 3)
    func slice(_ index: Int, _ field: NoiseField) -> [Float] {
      var place = place
      place.slice = index
      return field.values(place)
    }
    for length in [0.7, 1.5, 4.0] {
      let coupling = NoiseCoupling.correlated(length: length)
      let field = NoiseField(seed: 8, coupling: coupling)
      let first = slice(-2, field)
      for distance in [1, 2, 5, 9, 30] {
        let designed = exp(-Double(distance * distance) / (2 * length * length))
        let found = correlation(first, slice(distance - 2, field))
        #expect(abs(found - coupling.correlation(atDistance: distance)) < 5 / 200)
        if length > 1 { #expect(abs(coupling.correlation(atDistance: distance) - designed) < 1e-3) }
      }
      #expect(abs(coupling.correlation(atDistance: 0) - 1) < 1e-6)
    }
    // The definition, summed slice by slice.
    let coupling = NoiseCoupling.correlated(length: 1.5)
    var sum = [Float](repeating: 0, count: 40_000)
    for (j, tap) in coupling.taps.enumerated() {
      for (i, value) in slice(7 + j - coupling.taps.count / 2, NoiseField(seed: 8)).enumerated() {
        sum[i] += tap * value
      }
    }
    let found = slice(7, NoiseField(seed: 8, coupling: coupling))
    #expect(zip(sum, found).allSatisfy { abs($0 - $1) < 2e-6 })
    let shared = NoiseField(seed: 8, coupling: .shared)
    #expect(slice(3, shared) == slice(90, shared))
    let independent = NoiseField(seed: 8)
    #expect(abs(correlation(slice(3, independent), slice(4, independent))) < 5 / 200)
    #expect(slice(3, NoiseField(seed: 8, coupling: .correlated(length: 0))) == slice(3, independent))
  }
}
