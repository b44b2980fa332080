import ArgumentParser
import Foundation
import Reports
import SuperResolution
import Volumes

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a page to look at an output: one HTML file that needs nothing else.",
    discussion: """
      Three planes with a slider between bicubic and super-resolved, the uncertainty as an overlay, profile, histogram, consistency, \
      and how the volume was made. One page per output, beside it: scan_x2.nii.gz gets scan_x2.html. It opens in any browser, without \
      a network.

      Example:
        residua report sub-08_T1w_x2.nii.gz --input sub-08_T1w.nii.gz
      """
  )

  @Argument(
    help: "Outputs of `residua upscale`: NIfTI files or folders of DICOM files, with their sidecars beside them.")
  var outputs: [String]

  @Option(help: "The volume that was upscaled, for one output. (default: the file of that name beside the output)")
  var input: String?

  @Option(help: "The uncertainty as a volume, for one output. (default: the file that the sidecar names)")
  var uncertainty: String?

  @Option(help: "The page to write, for one output. (default: beside the output)")
  var page: String?

  @Option(help: "The DICOM series of --input, where there are several.")
  var series: String?

  @Option(help: "Time point to show, from 1.")
  var frame = 1

  @Option(help: "Largest page in MB; voxels are packed more coarsely to fit, and the page says how coarsely.")
  var sizeLimit = 15

  @Flag(help: "Replace pages that exist.")
  var overwrite = false

  @Flag(help: "Say nothing but warnings and errors.")
  var quiet = false

  func validate() throws {
    if outputs.isEmpty { throw ValidationError("name at least one output.") }
    if outputs.count > 1, input != nil || uncertainty != nil || page != nil || series != nil {
      throw ValidationError("--input, --uncertainty, --page and --series are for one output, not for \(outputs.count).")
    }
    if frame < 1 { throw ValidationError("--frame is at least 1, not \(frame).") }
    if sizeLimit < 1 { throw ValidationError("--size-limit is at least 1 MB, not \(sizeLimit).") }
  }

  func run() throws {
    Interruption.listen()
    func file(_ path: String?) -> URL? { path.map { URL(fileURLWithPath: $0) } }
    var options = ReportPage.Options()
    options.frame = frame - 1
    options.sizeLimit = sizeLimit * 1_000_000
    options.series = series
    for path in outputs {
      let url = URL(fileURLWithPath: path)
      let target = file(page) ?? Self.page(beside: url)
      if !overwrite, FileManager.default.fileExists(atPath: target.path) {
        throw SuperResolutionError(.outputExists, target.path, "exists. Pass --overwrite to replace it.")
      }
      let report = try ReportPage(
        of: UpscaleOutput(url, uncertainty: file(uncertainty), input: file(input)), options: options,
        checkpoint: Interruption.check)
      try writeAtomically(report.html, to: target, overwrite: overwrite)
      for note in report.notes { StandardError.warn("\(url.lastPathComponent): \(note)") }
      print(target.path)
    }
  }

  /// `scan_x2.nii.gz` → `scan_x2.html`; a folder → `folder.html` beside it.
  static func page(beside output: URL) -> URL {
    var name = output.lastPathComponent
    for ending in [".nii.gz", ".nii", ".hdr", ".img", ".hdr.gz", ".img.gz"] where name.lowercased().hasSuffix(ending) {
      name = String(name.dropLast(ending.count))
      break
    }
    return output.deletingLastPathComponent().appendingPathComponent(name + ".html")
  }
}
