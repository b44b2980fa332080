import Foundation
import Synchronization
import Volumes

/// Ctrl-C, SIGTERM and a hang-up: the work stops at the next step and cleans up; a second one stops at once.
enum Interruption {
  struct Stop: Error {
    let signal: Int32

    var exitCode: Int32 { 128 + signal }
    var sentence: String {
      (signal == SIGINT ? "interrupted" : "terminated") + ": no output was written, temporary files are removed."
    }
  }

  /// From here on signals are noticed by `check()`. Handlers, not a waiting thread: OpenBLAS starts threads before `main`, and a signal
  /// may be delivered to any of them.
  static func listen() {
    signal(SIGPIPE, SIG_IGN)
    // A file at the limit of `ulimit -f` is a failing write, as one on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    guard received.load(ordering: .relaxed) == 0 else { return }
    var awaited = sigset_t()
    sigemptyset(&awaited)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var before = sigaction()
      sigaction(number, nil, &before)
      // What `nohup` ignores stays ignored.
      if number == SIGHUP, unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = handle
      action.sa_flags = Int32(SA_RESTART)
      sigaction(number, &action, nil)
      sigaddset(&awaited, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &awaited, nil)
  }

  /// - Throws: `Stop` after a signal.
  static func check() throws {
    let number = received.load(ordering: .relaxed)
    if number != 0 { throw Stop(signal: number) }
  }
}

/// The signal that came first; 0 for none. Touched by `listen()` before any handler can run.
private let received = Atomic<Int32>(0)

/// Nothing here allocates or takes a lock.
private let handle: @convention(c) (Int32) -> Void = { number in
  if received.exchange(number, ordering: .relaxed) != 0 {
    // Whoever sends a second one does not want to wait for the step in progress.
    PendingOutputs.removeAll()
    _exit(128 + number)
  }
  let text: StaticString = "\nstopping…\n"
  _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
}
