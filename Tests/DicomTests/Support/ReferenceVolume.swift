import Foundation
import Volumes

/// A NIfTI-1 file as another program wrote it, read by a few lines that share nothing with the library.
struct ReferenceVolume {
  var size: (Int, Int, Int)
  var frames: Int
  var affine: Volumes.AffineTransform
  var values: [Double]

  init?(_ url: URL) throws {
    var data = try Data(contentsOf: url)
    if url.pathExtension == "gz" {
      guard let gunzip = Tool("gunzip", for: "reading \(url.lastPathComponent)") else { return nil }
      data = try gunzip.bytes(["-c", url.path])
    }
    let bytes = [UInt8](data)
    func short(_ at: Int) -> Int { Int(Int16(bitPattern: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8)) }
    func word(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) } }
    func float(_ at: Int) -> Double { Double(Float(bitPattern: word(at))) }
    guard bytes.count > 352, word(0) == 348 else { return nil }
    let dims = short(40)
    size = (short(42), short(44), dims >= 3 ? short(46) : 1)
    frames = dims >= 4 ? max(1, short(48)) * (dims >= 5 ? max(1, short(50)) : 1) : 1
    var slope = float(112)
    var inter = float(116)
    if slope == 0 { (slope, inter) = (1, 0) }
    let offset = Int(float(108))
    let count = size.0 * size.1 * size.2 * frames
    let type = short(70)
    values = (0..<count).map { index in
      let raw: Double
      switch type {
      case 2: raw = Double(bytes[offset + index])
      case 4: raw = Double(short(offset + 2 * index))
      case 8: raw = Double(Int32(bitPattern: word(offset + 4 * index)))
      case 16: raw = float(offset + 4 * index)
      case 512: raw = Double(UInt16(bytes[offset + 2 * index]) | UInt16(bytes[offset + 2 * index + 1]) << 8)
      case 64:
        raw = Double(
          bitPattern: UInt64(word(offset + 8 * index)) | UInt64(word(offset + 8 * index + 4)) << 32)
      default: raw = .nan
      }
      return raw * slope + inter
    }
    func row(_ at: Int) -> [Double] { (0..<4).map { float(at + 4 * $0) } }
    if short(254) > 0 {
      let (x, y, z) = (row(280), row(296), row(312))
      affine = Volumes.AffineTransform(
        columns: ([x[0], y[0], z[0]], [x[1], y[1], z[1]], [x[2], y[2], z[2]]), origin: [x[3], y[3], z[3]])
    } else {
      let q = [float(256), float(260), float(264)]
      let handedness: Double = float(76) < 0 ? -1 : 1
      affine =
        QuaternionForm(
          vector: [q[0], q[1], q[2]], handedness: handedness, spacing: [float(80), float(84), float(88)],
          origin: [float(268), float(272), float(276)]
        ).affine
    }
  }

  subscript(i: Int, j: Int, k: Int, t: Int) -> Double {
    values[((t * size.2 + k) * size.1 + j) * size.0 + i]
  }
}

/// How far a volume is from a reference when every voxel is looked up where it lies in the world.
struct Comparison {
  /// Largest distance in mm from a voxel's centre to the nearest centre of the reference.
  var largestOffset = 0.0
  /// Largest difference of values, and relative to the largest magnitude of the reference.
  var largestDifference = 0.0
  var relativeDifference: Double { largestDifference / max(largestMagnitude, 1e-30) }
  var largestMagnitude = 0.0
  /// Voxels without a counterpart.
  var outside = 0
  var voxels = 0

  init(_ reader: any VolumeReader, against reference: ReferenceVolume) throws {
    guard let inverse = reference.affine.inverse else {
      outside = .max
      return
    }
    let size = reader.header.size
    let affine = reader.header.geometry.affine
    largestMagnitude = reference.values.map(\.magnitude).max() ?? 0
    for t in 0..<reader.header.frames {
      for k in 0..<size.2 {
        let slice = try reader.readSlice(k, across: .k, frame: t)
        for j in 0..<size.1 {
          for i in 0..<size.0 {
            let world = affine.apply([Double(i), Double(j), Double(k)])
            let index = inverse.apply(world)
            let (a, b, c) = (index.x.rounded(), index.y.rounded(), index.z.rounded())
            voxels += 1
            guard a >= 0, b >= 0, c >= 0, a < Double(reference.size.0), b < Double(reference.size.1),
              c < Double(reference.size.2), t < reference.frames
            else {
              outside += 1
              continue
            }
            let centre = reference.affine.apply([a, b, c])
            let d: SIMD3<Double> = centre - world
            largestOffset = max(largestOffset, (d * d).sum().squareRoot())
            let difference = abs(reference[Int(a), Int(b), Int(c), t] - slice.values[j * size.0 + i])
            largestDifference = max(largestDifference, difference.isNaN ? .infinity : difference)
          }
        }
      }
    }
  }
}
