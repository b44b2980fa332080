import ArgumentParser
import Diffusion
import Foundation
import SuperResolution
import Tensors

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Shows and checks models.",
    subcommands: [List.self, Inspect.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The models that are found, and where.",
      discussion: "Searches RESIDUA_MODELS, the program's folder, its share folder, and the user's and the system's data folders."
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
    static let configuration = CommandConfiguration(abstract: "What a model is: sizes, settings, intensity mapping, card.")

    @Argument(help: "A model file, or the name of one that `residua model list` shows.")
    var model: String

    func run() throws {
      let url = try ModelSearchPath().model(named: model)
      print(try ModelDescription(of: url).text)
    }
  }

}
