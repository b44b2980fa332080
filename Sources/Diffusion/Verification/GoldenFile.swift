import Foundation
import Neural
import Tensors

/// Inputs of a model and what an independent implementation made of them, checked against each other and against the model's sizes.
///
/// A safetensors file with `lr` [N, C, h, w] and any of: `condition` [N, dim, H, W], the output of cond_proj; `encoder_image` [N, C, H, W],
/// the encoder's own image; `epsilon` [N, C, H, W], which needs `x_t` [N, C, H, W] and `t` [N], integers in 0…T − 1; and `residual`
/// [1, C, H, W], which is what all T ancestral steps under the first item of `lr` make of `noise` [T + 1, 1, C, H, W]: x_T, then the noise
/// of each reverse step. Images are channels first, as PyTorch keeps them, H = scale·h and W = scale·w.
struct GoldenFile {
  static let outputs = ["condition", "epsilon", "encoder_image", "residual"]
  private static let inputs = ["lr", "x_t", "t", "noise"]

  let file: SafetensorsFile
  let items: Int
  /// Those of `outputs` that the file has.
  let present: [String]
  /// Tensors that mean nothing here.
  let ignored: [String]
  private let network: NetworkShape
  private let lowHeight: Int
  private let lowWidth: Int

  var height: Int { lowHeight * network.scale }
  var width: Int { lowWidth * network.scale }

  init(contentsOf url: URL, network: NetworkShape, timesteps: Int) throws(GoldenError) {
    let file: SafetensorsFile
    do { file = try SafetensorsFile(contentsOf: url) } catch {
      throw GoldenError(.unreadable, subject: error.subject, problems: error.problems)
    }
    var problems: [String] = []
    let present = Self.outputs.filter { file.entries[$0] != nil }
    var required = Set(["lr"])
    if present.contains("epsilon") { required.formUnion(["x_t", "t"]) }
    if present.contains("residual") { required.insert("noise") }
    for name in required.sorted() where file.entries[name] == nil { problems.append("\(name) is missing") }
    if present.isEmpty {
      problems.append("there is nothing to compare: expected at least one of \(Self.outputs.joined(separator: ", "))")
    }
    if file.entries["noise"] != nil, file.entries["residual"] == nil {
      problems.append("noise is there, but residual is missing")
    }

    self.file = file
    self.network = network
    self.present = present
    ignored = file.names.filter { !Self.outputs.contains($0) && !Self.inputs.contains($0) }
    let lr = file.entries["lr"]?.shape ?? []
    let isImage = lr.count == 4 && lr.allSatisfy { (1...1 << 20).contains($0) } && lr[1] == network.channels
    (items, lowHeight, lowWidth) = isImage ? (lr[0], lr[2], lr[3]) : (0, 0, 0)
    if isImage {
      let (multiple, least) = (network.sideMultiple, network.leastSide)
      for (name, side) in [("height", height), ("width", width)] where side % multiple != 0 || side < least {
        problems.append(
          "lr: a \(name) of \(side / network.scale) becomes \(side), expected a multiple of \(multiple) and at least \(least)"
        )
      }
      let image = [items, network.channels, height, width]
      problems += Self.misshapen(file, "x_t", image) + Self.misshapen(file, "t", [items], integers: true)
      problems += Self.misshapen(file, "condition", [items, network.dim, height, width])
      problems += Self.misshapen(file, "epsilon", image) + Self.misshapen(file, "encoder_image", image)
      let one = [1, network.channels, height, width]
      problems += Self.misshapen(file, "noise", [timesteps + 1] + one) + Self.misshapen(file, "residual", one)
      problems += Self.misshapen(file, "lr", lr)
    } else if file.entries["lr"] != nil {
      problems.append("lr has the shape \(lr), expected [N, \(network.channels), h, w]")
    }
    guard problems.isEmpty else { throw GoldenError(.unsuitable, subject: url.path, problems: problems) }

    for name in present + Self.inputs where name != "t" && file.entries[name] != nil {
      let broken = try floats(name).count { !$0.isFinite }
      if broken > 0 { problems.append("\(name): \(broken) values are not finite") }
    }
    if file.entries["t"] != nil, let wrong = try steps().first(where: { !(0..<timesteps).contains($0) }) {
      problems.append("t holds \(wrong), but the model's steps are 0 to \(timesteps - 1)")
    }
    guard problems.isEmpty else { throw GoldenError(.unsuitable, subject: url.path, problems: problems) }
  }

  private static func misshapen(
    _ file: SafetensorsFile, _ name: String, _ expected: [Int], integers: Bool = false
  ) -> [String] {
    guard let entry = file.entries[name] else { return [] }
    if entry.shape != expected { return ["\(name) has the shape \(entry.shape), expected \(expected)"] }
    if entry.type.isFloatingPoint == integers {
      return ["\(name) is of type \(entry.type.rawValue), expected \(integers ? "integers" : "floating point")"]
    }
    return []
  }

  /// All values of a tensor, in the file's order.
  func floats(_ name: String) throws(GoldenError) -> [Float] {
    do { return try file.floats(name) } catch {
      throw GoldenError(.unreadable, subject: error.subject, problems: error.problems)
    }
  }

  /// t of each item.
  func steps() throws(GoldenError) -> [Int] {
    do { return try file.integers("t") } catch {
      throw GoldenError(.unreadable, subject: error.subject, problems: error.problems)
    }
  }

  /// The low-resolution images, one tensor `[1, h, w, C]` per item.
  func lowResolutionImages() throws(GoldenError) -> [Tensor] {
    let all = Tensor(channelsFirst: try floats("lr"), n: items, c: network.channels, h: lowHeight, w: lowWidth)
    return (0..<items).map { all.items($0..<$0 + 1) }
  }

  /// Images of full size, one item after the other, `[count, H, W, C]`.
  func images(_ name: String, count: Int) throws(GoldenError) -> Tensor {
    Tensor(channelsFirst: try floats(name), n: count, c: network.channels, h: height, w: width)
  }
}

/// Everything that is wrong with a golden file, in one error.
public struct GoldenError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// The file cannot be read, or is no safetensors file.
    case unreadable
    /// It lacks tensors, or they do not fit the model.
    case unsuitable
  }

  /// What went wrong, for programs.
  public let code: Code
  /// The path of the file.
  public let subject: String
  /// One sentence per problem.
  public let problems: [String]

  /// Made of a code, the file, and everything that is wrong with it.
  public init(_ code: Code, subject: String, problems: [String]) {
    self.code = code
    self.subject = subject
    self.problems = problems
  }

  public var description: String {
    guard problems.count > 1 else { return "\(subject): \(problems.first ?? code.rawValue)" }
    return "\(subject): \(problems.count) problems:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
  }
}
