import Foundation

/// The ledger as a table: one row per job, for `--status` and `--export`.
package struct LedgerTable: Sendable {
  package enum State: String, CaseIterable, Sendable {
    case done, failed, running, paused, interrupted, open
  }

  package struct Row: Sendable {
    package let job: String
    package let state: State
    package let history: JobHistory?
    /// Why it failed; `nil` where it did not.
    package let reason: String?
    /// When its state came about.
    package let changed: Timestamp?
  }

  /// In the order of the jobs' names.
  package let rows: [Row]
  /// Found when the batch was planned last, and refused.
  package let refused: [BatchPlan.Refusal]

  /// From the journals and the claims of a ledger, and the plan of its latest run.
  /// - Throws: `BatchError` where there is no ledger or it cannot be read.
  package init(reading folder: LedgerFolder) throws {
    guard folder.exists else {
      throw BatchError(
        .unreadable, folder.output.path,
        "holds no ledger (.residua): no batch was begun here. Check the name of the output folder.")
    }
    let state = try LedgerState(reading: folder)
    let holders = try ClaimTable.holders(in: folder)
    let plan = PlanList(contentsOf: folder.latestPlan)
    var damaged = Dictionary((plan?.damaged ?? []).map { ($0.what, $0.reason) }, uniquingKeysWith: { $1 })
    let ended = state.jobs.values.filter { $0.changed != nil }.map(\.name)
    let jobs = Set(plan?.jobs ?? [])
    var known = jobs.union(ended)
    if plan?.isSelection == true {
      // What was found damaged when another part of the study was looked at, and has not become a job since.
      for history in state.jobs.values where history.changed == nil && !known.contains(TreeNames.stem(history.name).stem) {
        damaged[history.name] = damaged[history.name] ?? history.damaged?.reason
        known.insert(history.name)
      }
    }
    // A scan that was done and is damaged now is one: its file's name stands for it, unless another file has its job's.
    known.subtract(damaged.keys.map { TreeNames.stem($0).stem }.filter { !jobs.contains($0) })
    rows = known.sorted().map { name in
      let history = state.jobs[name]
      if let reason = damaged[name] {
        return Row(job: name, state: .failed, history: history, reason: reason, changed: history?.damaged?.time)
      }
      let current = Self.state(history, holder: holders[LedgerFolder.key(of: name)])
      return Row(
        job: name, state: current, history: history, reason: current == .failed ? history?.reason : nil,
        changed: history?.changed)
    }
    refused = plan?.refused ?? []
  }

  private static func state(_ history: JobHistory?, holder: ClaimTable.Holder?) -> State {
    if let holder, !holder.isDead { return .running }
    guard let history else { return .open }
    switch history.state {
    case .done: return .done
    case .failed: return .failed
    case .paused: return .paused
    case .started, .killed: return .interrupted
    case nil: return .open
    }
  }

  package func count(_ state: State) -> Int { rows.count { $0.state == state } }

  /// What `--status` prints.
  package var summary: String {
    var lines = State.allCases.filter { count($0) > 0 || $0 == .done }.map { state -> String in
      let label = state.rawValue + String(repeating: " ", count: 12 - state.rawValue.count)
      return "\(label)\(count(state))"
    }
    lines.append("all         \(rows.count)")
    if !refused.isEmpty { lines.append("refused     \(refused.count)") }
    let seconds = rows.compactMap { $0.state == .done ? $0.history?.result?.seconds["total"] : nil }
    if let total = seconds.isEmpty ? nil : seconds.reduce(0, +) {
      lines.append(String(format: "seconds     %.0f in all, %.1f per scan", total, total / Double(seconds.count)))
    }
    for row in rows where row.state == .failed {
      lines.append("failed: \(row.job): \(row.reason ?? "no reason was recorded")")
    }
    lines += refused.map { "refused: \($0.what): \($0.reason)" }
    return lines.joined(separator: "\n")
  }

  package static let columns = [
    "job", "state", "attempts", "changed", "host", "reason", "input_sha256", "model_file", "model_sha256", "kernels",
    "settings", "slices", "computed", "mean_sigma", "unit", "seconds", "seconds_encode", "seconds_sample",
    "seconds_write", "memory_bytes", "warnings", "outputs",
  ]

  /// RFC 4180, with a header line.
  package var csv: String {
    let lines = rows.map { row -> [String] in
      let history = row.history
      let result = row.state == .done ? history?.result : nil
      let seconds = { (name: String) in result?.seconds[name].map { String($0) } ?? "" }
      let outputs = result?.outputs.keys.sorted().joined(separator: " ") ?? ""
      return [
        row.job, row.state.rawValue, String(history?.attempts ?? 0), row.changed?.text ?? "", history?.host ?? "",
        row.reason ?? "", result?.input ?? "", history?.modelFile ?? "",
        history?.terms?.model ?? "", history?.terms?.kernels ?? "",
        (history?.settings ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "),
        result.map { String($0.slices) } ?? "", result.map { String($0.computed) } ?? "",
        result?.meanDeviation.map { String($0) } ?? "", result?.unit ?? "", seconds("total"), seconds("encode"),
        seconds("sample"), seconds("write"), result?.memory.map { String($0) } ?? "",
        result.map { $0.warnings.joined(separator: "; ") } ?? "", outputs,
      ]
    }
    return ([Self.columns] + lines).map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func quoted(_ field: String) -> String {
    // Scalars: a CR and an LF are one character.
    guard field.unicodeScalars.contains(where: { ["\"", ",", "\r", "\n"].contains($0) }) else { return field }
    return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
