import ArgumentParser
import Foundation
import SuperResolution

/// The command-line tool. Results go to standard output, everything else to standard error.
@main
struct Residua: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "residua",
    abstract: "Super-resolves MRI and CT volumes and says how sure it is, voxel by voxel.",
    discussion: """
      Slices go through a residual diffusion model (SRDiff); the mean of several samples is the new volume, their standard \
      deviation the uncertainty. In-plane only: slices stay as thick as they were.

      Research use only. Not for diagnosis.

      Exit codes: 0 done, 1 failed, 2 nothing found, 3 some failed, 64 usage, 130 interrupted, 143 terminated.
      """,
    version: ToolVersion.number,
    subcommands: [
      UpscaleCommand.self,
      BatchCommand.self,
      FuseCommand.self,
      InterpolateCommand.self,
      EvaluateCommand.self,
      CalibrateCommand.self,
      RegionsCommand.self,
      ReportCommand.self,
      ExplainCommand.self,
      InfoCommand.self,
      ModelCommand.self,
      TrainCommand.self,
      BenchmarkCommand.self,
    ]
  )

  static func main() {
    // The libraries are asked only when somebody wants to know.
    if CommandLine.arguments.dropFirst() == ["--version"] {
      print(VersionText.text)
      return
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let stop as Interruption.Stop {
      StandardError.write("residua: \(stop.sentence)\n")
      Foundation.exit(stop.exitCode)
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch  where exitCode(for: error) == .failure {
      // Not one of the parser's own: a sentence is all the user needs.
      StandardError.write("residua: \(error)\n")
      Foundation.exit(ExitCode.failure.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}
