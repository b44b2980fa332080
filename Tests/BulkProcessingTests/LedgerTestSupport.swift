import BulkProcessing
import Foundation

/// An output folder with an empty ledger, gone when the test is over.
final class TemporaryLedger: Sendable {
  let folder: LedgerFolder

  init() throws {
    folder = LedgerFolder(
      output: FileManager.default.temporaryDirectory.appendingPathComponent("residua-ledger-\(UUID().uuidString)"))
    try folder.create()
  }

  deinit { try? FileManager.default.removeItem(at: folder.output) }

  var claims: [String] { names("claims") }

  func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: self.folder.root.appendingPathComponent(folder).path)) ?? [])
      .sorted()
  }
}

extension ProcessIdentity {
  /// As this process, but for what is given.
  static func like(
    this own: ProcessIdentity = .ofThisProcess(), host: String? = nil, boot: String? = nil, space: String? = nil,
    start: UInt64? = nil
  ) -> ProcessIdentity {
    ProcessIdentity(
      id: own.id, host: host ?? own.host, boot: boot ?? own.boot, space: space ?? own.space, process: own.process,
      start: start ?? own.start)
  }

  /// One that had this process's number before it.
  static func dead() -> ProcessIdentity { .like(start: 1) }
}

extension RunDescription {
  static func example(settings: [String: String] = ["seed": "0"], model: String = "m") -> RunDescription {
    RunDescription(
      id: "", host: "", process: 0, version: "0", workers: 1, threads: 1, kernels: "avx2", modelFile: "m.safetensors",
      model: model, settings: settings)
  }
}
