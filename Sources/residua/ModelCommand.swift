import ArgumentParser
import Diffusion
import Foundation
import SuperResolution
import Tensors

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Shows, describes, converts and checks models.",
    subcommands: [
      List.self, Inspect.self, ModelCardCommand.self, ModelCheckCommand.self, ModelConvertCommand.self, Verify.self,
    ]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The models that are found, and where.",
      discussion:
        "Searches RESIDUA_MODELS, the program's folder, its share folder, and the user's and the system's data folders."
    )

    func run() throws {
      let path = ModelSearchPath()
      let models = path.models()
      if models.isEmpty {
        StandardError.write("residua: no model was found in \(path.folders.map(\.path).joined(separator: ", ")).\n")
        throw ExitCode(2)
      }
      for model in models {
        do {
          let file = try ModelFile(contentsOf: model)
          print("\(model.lastPathComponent)\t×\(file.configuration.network.scale)\t\(model.path)")
        } catch {
          StandardError.warn("\(error)")
        }
      }
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What a model is: sizes, settings, intensity mapping, card.")

    @Argument(help: "A model file, or the name of one that `residua model list` shows.")
    var model: String

    func run() throws {
      let url = try ModelSearchPath().model(named: model)
      print(try ModelDescription(of: url).text)
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Holds a model to another implementation's results.",
      discussion: """
        GOLDEN is a safetensors file with lr [N,C,h,w], x_t [N,C,H,W], t [N] (int64), and any of condition (output of cond_proj), \
        epsilon, encoder_image (HR head), and noise [T+1,1,C,H,W] (x_T, then the noise of each reverse step) with residual \
        [1,C,H,W]. Prints the largest error of each, relative to the tensor's largest magnitude; exits 1 above the tolerance.
        """)

    @Argument(help: "The model file.")
    var model: String

    @Argument(help: "The file with the expected results.")
    var golden: String

    @Option(help: "Largest relative error that is accepted.")
    var tolerance = 1e-4

    func validate() throws {
      if !(tolerance >= 0) { throw ValidationError("--tolerance is a number from 0 up, not \(tolerance).") }
    }

    func run() throws {
      let url = try ModelSearchPath().model(named: model)
      let verification = try GoldenVerification(
        of: ModelFile(contentsOf: url), against: URL(fileURLWithPath: golden), on: Engine())
      for comparison in verification.comparisons {
        let verdict = comparison.error <= tolerance ? "ok  " : "FAIL"
        let shape = comparison.shape.map(String.init).joined(separator: "×")
        print("\(verdict)  \(comparison.name)  \(shape)  \(String(format: "%.3g", comparison.error))")
      }
      for name in verification.ignored {
        StandardError.warn("\(name) in \(golden) is not known here and was not compared.")
      }
      if !verification.passes(tolerance: tolerance) {
        StandardError.write("residua: the errors marked FAIL exceed \(tolerance) of the largest magnitude.\n")
        throw ExitCode.failure
      }
    }
  }
}
