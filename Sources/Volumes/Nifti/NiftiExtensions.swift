/// Reads header extensions: blocks of size, code and content between header and voxels (nifti1.h, "HEADER EXTENSIONS").
struct NiftiExtensions {
  /// Beyond this, extensions are left behind (and said): a header is not a place for gigabytes.
  static let mostBytes = 64 << 20

  var items: [NiftiFields.Extension] = []
  var findings: [VolumeFinding] = []

  /// - Parameters:
  ///   - bytes: what follows the header: four flag bytes, then the blocks; ends where the voxels begin.
  ///   - isSwapped: the file's byte order is not this machine's.
  init(_ bytes: [UInt8], isSwapped: Bool) {
    guard bytes.count >= 4, bytes[0] != 0 else { return }
    func word(_ at: Int) -> Int {
      let little = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * $1) }
      // The machine is little-endian or big-endian; `littleEndian` turns the file's native order into ours.
      let native = UInt32(littleEndian: little)
      return Int(Int32(bitPattern: isSwapped ? native.byteSwapped : native))
    }
    var at = 4
    while bytes.count - at >= 16 {
      let size = word(at)
      // Zeros may pad the way to the voxels.
      if size == 0 { break }
      guard size >= 16, size <= bytes.count - at else {
        findings.append(
          .warning(
            "header extension \(items.count + 1) claims \(size) bytes of \(bytes.count - at): it and what follows left behind"
          ))
        return
      }
      if size % 16 != 0 {
        findings.append(
          .note("header extension \(items.count + 1) has \(size) bytes, not a multiple of 16: read as it is"))
      }
      items.append(.init(code: word(at + 4), bytes: Array(bytes[(at + 8)..<(at + size)])))
      at += size
    }
  }
}
