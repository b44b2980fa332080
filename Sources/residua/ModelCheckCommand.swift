import ArgumentParser
import Diffusion
import Foundation
import SuperResolution
import Volumes

struct ModelCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Says whether scans are like those that a model has learned from, without upscaling them.",
    discussion: """
      Holds voxel size, modality, contrast and the shape of the intensities against the model's card, as `upscale` does before it begins. One line per scan; \
      exits 3 if some are unlike, 1 if all are.
      """)

  @Argument(help: "A model file, or the name of one that `residua model list` shows.")
  var model: String

  @Argument(help: "Scans: NIfTI files, or folders with one DICOM series.")
  var scans: [String]

  @Option(help: "The plane whose slices would be upscaled: acquired, axial, coronal, sagittal.")
  var plane: UpscaleSettings.Plane = .acquired

  func run() throws {
    Interruption.listen()
    let file = try ModelFile(contentsOf: ModelSearchPath().model(named: model))
    let scope = ModelScope(metadata: file.metadata)
    guard !scope.isEmpty else {
      throw SuperResolutionError(
        .outsideModel, file.url.path,
        "does not say what it has learned from. `residua model card --measure` puts it in, given the scans.")
    }
    var percentile = 100.0
    if case .percentile(let own, _, _) = file.configuration.intensity { percentile = own }
    var unlike = 0
    for scan in scans {
      let url = URL(fileURLWithPath: scan)
      do {
        let reader = try VolumeFile.open(url)
        let statistics = try VolumeStatistics(of: reader, percentile: percentile, checkpoint: Interruption.check)
        let findings = scope.findings(
          for: reader.header, across: plane.axis(of: reader.header), shape: statistics.shape,
          scale: file.configuration.network.scale, isForCT: file.configuration.intensity.isHounsfield)
        let warnings = findings.filter { $0.severity == .warning }
        if !warnings.isEmpty { unlike += 1 }
        print("\(warnings.isEmpty ? "like  " : "UNLIKE")  \(scan)")
        for finding in findings { print("        \(finding.description)") }
      } catch let error as VolumeError {
        unlike += 1
        StandardError.write("residua: \(error)\n")
      }
    }
    if unlike > 0 { throw unlike == scans.count ? ExitCode.failure : ExitCode(3) }
  }
}
