import CNifti

extension [UInt8] {
  /// These bytes as a zlib stream (RFC 1950), as a browser's `DecompressionStream("deflate")` unpacks it; equal bytes give equal streams.
  /// - Parameter level: 1 (fast) to 9 (small).
  package func zlibPacked(level: Int = 6) -> [UInt8] {
    let capacity = Int(cnifti_zlib_bound(Int64(count)))
    return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, length in
      let packed = withUnsafeBytes {
        cnifti_zlib_pack($0.baseAddress, Int64($0.count), buffer.baseAddress, Int64(capacity), Int32(level))
      }
      precondition(packed >= 0, "the bound that zlib gives is enough for zlib")
      length = Int(packed)
    }
  }
}
