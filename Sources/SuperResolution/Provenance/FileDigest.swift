import COpenSSL
import Foundation

/// SHA-256 of a file's bytes, or of several files' in order, read in pieces.
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
    return finished(context)
  }

  /// Of bytes in memory.
  package static func sha256(of data: Data) -> String {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a digest") }
    defer { EVP_MD_CTX_free(context) }
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
    data.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    return finished(context)
  }

  private static func finished(_ context: OpaquePointer) -> String {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    EVP_DigestFinal_ex(context, &bytes, &count)
    return bytes.prefix(Int(count)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
