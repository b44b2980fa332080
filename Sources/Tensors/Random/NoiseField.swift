import CKernels

/// Standard normal noise for every pixel of every slice, sample and step of a volume, made on demand.
///
/// A value is a function of the seed and of its place: row and column in the output slice, channel, slice, frame, sample, step.
/// It does not depend on the tile, the batch, the order of calls, the number of threads or the instruction set, so that work can be
/// cut up, resumed and spread over machines and still give the same bytes.
///
/// The counter of Philox4x32-10 holds the place without collisions: columns and rows up to 2²⁰, channels up to 2⁸, slices in Int32,
/// frames up to 2¹⁸, samples and steps up to 2¹⁶. Four neighbouring columns share one counter. Normals come from the Box–Muller
/// transform (Box and Muller, Ann. Math. Statist. 29, 1958) with polynomials of our own; they reach ±6.7 and are within 10⁻⁶ of the
/// exact transform.
public struct NoiseField: Sendable {
  /// What the noise is keyed by, beside the place.
  public let seed: UInt64
  /// How the noise of neighbouring slices is related.
  public let coupling: NoiseCoupling
  private let taps: [Float]
  private let variant: Int32

  /// - Precondition: a correlated coupling has a length in 0…`NoiseCoupling.longestLength`.
  public init(seed: UInt64, coupling: NoiseCoupling = .independent) {
    self.init(seed: seed, coupling: coupling, variant: ck_noise_variant())
  }

  /// With one of the kernel's variants, for tests: all give the same bits.
  package init(seed: UInt64, coupling: NoiseCoupling, variant: Int32) {
    self.seed = seed
    self.coupling = coupling
    self.taps = coupling.taps
    self.variant = variant
  }

  /// The best variant of the kernel that this machine has; all smaller numbers run as well.
  package static var bestVariant: Int32 { ck_noise_variant() }

  /// Fills `pointer` with the noise of a rectangle, `[rows, columns, channels]`, contiguous.
  ///
  /// - Parameters:
  ///   - rows, columns: the rectangle in the grid of the whole output slice.
  ///   - sample: which sample, from 0.
  ///   - slice: index of the slice.
  ///   - frame: index of the volume in a series, from 0.
  ///   - step: t of the reverse step that uses it; T for the noise that sampling starts from.
  /// - Precondition: all indices are in the ranges given above.
  public func fill(
    _ pointer: UnsafeMutablePointer<Float>, rows: Range<Int>, columns: Range<Int>, channels: Int = 1, sample: Int,
    slice: Int, frame: Int = 0, step: Int
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= 1 << 20, "rows \(rows)")
    precondition(columns.lowerBound >= 0 && columns.upperBound <= 1 << 20, "columns \(columns)")
    precondition((1...256).contains(channels), "\(channels) channels")
    precondition(sample >= 0 && sample < 1 << 16 && step >= 0 && step < 1 << 16, "sample \(sample), step \(step)")
    precondition(frame >= 0 && frame < 1 << 18 && abs(slice) < 1 << 30, "frame \(frame), slice \(slice)")
    guard !rows.isEmpty, !columns.isEmpty else { return }

    let firstBlock = columns.lowerBound / 4
    let blocks = (columns.upperBound + 3) / 4 - firstBlock
    let skipped = columns.lowerBound - firstBlock * 4
    // A row of one channel that begins and ends with a block needs no detour.
    let direct = channels == 1 && blocks * 4 == columns.count
    withUnsafeTemporaryAllocation(of: Float.self, capacity: direct ? 1 : blocks * 4) { line in
      for (i, row) in rows.enumerated() {
        let out = pointer + i * columns.count * channels
        for channel in 0..<channels {
          let target = direct ? out : line.baseAddress!
          fillLine(
            target, blocks: blocks, firstBlock: firstBlock, row: row, channel: channel, sample: sample, slice: slice,
            frame: frame, step: step)
          if !direct {
            for column in 0..<columns.count { out[column * channels + channel] = line[skipped + column] }
          }
        }
      }
    }
  }

  private func fillLine(
    _ target: UnsafeMutablePointer<Float>, blocks: Int, firstBlock: Int, row: Int, channel: Int, sample: Int,
    slice: Int,
    frame: Int, step: Int
  ) {
    let key = Philox4x32(seed: seed).key
    let first = coupling == .shared ? 0 : slice - taps.count / 2
    // The low word's lower bits count blocks alone, so that a row never runs into the next.
    let place = (
      UInt32(firstBlock) | UInt32(row & 0x3FFF) << 18,
      UInt32(bitPattern: Int32(first)),
      UInt32(sample) << 16 | UInt32(step),
      UInt32(row >> 14) | UInt32(channel) << 6 | UInt32(frame) << 14
    )
    withUnsafeBytes(of: place) { counter in
      withUnsafeBytes(of: (key[0], key[1])) { key in
        ck_noise_row(
          target, blocks, counter.baseAddress!.assumingMemoryBound(to: UInt32.self),
          key.baseAddress!.assumingMemoryBound(to: UInt32.self), taps, taps.count, variant)
      }
    }
  }
}
