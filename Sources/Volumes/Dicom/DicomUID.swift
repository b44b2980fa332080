import Foundation

/// Registered identifiers (PS3.6 annex A), and new ones.
enum DicomUID {
  static let ct = "1.2.840.10008.5.1.4.1.1.2"
  static let enhancedCT = "1.2.840.10008.5.1.4.1.1.2.1"
  static let legacyConvertedEnhancedCT = "1.2.840.10008.5.1.4.1.1.2.2"
  static let mr = "1.2.840.10008.5.1.4.1.1.4"
  static let enhancedMR = "1.2.840.10008.5.1.4.1.1.4.1"
  static let legacyConvertedEnhancedMR = "1.2.840.10008.5.1.4.1.1.4.4"
  static let parametricMap = "1.2.840.10008.5.1.4.1.1.30"
  static let segmentation = "1.2.840.10008.5.1.4.1.1.66.4"

  static func isEnhanced(_ uid: String) -> Bool {
    [enhancedCT, legacyConvertedEnhancedCT, enhancedMR, legacyConvertedEnhancedMR].contains(uid)
  }

  private static let uncompressed: Set<String> = [
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
  ]
  private static let compressed: Set<String> = Set(
    ["50", "51", "57", "70", "80", "81", "90", "91", "92", "93"].map { "1.2.840.10008.1.2.4.\($0)" }
      + ["1.2.840.10008.1.2.5"])

  static func isLossy(transferSyntax uid: String) -> Bool {
    ["50", "51", "81", "91", "93"].contains { uid == "1.2.840.10008.1.2.4.\($0)" }
  }

  /// The term for LossyImageCompressionMethod (PS3.3 C.7.6.1.1.5.1).
  static func lossyMethod(transferSyntax uid: String) -> String {
    switch uid.suffix(2) {
    case "81": "ISO_14495_1"
    case "91", "93": "ISO_15444_1"
    default: "ISO_10918_1"
    }
  }

  static func isReadable(transferSyntax uid: String) -> Bool { uncompressed.contains(uid) || compressed.contains(uid) }

  /// A new identifier under 2.25: a random UUID as one decimal number (PS3.5 B.2).
  static func new() -> String {
    let bytes = UUID().uuid
    let all = [
      bytes.0, bytes.1, bytes.2, bytes.3, bytes.4, bytes.5, bytes.6, bytes.7, bytes.8, bytes.9, bytes.10, bytes.11,
      bytes.12, bytes.13, bytes.14, bytes.15,
    ]
    return "2.25." + decimal(all)
  }

  /// A big-endian number of any length in decimal digits.
  static func decimal(_ bytes: [UInt8]) -> String {
    var digits: [UInt8] = [0]
    for byte in bytes {
      var carry = Int(byte)
      for index in digits.indices {
        let value = Int(digits[index]) * 256 + carry
        digits[index] = UInt8(value % 10)
        carry = value / 10
      }
      while carry > 0 {
        digits.append(UInt8(carry % 10))
        carry /= 10
      }
    }
    return String(decoding: digits.reversed().map { $0 + 48 }, as: UTF8.self)
  }
}
