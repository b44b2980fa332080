import ArgumentParser
import BulkProcessing
import Foundation
import Reports
import SuperResolution
import Volumes

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes pages to look at outputs with: HTML files that need nothing else.",
    discussion: """
      A volume's page shows three planes with a slider between bicubic and super-resolved, the uncertainty as an overlay, profile, histogram, \
      consistency, and how the volume was made. It lies beside the volume: scan_x2.nii.gz gets scan_x2.html.

      The OUTPUT of a batch gets OUTPUT/report/index.html, a row per job (those that failed, too) to be sorted by name, state, uncertainty and \
      consistency, and a page per volume below OUTPUT/report/volumes. Pages that are up to date stay; the index is always new. Name the \
      batch's INPUT with --input to have bicubic on the pages.

      Pages open in any browser, without a network. They hold voxels: a page is as confidential as the scan.

      Examples:
        residua report sub-08_T1w_x2.nii.gz --input sub-08_T1w.nii.gz
        residua report study_x2 --input study

      Exit codes: 0 done, 1 failed, 2 no job in the batch, 3 some pages failed.
      """
  )

  @Argument(
    help:
      "Outputs of `residua upscale` (NIfTI files or folders of DICOM files, with their sidecars beside them) or of `residua batch` (folders with a ledger)."
  )
  var outputs: [String]

  @Option(
    help:
      "For one output: the volume that was upscaled; for one batch: its INPUT, or the CSV file of its --list. (default: the file of that name beside the output)"
  )
  var input: String?

  @Option(help: "The uncertainty as a volume, for one output. (default: the file that the sidecar names)")
  var uncertainty: String?

  @Option(help: "The page to write, for one output. (default: beside the output)")
  var page: String?

  @Option(help: "One index over everything that is named, instead of one in each batch.")
  var index: String?

  @Flag(help: "Only the index: no volume's page is written, and rows lead to those that are there.")
  var noPages = false

  @Option(help: "The DICOM series of --input, where there are several; for one output.")
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
    if !(1...1_000_000).contains(sizeLimit) {
      throw ValidationError("--size-limit is 1 to 1000000 MB, not \(sizeLimit).")
    }
  }

  func run() throws {
    Interruption.listen()
    let urls = outputs.map { URL(fileURLWithPath: $0) }
    let batches = Set(urls.filter { LedgerFolder(output: $0).exists })
    if !batches.isEmpty || index != nil { return try reportOnMany(urls, batches: batches) }
    if noPages { throw ValidationError("--no-pages leaves nothing to write: it goes with a batch, or with --index.") }
    for url in urls {
      let target = file(page) ?? Self.page(beside: url)
      if !overwrite, FileManager.default.fileExists(atPath: target.path) {
        throw SuperResolutionError(.outputExists, target.path, "exists. Pass --overwrite to replace it.")
      }
      try writePage(of: UpscaleOutput(url, uncertainty: file(uncertainty), input: file(input)), to: target)
    }
  }

  func file(_ path: String?) -> URL? { path.map { URL(fileURLWithPath: $0) } }

  /// - Parameter series: of the input.
  func writePage(of output: UpscaleOutput, to target: URL, series: String? = nil) throws {
    let report = try ReportPage(of: output, options: options(series: series), checkpoint: Interruption.check)
    try writeAtomically(report.html, to: target, overwrite: true)
    for note in report.notes { StandardError.warn("\(output.url.lastPathComponent): \(note)") }
    print(target.path)
  }

  func options(series: String?) -> ReportPage.Options {
    var options = ReportPage.Options()
    options.frame = frame - 1
    options.sizeLimit = sizeLimit * 1_000_000
    options.series = series ?? self.series
    return options
  }

  /// `scan_x2.nii.gz` → `scan_x2.html`; a folder → `folder.html` beside it: the sidecar's name with another ending.
  static func page(beside output: URL) -> URL {
    Sidecar.url(beside: output).deletingPathExtension().appendingPathExtension("html")
  }
}
