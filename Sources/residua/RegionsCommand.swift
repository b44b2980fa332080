import ArgumentParser
import Foundation
import SuperResolution

struct RegionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regions",
    abstract: "Mean and interval of labelled regions, from samples that were kept.",
    discussion: """
      SAMPLES are the volumes that `residua upscale --keep-samples FOLDER` wrote: the folder, or the files. The statistic is computed on each sample, \
      and its spread over the samples gives the interval: voxel deviations never add up to that of a region. Intervals of large regions hold for samples \
      that were drawn with --consistency project.

      Example:
        residua regions labels_x2.nii.gz samples/ --threshold 900 --output regions.tsv
      """
  )

  @Argument(help: "A map of whole numbers on the samples' grid; 0 is no region.")
  var labels: String

  @Argument(help: "The samples: a folder, or files.")
  var samples: [String]

  @Option(help: "Report the volume above this intensity.")
  var threshold: Double?

  @Option(help: "Nominal coverage of the intervals.")
  var coverage = 0.9

  @Option(help: "The table, comma-separated where it ends in .csv. (default: tab-separated, to standard output)")
  var output: String?

  @Option(help: "Write a picture of the slice with most labelled voxels: mean, labels, standard deviation.")
  var preview: String?

  @Flag(help: "Replace an output that exists.")
  var overwrite = false

  func validate() throws {
    try RegionOptions.check(coverage: coverage)
    if let threshold, !threshold.isFinite { throw ValidationError("--threshold is a number, not \(threshold).") }
  }

  func run() throws {
    Interruption.listen()
    let files = samples.flatMap(Self.volumes)
    if files.isEmpty {
      StandardError.write("residua: there is no NIfTI volume in \(samples.joined(separator: ", ")).\n")
      throw ExitCode(2)
    }
    for path in [output, preview].compactMap(\.self) where !overwrite && FileManager.default.fileExists(atPath: path) {
      throw SuperResolutionError(.outputExists, path, "exists. Pass --overwrite to replace it.")
    }
    let report = try RegionReport(
      samples: files, labels: URL(fileURLWithPath: labels), threshold: threshold, coverage: coverage)
    if let preview {
      try RegionPreview(samples: files, labels: URL(fileURLWithPath: labels), checkpoint: Interruption.check)
        .write(to: URL(fileURLWithPath: preview), overwrite: overwrite)
    }
    if let output {
      try report.write(to: URL(fileURLWithPath: output), overwrite: overwrite)
      StandardError.write("\(report.summary())\n")
    } else {
      print(report.table(), terminator: "")
    }
  }

  /// The NIfTI files of a folder by name, or the file itself.
  private static func volumes(_ path: String) -> [URL] {
    var isFolder: ObjCBool = false
    let url = URL(fileURLWithPath: path)
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return [url] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".nii") || $0.hasSuffix(".nii.gz")) }.sorted()
      .map { url.appendingPathComponent($0) }
  }
}
