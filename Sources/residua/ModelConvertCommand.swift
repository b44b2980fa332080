import ArgumentParser
import Diffusion
import Foundation
import Neural
import SuperResolution

struct ModelConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Makes a model file out of a checkpoint that PyTorch saved.",
    discussion: """
      Reads both forms in which PyTorch saves, zip archives and the older bare pickles, without executing any code of theirs: names and opcodes that no \
      dictionary of tensors needs are refused. Sizes come from the shapes; the schedule is checked; an optimiser's state is left behind. A checkpoint of \
      three channels is run on gray slices: each goes into all three, and the mean of the three comes out.

      The authors' release divides the image that the residual is added to by 256 where everything else is divided by 255: --base published, the default, \
      follows it. For checkpoints of other programs: --base plain.

      Example:
        residua model convert model_ckpt_steps_400000.ckpt div2k-x4.safetensors --set license="not stated" --set data=DIV2K
      """)

  enum Base: String, CaseIterable, ExpressibleByArgument { case published, plain }
  enum Weights: String, CaseIterable, ExpressibleByArgument { case own, float16, float32 }

  @Argument(help: "The checkpoint, .ckpt, .pt or .pth.")
  var input: String

  @Argument(help: "The model file to write, .safetensors.")
  var output: String

  @Option(help: "Which dictionary of the checkpoint, where it holds several models, as state_dict.model.")
  var entry: String?

  @Option(help: "The base that the residual is added to: published (255/256 of bicubic) or plain.")
  var base: Base = .published

  @Option(help: "How weights are stored: own (as in the checkpoint), float16 or float32.")
  var type: Weights = .own

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Sets an entry of the model's card, as license=…", valueName: "key=value"))
  var entries: [String] = []

  @Flag(help: "Replace the output if it exists.")
  var overwrite = false

  func validate() throws {
    for entry in entries where !entry.contains("=") || entry.hasPrefix("=") {
      throw ValidationError("--set \(entry) should read key=value.")
    }
  }

  func run() throws {
    let (source, target) = (URL(fileURLWithPath: input), URL(fileURLWithPath: output))
    if !overwrite, FileManager.default.fileExists(atPath: target.path) {
      throw ModelError(.unwritable, subject: target.path, problems: ["exists. Pass --overwrite to replace it."])
    }
    let conversion = try ModelConversion(of: source, entry: entry)
    var metadata = [
      "origin": "converted from \(source.lastPathComponent), SHA-256 \(try FileDigest.sha256(of: [source]))"
    ]
    for entry in entries {
      let key = String(entry.prefix { $0 != "=" })
      metadata[key] = String(entry.dropFirst(key.count + 1))
    }
    let types: [Weights: ElementType] = [.float16: .float16, .float32: .float32]
    try conversion.write(
      to: target, baseScale: base == .published ? ModelConversion.publishedBaseScale : 1, as: types[type],
      metadata: metadata)
    let place = conversion.entry.isEmpty ? "" : " under \(conversion.entry)"
    StandardError.write(
      "taken: the tensors\(place)\(conversion.prefix.isEmpty ? "" : " that begin with \(conversion.prefix)")\n")
    print(try ModelDescription(of: target).text)
  }
}
