import Neural

extension NetworkShape {
  /// The names and shapes of all tensors of a checkpoint, without making the network.
  ///
  /// The network itself would do, but a hostile file could make it as large as memory by naming a few small tensors.
  var tensorShapes: [String: [Int]] {
    var all: [String: [Int]] = [:]
    func convolution(_ name: String, _ input: Int, _ output: Int, _ kernel: Int = 3) {
      all[name + ".weight"] = [output, input, kernel, kernel]
      all[name + ".bias"] = [output]
    }
    func transposed(_ name: String, _ input: Int, _ output: Int, _ kernel: Int) {
      all[name + ".weight"] = [input, output, kernel, kernel]
      all[name + ".bias"] = [output]
    }
    func linear(_ name: String, _ input: Int, _ output: Int) {
      all[name + ".weight"] = [output, input]
      all[name + ".bias"] = [output]
    }
    let features = encoderFeatures
    convolution("rrdb.conv_first", channels, features)
    for block in 0..<encoderBlocks {
      for dense in 1...3 {
        for layer in 0..<5 {
          convolution(
            "rrdb.RRDB_trunk.\(block).RDB\(dense).conv\(layer + 1)", features + layer * (features / 2),
            layer < 4 ? features / 2 : features)
        }
      }
    }
    convolution("rrdb.trunk_conv", features, features)
    for head in 0..<Self.headConvolutions(scale: scale) { convolution("rrdb.upconv\(head + 1)", features, features) }
    convolution("rrdb.HRconv", features, features)
    convolution("rrdb.conv_last", features, channels)

    func resnet(_ name: String, _ input: Int, _ output: Int) {
      linear(name + ".mlp.1", dim, output)
      convolution(name + ".block1.block.1", input, output)
      convolution(name + ".block2.block.1", output, output)
      if input != output { convolution(name + ".res_conv", input, output, 1) }
    }
    let widths = [channels] + mults.map { dim * $0 }
    let last = mults.count - 1
    transposed("denoise_fn.cond_proj", conditionChannels, dim, Self.projectionKernel(scale: scale))
    linear("denoise_fn.mlp.0", dim, 4 * dim)
    linear("denoise_fn.mlp.2", 4 * dim, dim)
    for level in 0...last {
      resnet("denoise_fn.downs.\(level).0", widths[level], widths[level + 1])
      resnet("denoise_fn.downs.\(level).1", widths[level + 1], widths[level + 1])
      if level < last { convolution("denoise_fn.downs.\(level).2.conv.1", widths[level + 1], widths[level + 1]) }
    }
    resnet("denoise_fn.mid_block1", widths[last + 1], widths[last + 1])
    resnet("denoise_fn.mid_block2", widths[last + 1], widths[last + 1])
    for k in 0..<last {
      let (inner, outer) = (widths[last + 1 - k], widths[last - k])
      resnet("denoise_fn.ups.\(k).0", 2 * inner, outer)
      resnet("denoise_fn.ups.\(k).1", outer, outer)
      transposed("denoise_fn.ups.\(k).2.conv.0", outer, outer, 4)
    }
    convolution("denoise_fn.final_conv.0.block.1", dim, dim)
    convolution("denoise_fn.final_conv.1", dim, channels, 1)
    return all
  }

  /// Kernels of `cond_proj` and what they enlarge by.
  private static let kernels = [4: 2, 7: 3, 8: 4, 16: 8]

  private static func projectionKernel(scale: Int) -> Int { kernels.first { $0.value == scale }?.key ?? 2 * scale }
  private static func headConvolutions(scale: Int) -> Int { scale == 8 ? 3 : scale == 4 ? 2 : 1 }
}

/// What the shapes of a checkpoint's tensors say about the network; a size that they do not tell is nil.
struct InferredSizes {
  var channels: Int?
  var encoderFeatures: Int?
  var encoderBlocks: Int?
  var scale: Int?
  var dim: Int?
  var mults: [Int]?
  /// Shapes that fit no network, in words.
  var problems: [String] = []

  init(_ shapes: [String: [Int]]) {
    if let first = shape("rrdb.conv_first.weight", rank: 4, shapes) {
      (encoderFeatures, channels) = (first[0], first[1])
    }
    encoderBlocks = Self.count(under: "rrdb.RRDB_trunk.", shapes)
    if let projection = shape("denoise_fn.cond_proj.weight", rank: 4, shapes) {
      dim = projection[1]
      scale = [4: 2, 7: 3, 8: 4, 16: 8][projection[2]]
      if scale == nil {
        problems.append(
          "denoise_fn.cond_proj.weight has a kernel of \(projection[2]); known are 4 (×2), 7 (×3), 8 (×4) and 16 (×8)")
      }
    }
    if dim == 0 {
      problems.append(
        "denoise_fn.cond_proj.weight has the shape \(shapes["denoise_fn.cond_proj.weight"] ?? []): dim is 0")
    }
    if let dim, dim > 0, let levels = Self.count(under: "denoise_fn.downs.", shapes), levels <= 64 {
      let widths = (0..<levels).map { level in
        ["1.block1.block.1", "1.block2.block.1", "0.block2.block.1", "0.block1.block.1", "0.mlp.1"].lazy
          .compactMap { shapes["denoise_fn.downs.\(level).\($0).weight"]?.first }.first
      }
      if widths.allSatisfy({ $0 != nil }) {
        mults = widths.map { ($0 ?? 0) / dim }
        for (level, width) in widths.enumerated() where (width ?? 0) % dim != 0 || width == 0 {
          problems.append("level \(level) is \(width ?? 0) wide, which is no multiple of dim = \(dim)")
        }
        if mults?.first != 1 {
          problems.append(
            "level 0 should be as wide as dim = \(dim), where the condition is added, but is \(widths[0] ?? 0)")
        }
      }
    }
  }

  private mutating func shape(_ name: String, rank: Int, _ shapes: [String: [Int]]) -> [Int]? {
    guard let shape = shapes[name] else { return nil }
    if shape.count == rank { return shape }
    problems.append("\(name) has the shape \(shape), expected \(rank) dimensions")
    return nil
  }

  /// One more than the largest number that follows `prefix`; nil where none does.
  private static func count(under prefix: String, _ shapes: [String: [Int]]) -> Int? {
    shapes.keys.lazy.filter { $0.hasPrefix(prefix) }
      .compactMap { Int($0.dropFirst(prefix.count).prefix { $0 != "." }) }
      .filter { (0..<100_000).contains($0) }.max().map { $0 + 1 }
  }
}
