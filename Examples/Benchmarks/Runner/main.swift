import Diffusion
import Foundation
import Neural
import Tensors

// One network under the hand of compare.py: reads commands from standard input, answers one line each.
//
//     encode                              milliseconds of one encoding
//     step                                milliseconds of one predictor step over the batch
//     cpu encode, cpu step                the same in processor time of all threads together
//     layer KIND INPUTS OUTPUTS H W TIMES the best processor time of one layer; KIND is conv (mirrored, Mish), zero, down, up or point
//     layers                              where a step's time goes, as JSON
//     dump FOLDER                         writes features, condition and ε as raw float32, channels first
//     information                         which kernels run

struct Options {
  var size = 256
  var scale = 4
  var dim = 64
  var batch = 1
  var features = 32
  var blocks = 8
  var threads: Int? = nil
  var kernels: KernelSet? = nil
  var products: Engine.Products? = nil

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    while let name = rest.popFirst(), let value = rest.popFirst() {
      switch name {
      case "--size": size = Int(value) ?? size
      case "--scale": scale = Int(value) ?? scale
      case "--dim": dim = Int(value) ?? dim
      case "--batch": batch = Int(value) ?? batch
      case "--features": features = Int(value) ?? features
      case "--blocks": blocks = Int(value) ?? blocks
      case "--threads": threads = Int(value)
      case "--kernels": kernels = KernelSet(rawValue: value)
      case "--products": products = Engine.Products(rawValue: value)
      default: break
      }
    }
  }
}

/// Values in [−1, 1) that compare.py derives alike: SplitMix64 over the FNV-1a hash of the name, upper 24 bits.
func hashedValues(_ name: String, count: Int) -> [Float] {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return (0..<count).map { i in
    var z = hash &+ (UInt64(i) + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(z >> 40) / 8_388_608 - 1
  }
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double {
  let start = DispatchTime.now().uptimeNanoseconds
  try body()
  return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
}

let options = Options(CommandLine.arguments)
let engine = try Engine(threads: options.threads, kernels: options.kernels, products: options.products)
let shape = NetworkShape(
  scale: options.scale, encoderFeatures: options.features, encoderBlocks: options.blocks, dim: options.dim)
var model = try SRDiffModel(shape: shape, engine: engine)
model.forEachParameter(under: "") { name, parameter in
  let extents = parameter.shape
  let bound: Float = extents.count == 1 ? 0.1 : Float((3 / Double(extents[1...].reduce(1, *))).squareRoot())
  parameter.values = hashedValues(name, count: parameter.values.count).map { $0 * bound }
}
let side = options.size / options.scale
let lr = Tensor(channelsFirst: hashedValues("lr", count: side * side), n: 1, c: 1, h: side, w: side)
let noisy = Tensor(
  channelsFirst: hashedValues("x_t", count: options.batch * options.size * options.size), n: options.batch, c: 1,
  h: options.size, w: options.size)
let steps = (0..<options.batch).map { (37 * $0 + 50) % 100 }
let indices = Array(repeating: 0, count: options.batch)
let condition = try model.encode(lr: lr)
func answer(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8)) }
answer("ready")
while let line = readLine() {
  let words = line.split(separator: " ").map(String.init)
  switch words.first {
  case "encode": answer("\(try milliseconds { _ = try model.encode(lr: lr) })")
  case "cpu" where words.count == 2:
    let before = clock()
    if words[1] == "encode" {
      _ = try model.encode(lr: lr)
    } else {
      _ = try model.predictNoise(in: noisy, steps: steps, conditions: [condition], conditionIndex: indices)
    }
    answer("\(Double(clock() - before) / Double(CLOCKS_PER_SEC) * 1000)")
  case "layer" where words.count == 7:
    let n = words[2...].compactMap { Int($0) }
    let geometry: ConvolutionGeometry =
      switch words[1] {
      case "down": .convolution(n[0], to: n[1], kernel: 3, stride: 2, padding: 1, edges: .reflection)
      case "up": .transposed(n[0], to: n[1], kernel: 4, stride: 2, padding: 1)
      case "point": .convolution(n[0], to: n[1], kernel: 1)
      case "zero": .convolution(n[0], to: n[1], kernel: 3, padding: 1)
      default: .convolution(n[0], to: n[1], kernel: 3, padding: 1, edges: .reflection)
      }
    let weight = hashedValues("w", count: geometry.weightShape.reduce(1, *))
    let packed = PackedConvolution(geometry, weight: weight, bias: hashedValues("b", count: n[1]), for: engine)
    let input = Tensor(hashedValues("x", count: n[0] * n[2] * n[3]), n: 1, h: n[2], w: n[3], c: n[0])
    var best = Double.infinity
    for _ in 0..<n[4] {
      let before = clock()
      _ = engine.convolve(input, packed, Epilogue(activation: words[1] == "conv" ? .mish : .linear))
      best = min(best, Double(clock() - before) / 1000)
    }
    let out = geometry.outputSide(n[2]) * geometry.outputSide(n[3])
    answer("\(line): \(best) ms CPU, \(Double(2 * out * geometry.directCost) / best / 1e6) GFLOP/s")
  case "step":
    let time = try milliseconds {
      _ = try model.predictNoise(in: noisy, steps: steps, conditions: [condition], conditionIndex: indices)
    }
    answer("\(time)")
  case "dump" where words.count == 2:
    let epsilon = try model.predictNoise(in: noisy, steps: steps, conditions: [condition], conditionIndex: indices)
    let encoding = model.encoder(lr, in: Execution(engine))
    for (name, tensor) in [
      ("features", encoding.condition), ("condition", condition.projected), ("epsilon", epsilon),
    ] {
      let values = tensor.channelsFirstValues()
      try values.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: words[1] + "/" + name)) }
    }
    answer("done")
  case "information":
    let json = JSONEncoder()
    answer(String(decoding: try json.encode(engine.information), as: UTF8.self))
  case "layers":
    let benchmark = try model.benchmark(height: options.size, width: options.size, batch: options.batch)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    answer(String(decoding: try encoder.encode(benchmark), as: UTF8.self))
  default: exit(0)
  }
}
