import ArgumentParser
import Foundation
import SuperResolution

/// Labelled regions beside an upscale.
struct RegionOptions: ParsableArguments {
  @Option(
    help: "Report mean and interval of each region of this label map, which lies on the input's or the output's grid.")
  var regions: String?

  @Option(help: "The regions' table, comma-separated where it ends in .csv. (default: OUTPUT_regions.tsv)")
  var regionTable: String?

  @Option(help: "Report the volume above this intensity, in the input's unit.")
  var regionThreshold: Double?

  @Option(help: "Nominal coverage of the regions' intervals.")
  var regionCoverage = 0.9

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Bring a label map of the input onto the new grid.", valueName: "labels output"))
  var labelsAlong: [String] = []

  func validate() throws {
    if regions == nil, regionTable != nil || regionThreshold != nil {
      throw ValidationError("--region-table and --region-threshold are about --regions, which is missing.")
    }
    if let regionThreshold, !regionThreshold.isFinite {
      throw ValidationError("--region-threshold is a number, not \(regionThreshold).")
    }
    try Self.check(coverage: regionCoverage)
    if !labelsAlong.isEmpty, labelsAlong.count != 2 {
      throw ValidationError(
        "--labels-along takes two files, the labels and what to write, not \"\(labelsAlong.joined(separator: " "))\". Name input and output before it."
      )
    }
  }

  static func check(coverage: Double) throws {
    if !(coverage > 0 && coverage < 1) {
      throw ValidationError("the regions' coverage lies between 0 and 1, not \(coverage).")
    }
  }

  func apply(to job: inout UpscaleJob) {
    job.regions = regions.map {
      RegionRequest(
        labels: URL(fileURLWithPath: $0),
        table: regionTable.map { URL(fileURLWithPath: $0) } ?? RegionRequest.table(beside: job.output),
        threshold: regionThreshold, coverage: regionCoverage)
    }
    if labelsAlong.count == 2 {
      job.labelsAlong = (URL(fileURLWithPath: labelsAlong[0]), URL(fileURLWithPath: labelsAlong[1]))
    }
  }
}
