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
  private static let isListening = Atomic<Bool>(false)

  /// From here on signals are noticed by `check()`. Call before any other thread is started, so that all of them leave the signals to
  /// the one that waits here.
  static func listen() {
    guard !isListening.exchange(true, ordering: .relaxed) else { return }
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let awaited = signals
    Thread.detachNewThread {
      var number: Int32 = 0
      while withUnsafePointer(to: awaited, { sigwait($0, &number) }) == 0 { receive(number) }
    }
  }

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
