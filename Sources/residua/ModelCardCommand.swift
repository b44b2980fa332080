import ArgumentParser
import Diffusion
import Foundation
import SuperResolution
import SuperResolutionTraining

struct ModelCardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "card",
    abstract: "Shows a model's card, or changes what it says.",
    discussion: """
      Without options: the card as Markdown. With any: the entries are set in the model file, whose weights stay byte for byte as they are, and the card is \
      written beside it, NAME.md beside NAME.safetensors. `upscale` holds its input against the entries that begin with seen_.

      Examples:
        residua model card my.safetensors --set license=CC0-1.0 --set limits="knees were not seen"
        residua model card my.safetensors --measure /data/knees --contrast "proton density"
        residua model card my.safetensors --figures validation.csv
      """)

  @Argument(help: "A model file, or the name of one that `residua model list` shows.")
  var model: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Sets an entry, as license=CC0-1.0; an empty value takes it out.", valueName: "key=value"))
  var entries: [String] = []

  @Option(
    help: ArgumentHelp(
      "Measures the scans that the model learned from (files or folders) and sets the entries that begin with seen_.",
      valueName: "path"))
  var measure: [String] = []

  @Option(help: "The plane that the model learned from, for --measure: acquired, axial, coronal, sagittal, all.")
  var plane: TrainingConfiguration.Plane = .axial

  @Option(help: "Modality of the scans of --measure that do not say so: MR or CT.")
  var modality = ""

  @Option(help: "Contrast of the scans of --measure that do not say so, as T1-weighted.")
  var contrast = ""

  @Option(
    help: ArgumentHelp(
      "Sets the measured figures from a table: subject, perhaps slice, then figures.", valueName: "csv"))
  var figures: String?

  @Option(help: "Writes the model and its card here and leaves the model file as it is.")
  var output: String?

  private static let keyCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789_")

  func validate() throws {
    for entry in entries {
      let key = entry.prefix { $0 != "=" }
      guard entry.contains("="), !key.isEmpty, key.allSatisfy(Self.keyCharacters.contains) else {
        throw ValidationError("--set \(entry) should read key=value, with small letters, digits and _ in the key.")
      }
      if key == "config" || key == "format" {
        throw ValidationError("--set \(key): this entry decides how the model works and is not a part of its card.")
      }
      if key.hasPrefix("seen_") {
        let problems = ModelScope(metadata: [String(key): String(entry.dropFirst(key.count + 1))]).problems
        if let problem = problems.first, !entry.hasSuffix("=") { throw ValidationError("--set \(problem).") }
      }
    }
    var data = TrainingConfiguration.Data()
    (data.modality, data.contrast) = (modality, contrast)
    if let problem = data.nameProblems.first { throw ValidationError("\(problem).") }
  }

  func run() throws {
    Interruption.listen()
    let url = try ModelSearchPath().model(named: model)
    let file = try ModelFile(contentsOf: url)
    guard !(entries.isEmpty && measure.isEmpty && figures == nil && output == nil) else {
      print(try ModelCard(of: file).markdown, terminator: "")
      return
    }
    var changes: [String: String?] = [:]
    if !measure.isEmpty { try takeMeasures(of: file, into: &changes) }
    if let figures { changes["figures"] = try Self.read(figures).csv }
    for entry in entries {
      let key = String(entry.prefix { $0 != "=" })
      let value = String(entry.dropFirst(key.count + 1))
      changes.updateValue(value.isEmpty ? nil : value, forKey: key)
    }
    let target = output.map { URL(fileURLWithPath: $0) } ?? url
    try file.write(entries: changes, to: target)
    let card = ModelCard.url(beside: target)
    do {
      try Data(ModelCard(of: ModelFile(contentsOf: target)).markdown.utf8).write(to: card, options: .atomic)
    } catch let error as CocoaError {
      throw ModelError(.unwritable, subject: card.path, problems: ["cannot be written: \(error.localizedDescription)"])
    }
    print(target.path)
    print(card.path)
  }

  private func takeMeasures(of file: ModelFile, into changes: inout [String: String?]) throws {
    var data = TrainingConfiguration.Data()
    data.plane = plane
    (data.modality, data.contrast) = (modality, contrast)
    if case .percentile(let percentile, _, _) = file.configuration.intensity { data.percentile = percentile }
    let survey = try ScanSurvey(of: measure, data, checkpoint: Interruption.check)
    for sentence in survey.skipped { StandardError.warn("skipped \(sentence)") }
    for key in ModelScope.keys { changes.updateValue(survey.scope.metadata[key], forKey: key) }
    changes["seen_scans"] = survey.text
  }

  private static func read(_ path: String) throws -> MeasuredFigures {
    let url = URL(fileURLWithPath: path)
    func unreadable(_ reason: String) -> ModelError { ModelError(.unreadable, subject: url.path, problems: [reason]) }
    let text: String
    do { text = try String(contentsOf: url, encoding: .utf8) } catch {
      throw unreadable("cannot be read: \(error.localizedDescription)")
    }
    guard let figures = MeasuredFigures(csv: text) else {
      throw unreadable(
        "is no table of figures: expected a first line \"subject,…\" or \"subject,slice,…\", and as many fields in every line"
      )
    }
    return figures
  }
}

extension TrainingConfiguration.Plane: ExpressibleByArgument {}
