import COpenSSL
import Foundation
import Volumes

/// SHA-256 of a file's bytes, or of several files' in order, read in pieces; or of bytes in memory.
public struct FileDigest {
  /// 64 hexadecimal digits.
  /// - Throws: `SuperResolutionError` when a file cannot be read.
  public static func sha256(of files: [URL]) throws -> String {
    guard let context = EVP_MD_CTX_new() else {
      throw SuperResolutionError(.unreadable, "SHA-256", "no memory for a digest.")
    }
    defer { EVP_MD_CTX_free(context) }
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
    for file in files {
      guard let handle = FileHandle(forReadingAtPath: file.path) else {
        throw SuperResolutionError(.unreadable, file.path, "cannot be opened for its digest.")
      }
      defer { try? handle.close() }
      do {
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
          piece.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        }
      } catch {
        throw SuperResolutionError(
          .unreadable, file.path, "reading it for its digest failed: \(error.localizedDescription)")
      }
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    EVP_DigestFinal_ex(context, &bytes, nil)
    return hexadecimal(bytes)
  }

  /// Of a volume's values, as little-endian 64-bit floats, i fastest, then j, k, frame: 64 hexadecimal digits.
  /// - Throws: what the reader throws.
  public static func sha256(of volume: any VolumeReader) throws -> String {
    guard let context = EVP_MD_CTX_new() else {
      throw SuperResolutionError(.unreadable, "SHA-256", "no memory for a digest.")
    }
    defer { EVP_MD_CTX_free(context) }
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
    for frame in 0..<volume.header.frames {
      for k in 0..<volume.header.size.2 {
        let bits = try volume.readSlice(k, across: .k, frame: frame).values.map(\.bitPattern.littleEndian)
        bits.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
      }
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    EVP_DigestFinal_ex(context, &bytes, nil)
    return hexadecimal(bytes)
  }

  /// Of bytes in memory: 32 bytes.
  public static func sha256(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil)
    return digest
  }

  /// Of a text's UTF-8: 64 hexadecimal digits.
  public static func sha256(ofText text: String) -> String {
    hexadecimal(Array(text.utf8).withUnsafeBytes { sha256(of: $0) })
  }

  private static let byteCount = 32

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
