import ArgumentParser
import BulkProcessing
import SuperResolution

/// What goes along with every scan of a batch, by a name or a pattern: options of `upscale` that take a file there.
struct CompanionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to compute of every scan, instead of what is found by itself: the volume of this name beside it, as '{name}_mask.nii.gz'; for BIDS entities and suffix, as desc-brain_mask.",
      valueName: "pattern"))
  var mask: String?

  @Option(
    help: ArgumentHelp(
      "Report mean and interval of each region of the label map of this name beside every scan, as for --mask.",
      valueName: "pattern"))
  var regions: String?

  @Option(help: "Report the volume above this intensity, in the input's unit.")
  var regionThreshold: Double?

  @Option(help: "Nominal coverage of the regions' intervals.")
  var regionCoverage = 0.9

  @Option(
    help: ArgumentHelp(
      "Bring the label map of this name beside every scan onto the new grid, as for --mask.", valueName: "pattern"))
  var labelsAlong: String?

  func validate() throws {
    if let regionThreshold, !regionThreshold.isFinite {
      throw ValidationError("--region-threshold is a number, not \(regionThreshold).")
    }
    try RegionOptions.check(coverage: regionCoverage)
  }

  var patterns: CompanionPatterns { CompanionPatterns(mask: mask, regions: regions, labels: labelsAlong) }

  /// For the ledger.
  var settings: [String: String] {
    [
      "regionThreshold": regionThreshold.map { String($0) } ?? "none",
      "regionCoverage": regionCoverage == 0.9 ? "none" : String(regionCoverage),
    ]
  }
}
