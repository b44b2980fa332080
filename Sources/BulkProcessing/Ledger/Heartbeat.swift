import Foundation
import Synchronization

/// Says again and again that this process lives, by the times of change of its files, while other threads are busy: with a long list of scans, a
/// large file's digest, a slow disk. A process that is stopped or asleep says nothing.
final class Heartbeat: Sendable {
  private let paths: Mutex<Set<String>>
  private static let longestNap = 1.0

  /// Ends with this object, after a second at the latest.
  init(of path: String, every pause: Double) {
    paths = Mutex([path])
    Thread.detachNewThread { [weak self] in
      var waited = 0.0
      let nap = min(pause, Self.longestNap)
      while true {
        usleep(UInt32(nap * 1e6))
        guard let self else { return }
        waited += nap
        guard waited >= pause else { continue }
        waited = 0
        self.beat()
      }
    }
  }

  func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }

  func remove(_ path: String) { paths.withLock { _ = $0.remove(path) } }

  /// What has gone is not made again; whoever owns the files will find out.
  private func beat() { paths.withLock { for path in $0 { utimensat(AT_FDCWD, path, nil, 0) } } }
}
