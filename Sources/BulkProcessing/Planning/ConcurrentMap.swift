import Dispatch
import Foundation

extension Array where Element: Sendable {
  /// `map`, several elements at a time, in pieces between which the caller may end it.
  func concurrentMap<Result>(
    checkpoint: () throws -> Void, _ transform: @Sendable (Element) -> Result
  ) rethrows -> [Result] {
    let pieceLength = 256
    var results: [Result] = []
    results.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: pieceLength) {
      try checkpoint()
      let piece = self[start..<Swift.min(start + pieceLength, count)]
      results += [Result](unsafeUninitializedCapacity: piece.count) { buffer, initialized in
        let target = UncheckedBuffer(start: buffer.baseAddress)
        DispatchQueue.concurrentPerform(iterations: piece.count) { index in
          target.initialize(index, to: transform(piece[start + index]))
        }
        initialized = piece.count
      }
    }
    return results
  }
}

/// Every index is written by one thread, once.
private struct UncheckedBuffer<Element>: @unchecked Sendable {
  let start: UnsafeMutablePointer<Element>?

  func initialize(_ index: Int, to value: Element) { start.map { ($0 + index).initialize(to: value) } }
}
