import Dispatch
import Foundation
import Synchronization
import Volumes

/// Ctrl-C and SIGTERM: the work stops at the next step and cleans up; a second one stops at once.
enum Interruption {
  struct Stop: Error {
    let signal: Int32

    var exitCode: Int32 { 128 + signal }
    var sentence: String {
      (signal == SIGINT ? "interrupted" : "terminated") + ": no output was written, temporary files are removed."
    }
  }

  private static let received = Atomic<Int32>(0)
  private static let sources: [any DispatchSourceSignal] = [SIGINT, SIGTERM].map { number in
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
    source.setEventHandler { receive(number) }
    return source
  }

  /// From here on signals are noticed by `check()`.
  static func listen() { sources.forEach { $0.resume() } }

  /// - Throws: `Stop` after a signal.
  static func check() throws {
    let number = received.load(ordering: .relaxed)
    if number != 0 { throw Stop(signal: number) }
  }

  private static func receive(_ number: Int32) {
    if received.exchange(number, ordering: .relaxed) != 0 {
      // The second one: whoever sends it does not want to wait for the step in progress.
      PendingOutputs.removeAll()
      _exit(128 + number)
    }
    StandardError.write("\nstopping…\n")
  }
}
