import Diffusion
import Foundation

/// A model's card as Markdown: what it is, what it has seen, how it was trained, how good it is, and where that ends.
///
/// Everything comes from the file itself; `NAME.md` beside it is there to be read without a tool.
public struct ModelCard {
  /// The card's text.
  public let markdown: String

  /// `folder/NAME.md` for `folder/NAME.safetensors`.
  public static func url(beside model: URL) -> URL { model.deletingPathExtension().appendingPathExtension("md") }

  /// - Throws: `SuperResolutionError` where the file cannot be read for its digest.
  public init(of file: ModelFile) throws {
    let configuration = file.configuration
    let network = configuration.network
    var texts = file.metadata
    for name in ["config", "format"] { texts[name] = nil }
    func take(_ name: String) -> String? { texts.removeValue(forKey: name) }
    var parts = [
      "# \(file.url.deletingPathExtension().lastPathComponent)", "**Research use only. Not for diagnosis.**",
    ]
    parts.append(
      Self.table([
        ("file", "`\(file.url.lastPathComponent)`, SHA-256 `\(try FileDigest.sha256(of: [file.url]))`"),
        (
          "does",
          "SRDiff (Li et al. 2022, arXiv 2104.14951), ×\(network.scale) along both sides of a slice; slices stay as thick as they were"
        ),
        (
          "channels",
          network.channels == 1 ? nil : "\(network.channels): a gray slice goes into each, their mean comes out"
        ),
        (
          "network",
          "encoder \(network.encoderFeatures) features, \(network.encoderBlocks) blocks; predictor dim \(network.dim), multiples "
            + "\(network.mults.map(String.init).joined(separator: ", ")); \(file.parameterCount) weights as "
            + file.elementTypes.map(\.rawValue).joined(separator: ", ")
        ),
        ("diffusion", "cosine schedule, T = \(configuration.timesteps); residual \(configuration.residual.text)"),
        (
          "intensity",
          configuration.intensity.text + (configuration.statesIntensity ? "" : " (not stated: our standard)")
        ),
        ("base", configuration.baseScale == 1 ? nil : "bicubic × \(configuration.baseScale)"),
        ("degradation", configuration.degradation),
        ("licence", take("license")),
      ]))
    parts.append(
      Self.section(
        "Data",
        [
          ("data", take("data")), ("scans", take("seen_scans")), ("anatomy", take("anatomy")),
          ("contrast", take("contrast")),
        ]))
    let scope = ModelScope(metadata: file.metadata)
    parts.append(
      Self.section(
        "What it has seen", ModelScope.keys.map { (ModelScope.title(of: $0), take($0)) },
        intro:
          "An input unlike this makes `residua upscale` warn, and fail with `--strict`. Spacings may differ by a factor of "
          + "\(ModelScope.spacingTolerance), and inputs be up to \(network.scale) times as coarse as the truth was."))
    if scope.isEmpty { parts.append("The file does not say what the model has learned from: nothing is checked.") }
    parts.append(
      Self.section(
        "Training",
        [
          ("trained", take("training")), ("command", take("command").map { "`\($0)`" }),
          ("validation", take("validation")),
        ]))
    if let recipe = take("recipe") { parts.append("```\n\(recipe.replacingOccurrences(of: "```", with: "'''"))\n```") }
    let command = take("figures_command")
    if let figures = take("figures") {
      parts.append("## Measured" + (command.map { "\n\n    \(Self.line($0))" } ?? ""))
      parts.append(MeasuredFigures(csv: figures)?.markdown ?? Self.line(figures))
    }
    _ = take("use")
    let limits = take("limits").map { [$0] } ?? []
    parts.append(
      "## Limits\n\n"
        + (limits + [
          "It enlarges within slices and makes nothing of the distance between them.",
          "What it adds is likely, not measured: structures may be missing or invented, most of all where an input is unlike the data above.",
          "Its uncertainty is a deviation over samples, and calibrated only where a calibration file says so.",
          "Research use only, not for diagnosis.",
        ]).map { "- \(Self.line($0))" }.joined(separator: "\n"))
    let rest =
      texts.sorted { $0.key < $1.key }.map { ($0.key, Optional($0.value)) }
      + configuration.notes.sorted { $0.key < $1.key }.map { ($0.key, Optional($0.value)) }
    parts.append(Self.section("Further", rest))
    markdown = parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private static func section(_ title: String, _ rows: [(String, String?)], intro: String? = nil) -> String {
    let table = table(rows)
    return table.isEmpty ? "" : "## \(title)\n\n" + (intro.map { $0 + "\n\n" } ?? "") + table
  }

  private static func table(_ rows: [(String, String?)]) -> String {
    let lines = rows.compactMap { name, text in text.map { "| \(line(name)) | \(line($0)) |" } }
    return lines.isEmpty ? "" : "| | |\n|---|---|\n" + lines.joined(separator: "\n")
  }

  /// In one line, and no end of a cell.
  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ").replacingOccurrences(of: "|", with: "\\|")
  }
}

extension ModelScope {
  /// What an entry is about, for people.
  public static func title(of key: String) -> String {
    switch key {
    case "seen_pixel_mm": return "pixels of the truth, mm"
    case "seen_slice_mm": return "between slices, mm"
    case "seen_plane": return "plane"
    case "seen_modality": return "modality (scans)"
    case "seen_contrast": return "contrast (scans)"
    default:
      let measure = IntensityShape.Measure.allCases.first { "seen_\($0.rawValue)" == key }
      return measure?.text ?? key
    }
  }
}
