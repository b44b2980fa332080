import Diffusion
import Foundation
import Tensors

/// A golden file of the network tests: float32 and int32 tensors in safetensors' layout.
struct GoldenFile {
  private var tensors: [String: (shape: [Int], bytes: Data)] = [:]

  init(_ name: String, in group: String = "network") throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appendingPathComponent("Golden/\(group)/\(name).safetensors"))
    let length = (0..<8).reduce(0) { $0 | Int(data[$1]) << (8 * $1) }
    let header = try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any] ?? [:]
    for (name, entry) in header {
      guard let entry = entry as? [String: Any], let shape = entry["shape"] as? [Int],
        let offsets = entry["data_offsets"] as? [Int]
      else { continue }
      tensors[name] = (shape, data.subdata(in: 8 + length + offsets[0]..<8 + length + offsets[1]))
    }
  }

  var names: [String] { Array(tensors.keys) }

  func floats(_ name: String) -> [Float] {
    guard let bytes = tensors[name]?.bytes else { return [] }
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  func integers(_ name: String) -> [Int] {
    guard let bytes = tensors[name]?.bytes else { return [] }
    return bytes.withUnsafeBytes { $0.bindMemory(to: Int32.self).map { Int($0) } }
  }

  func shape(_ name: String) -> [Int] { tensors[name]?.shape ?? [] }

  /// An [N, C, H, W] tensor, channels last.
  func image(_ name: String) -> Tensor {
    let s = shape(name)
    return Tensor(channelsFirst: floats(name), n: s[0], c: s[1], h: s[2], w: s[3])
  }
}

/// The weights that the golden files were made with: SplitMix64 over the FNV-1a hash of each name.
func hashedWeights(_ shape: NetworkShape, engine: Engine) throws -> [String: (shape: [Int], values: [Float])] {
  var weights: [String: (shape: [Int], values: [Float])] = [:]
  for (name, parameter) in try SRDiffModel(shape: shape, engine: engine).namedParameters() {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let extents = parameter.shape
    let bound: Float = extents.count == 1 ? 0.1 : Float((3 / Double(extents[1...].reduce(1, *))).squareRoot())
    let values = (0..<parameter.values.count).map { i -> Float in
      var z = hash &+ (UInt64(i) + 1) &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      return (Float(z >> 40) / 8_388_608 - 1) * bound
    }
    weights[name] = (extents, values)
  }
  return weights
}

/// The largest error relative to the largest magnitude.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count, !expected.isEmpty else { return .infinity }
  var error: Float = 0
  for (a, b) in zip(found, expected) {
    if !(abs(a - b) <= error) { error = abs(a - b) }
  }
  return error / (expected.map { abs($0) }.max() ?? 0)
}
