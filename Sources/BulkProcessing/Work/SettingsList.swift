import Foundation
import SuperResolution

/// All settings of an upscale by name, as text: for the ledger, and to say what has changed.
///
/// The names come from the type itself, so that a setting that is added to `UpscaleSettings` cannot be forgotten here.
package enum SettingsList {
  /// - Parameter others: what decides results and is no part of a single upscale's settings; a name that is missing counts as `none`.
  package static func of(_ job: UpscaleJob, others: [String: String] = [:]) -> [String: String] {
    var list = fields(of: job.settings).merging(others) { $1 }
    list["voxelType"] = job.voxelType.rawValue
    list["allowGaps"] = String(job.allowGaps)
    list["deidentify"] = String(job.deidentify)
    list["uncertaintyFormat"] = job.uncertaintyFormat?.rawValue ?? "default"
    return list
  }

  package static func digest(_ list: [String: String]) -> String {
    let text = list.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    return String(FileDigest.sha256(ofText: text).prefix(16))
  }

  /// A setting that an earlier version did not know has not changed as long as it has its default.
  ///
  /// - Parameter outputs: what the job is to make now; the settings of what is no longer asked for have not changed anything that is.
  static func changes(
    from before: [String: String], to after: [String: String], for outputs: BatchJob.Outputs
  ) -> [String] {
    let unasked = unasked(by: outputs)
    let defaults = of(UpscaleJob(input: URL(fileURLWithPath: "/"), output: URL(fileURLWithPath: "/")))
    return Set(before.keys).union(after.keys).subtracting(unasked).sorted().compactMap { name in
      let (old, new) = (before[name] ?? defaults[name] ?? "none", after[name] ?? defaults[name] ?? "none")
      return old == new ? nil : "\(name) (\(old) → \(new))"
    }
  }

  /// What differs, of all that decides a result beside its input, in words.
  static func differences(
    from before: (model: String, kernels: String, settings: [String: String]), to now: RunDescription,
    for outputs: BatchJob.Outputs = .init(estimate: "")
  ) -> [String] {
    let model = before.model == now.model ? [] : ["the model"]
    let kernels = before.kernels == now.kernels ? [] : ["the kernels (\(before.kernels) → \(now.kernels))"]
    return model + kernels + changes(from: before.settings, to: now.settings, for: outputs)
  }

  /// What decides the estimate itself.
  static func deciding(_ list: [String: String]) -> [String: String] {
    let unasked = unasked(by: .init(estimate: ""))
    return list.filter { !unasked.contains($0.key) }
  }

  /// The settings of additional outputs that this job does not make, and what is no concern of a job that is planned: with gaps that may not
  /// be filled it would not be.
  private static func unasked(by outputs: BatchJob.Outputs) -> Set<String> {
    var names: Set<String> = ["allowGaps"]
    if outputs.uncertainty.map({ $0.hasSuffix(".nii") || $0.hasSuffix(".nii.gz") }) ?? true {
      names.insert("uncertaintyFormat")
    }
    if outputs.regions == nil { names.formUnion(["regionThreshold", "regionCoverage"]) }
    if outputs.lower == nil { names.insert("interval") }
    if outputs.lower == nil, outputs.calibratedUncertainty == nil { names.insert("calibration") }
    return names
  }

  private static func fields(of settings: UpscaleSettings) -> [String: String] {
    Mirror(reflecting: settings).children.reduce(into: [:]) { list, field in
      guard let name = field.label else { return }
      list[name] = text(field.value)
    }
  }

  private static func text(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .optional else { return "\(value)" }
    return mirror.children.first.map { text($0.value) } ?? "default"
  }
}
