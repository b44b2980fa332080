import Foundation
import SuperResolution

/// The finished slices of one job in files, so that a job that was interrupted goes on behind the last of them.
///
/// One file per slice, written beside its name and renamed, with a SHA-256 at its end: a file that a crash of the system left incomplete
/// is not taken for a slice. All values are Float64, as the writers get them.
package final class SliceStore: SliceKeeper {
  package let folder: URL
  /// How many slices were computed, and how many came from an earlier attempt.
  package private(set) var computed = 0
  package private(set) var restored = 0
  /// Why slices are no longer kept, where the disk refused them: the job goes on without.
  package private(set) var refusal: String?

  private static let magic: [UInt8] = Array("residua slice 1\n".utf8)
  private static let headBytes = 4 * 8
  private static let digestBytes = 32

  /// For the slices of one input among a job's: those of others can be of no use and are removed.
  /// - Parameter digests: of all that is read (`UpscaleJob.inputDigests`).
  /// - Throws: `BatchError` where the folder cannot be made.
  package convenience init(in parent: URL, of digests: [String: String]) throws {
    let text = (digests.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + [ToolVersion.number])
      .joined(separator: "\n")
    let own = String(FileDigest.sha256(ofText: text).prefix(16))
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? [] where name != own {
      try? FileManager.default.removeItem(at: parent.appendingPathComponent(name))
    }
    try self.init(parent.appendingPathComponent(own, isDirectory: true))
  }

  /// - Throws: `BatchError` where the folder cannot be made.
  package init(_ folder: URL) throws {
    self.folder = folder
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw BatchError.unwritable(folder.path, "cannot be made", error)
    }
  }

  private func path(_ index: Int, _ frame: Int) -> String {
    folder.appendingPathComponent("\(frame)-\(index).slice").path
  }

  package func kept(_ index: Int, frame: Int) -> KeptSlice? {
    guard let bytes = FileManager.default.contents(atPath: path(index, frame)),
      let slice = Self.decoded(bytes)
    else { return nil }
    restored += 1
    return slice
  }

  package func keep(_ slice: KeptSlice, _ index: Int, frame: Int) {
    computed += 1
    guard refusal == nil else { return }
    let name = path(index, frame)
    let temporary = "\(name).\(getpid())"
    let bytes = Self.encoded(slice)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    var written = 0
    if descriptor >= 0 {
      bytes.withUnsafeBytes { all in
        while written < all.count {
          let count = write(descriptor, all.baseAddress.map { $0 + written }, all.count - written)
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { break }
          written += count
        }
      }
    }
    let reason = errno
    if descriptor >= 0 { close(descriptor) }
    guard descriptor >= 0, written == bytes.count, rename(temporary, name) == 0 else {
      unlink(temporary)
      // To keep slices is for another day; today's result does not depend on it.
      refusal = "\(folder.path): finished slices are not kept from here on: \(String(cString: strerror(reason)))"
      return
    }
  }

  // MARK: The file

  /// The magic, then counts (of values per image; of images beside the estimate: mean, deviation, samples) and the values, little-endian; then
  /// the digest of all of it.
  static func encoded(_ slice: KeptSlice) -> [UInt8] {
    let images = [slice.estimate, slice.mean, slice.deviation].compactMap(\.self) + slice.samples
    var bytes = magic
    bytes.reserveCapacity(magic.count + headBytes + images.reduce(0) { $0 + $1.count * 8 } + digestBytes)
    let others = [slice.mean == nil ? 0 : 1, slice.deviation == nil ? 0 : 1, slice.samples.count]
    for count in [slice.estimate.count] + others {
      withUnsafeBytes(of: UInt64(count).littleEndian) { bytes.append(contentsOf: $0) }
    }
    for image in images { image.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    let digest = bytes.withUnsafeBytes { FileDigest.sha256(of: $0) }
    return bytes + digest
  }

  /// `nil` for anything but a whole slice.
  static func decoded(_ data: Data) -> KeptSlice? {
    data.withUnsafeBytes { all -> KeptSlice? in
      let start = magic.count + headBytes
      guard all.count >= start + digestBytes, all.prefix(magic.count).elementsEqual(magic) else { return nil }
      let body = UnsafeRawBufferPointer(rebasing: all[..<(all.count - digestBytes)])
      guard FileDigest.sha256(of: body).elementsEqual(all.suffix(digestBytes)) else { return nil }
      let counts = (0..<4).map {
        Int(UInt64(littleEndian: all.loadUnaligned(fromByteOffset: magic.count + 8 * $0, as: UInt64.self)))
      }
      guard counts[0] > 0, counts[1] <= 1, counts[2] <= 1,
        body.count - start == counts[0] * counts[1...].reduce(1, +) * 8
      else {
        return nil
      }
      func image(_ number: Int) -> [Double] {
        [Double](unsafeUninitializedCapacity: counts[0]) { values, count in
          let bytes = UnsafeRawBufferPointer(rebasing: body[(start + number * counts[0] * 8)...].prefix(counts[0] * 8))
          UnsafeMutableRawBufferPointer(values).copyMemory(from: bytes)
          count = counts[0]
        }
      }
      return KeptSlice(
        estimate: image(0), mean: counts[1] == 1 ? image(1) : nil,
        deviation: counts[2] == 1 ? image(1 + counts[1]) : nil,
        samples: (0..<counts[3]).map { image(1 + counts[1] + counts[2] + $0) })
    }
  }
}
