import Foundation

/// What all runs that are at work on one output folder have to agree about: whatever decides the estimates. Runs that differ would undo each
/// other's work.
struct RunAgreement {
  let run: RunDescription

  /// Stands for it in the owner's file, which is there before anything else of a run: of two that begin at one moment at least one sees the other.
  var digest: String {
    SettingsList.digest(
      SettingsList.deciding(run.settings).merging(["model.sha256": run.model, "kernel.set": run.kernels]) { $1 })
  }

  struct Conflict {
    let owner: ProcessIdentity
    let isSeenAlive: Bool
    let differences: [String]
  }

  /// The first run at work in a ledger that differs.
  func conflict(among owners: [(identity: ProcessIdentity, isSeenAlive: Bool)], in state: LedgerState) -> Conflict? {
    for (owner, isSeenAlive) in owners where owner.agreement != digest {
      guard let other = state.runs[owner.id] else {
        // It has written nothing yet; one of an earlier version says nothing of itself.
        if owner.agreement == nil { continue }
        return Conflict(owner: owner, isSeenAlive: isSeenAlive, differences: [])
      }
      let differences = SettingsList.differences(from: (other.model, other.kernels, other.settings), to: run)
      if !differences.isEmpty { return Conflict(owner: owner, isSeenAlive: isSeenAlive, differences: differences) }
    }
    return nil
  }
}

extension RunAgreement.Conflict {
  func error(in folder: LedgerFolder, expiry: Double) -> BatchError {
    let what = differences.isEmpty ? "" : ": \(differences.joined(separator: ", "))"
    let wait =
      isSeenAlive
      ? "Wait for its end" : "Wait for its end, or \(Int(expiry)) s after its last sign of life if it is dead"
    return BatchError(
      .invalidSetting, folder.output.path,
      "another run works on this output with other settings (process \(owner.process) on \(owner.host))\(what). \(wait), or take another OUTPUT."
    )
  }
}

extension LedgerFolder {
  /// - Throws: `BatchError` where a living run works here with settings that `run` would undo.
  package func requireAgreement(with run: RunDescription) throws {
    guard exists else { return }
    let owners = try ClaimTable.livingOwners(in: self)
    if let conflict = RunAgreement(run: run).conflict(among: owners, in: try LedgerState(reading: self)) {
      throw conflict.error(in: self, expiry: ClaimTable.usualExpiry)
    }
  }
}
