import Foundation
import SuperResolution
import Volumes

/// A process of its own that upscales one volume after another: takes assignments on standard input, answers on standard output.
///
/// It knows nothing of the ledger. Whatever ends it takes nothing along but the slice in work.
package final class BatchWorker {
  private struct Stop: Error {}

  private let upscale: (BatchJob, URL) -> UpscaleJob
  private let checkSignals: () throws -> Void
  private var input = LineBuffer()
  private var waiting: [[UInt8]] = []
  private var isEnded = false
  private var lastProgress = ContinuousClock.now
  private let encoder = JSONEncoder()

  /// - Parameters:
  ///   - checkSignals: throws after a signal that asks to stop.
  ///   - upscale: how a job is done, with its outputs below the given folder.
  package init(checkSignals: @escaping () throws -> Void, upscale: @escaping (BatchJob, URL) -> UpscaleJob) {
    self.checkSignals = checkSignals
    self.upscale = upscale
  }

  /// Until the input ends.
  package func run(model load: () throws -> LoadedModel) {
    // A limit on the size of files shows as a failing write, everywhere.
    signal(SIGXFSZ, SIG_IGN)
    let model: LoadedModel
    do {
      model = try load()
    } catch {
      send(.unfit(reason: "\(error)"))
      return
    }
    send(.ready)
    while let assignment = next() {
      do {
        let (result, stamp) = try work(assignment, model: model)
        send(.staged(result, stamp: stamp))
      } catch let error as VolumeError {
        send(.failed(reason: "\(error)", isDiskFull: error.code == .diskFull))
      } catch let error as BatchError {
        send(.failed(reason: "\(error)", isDiskFull: error.code == .diskFull))
      } catch is Stop {
        send(.paused)
        return
      } catch  where (try? checkSignals()) == nil {
        send(.paused)
        return
      } catch {
        send(.failed(reason: "\(error)", isDiskFull: Self.isDiskFull(error)))
      }
    }
  }

  private func work(_ assignment: Assignment, model: LoadedModel) throws -> (JobResult, stamp: String) {
    var stamps = InputStamp()
    // Before anything is read: what changes later shows.
    let stamp = stamps.of(assignment.job)
    guard !stamp.isEmpty else {
      throw BatchError(
        .unreadable, assignment.job.name,
        "the input is gone: \(assignment.job.input.path). Run the same command again when it is back.")
    }
    var store: SliceStore?
    var companions: [String: String] = [:]
    var job = upscale(assignment.job, assignment.staging)
    job.loadedModel = model
    job.keeper = { digests in
      companions = digests.filter { $0.key != "input" }
      let made = try SliceStore(in: assignment.slices, of: digests)
      store = made
      return made
    }
    job.overwrite = true
    let files = FileManager.default
    for path in assignment.job.outputs.all {
      let folder = assignment.staging.appendingPathComponent(path).deletingLastPathComponent()
      do {
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw BatchError.unwritable(folder.path, "cannot be made", error)
      }
    }
    var result = JobResult()
    let record = try job.run { event in
      if case .note = event {} else if case .warning = event {} else { try checkpoint() }
      switch event {
      case .warning(let text): send(.warning(text))
      case .note(let text): send(.note(text))
      case .started(let slices):
        result.slices = slices
        send(.begun(slices: slices))
      case .progress(let slices): progress(slices)
      case .finished: break
      }
    }
    if let refusal = store?.refusal { send(.warning(refusal)) }
    result.input = record.input.sha256
    result.companions = companions.isEmpty ? nil : companions
    result.computed = store?.computed ?? 0
    result.meanDeviation = record.output.meanDeviation
    result.unit = record.output.unit
    result.warnings = record.warnings
    let timings = record.timings
    result.seconds = [
      "statistics": timings.statistics, "read": timings.read, "encode": timings.encode, "sample": timings.sample,
      "write": timings.write, "total": timings.total,
    ].mapValues { ($0 * 1000).rounded() / 1000 }
    return (result, stamp)
  }

  private static func isDiskFull(_ error: any Error) -> Bool {
    "\(error)".contains(String(cString: strerror(ENOSPC))) || "\(error)".contains(String(cString: strerror(EDQUOT)))
  }

  // MARK: The line to the parent

  private func progress(_ slices: Double) {
    guard ContinuousClock.now - lastProgress > .milliseconds(200) else { return }
    lastProgress = .now
    send(.progress(slices: slices))
  }

  private func send(_ message: WorkerMessage) {
    guard var line = try? encoder.encode(message) else { return }
    line.append(UInt8(ascii: "\n"))
    line.withUnsafeBytes { all in
      var sent = 0
      while sent < all.count {
        let count = write(STDOUT_FILENO, all.baseAddress.map { $0 + sent }, all.count - sent)
        if count < 0, errno == EINTR { continue }
        // Nobody listens any more: the end of the input will tell.
        guard count > 0 else { return }
        sent += count
      }
    }
  }

  /// - Throws: `Stop` when the parent has gone or asks for an end.
  private func checkpoint() throws {
    try checkSignals()
    while true {
      var poll = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard !isEnded, Glibc.poll(&poll, 1, 0) > 0 else { break }
      receive()
    }
    if isEnded { throw Stop() }
  }

  private func next() -> Assignment? {
    while true {
      while !waiting.isEmpty {
        if let assignment = try? JSONDecoder().decode(Assignment.self, from: Data(waiting.removeFirst())) {
          return assignment
        }
      }
      if isEnded || (try? checkSignals()) == nil { return nil }
      var poll = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      if Glibc.poll(&poll, 1, 1000) > 0 { receive() }
    }
  }

  private func receive() {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    if count < 0, errno == EINTR { return }
    if count <= 0 { isEnded = true } else { waiting += input.lines(adding: bytes.prefix(count)) }
  }
}
