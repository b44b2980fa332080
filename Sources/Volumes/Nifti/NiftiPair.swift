import Foundation

/// The names of a `.hdr`/`.img` pair, either of them with or without `.gz`.
package enum NiftiPair {
  /// The `.hdr` beside an `.img`; nil where the name is no `.img` or none is there.
  package static func header(besideImage image: URL) -> URL? { partner(of: image, from: "img", to: "hdr") }

  /// The `.img` beside a header of a pair; nil where none is there.
  static func image(besideHeader header: URL) -> URL? {
    partner(of: header, from: "hdr", to: "img") ?? partner(of: header, from: "nii", to: "img")
  }

  private static func partner(of url: URL, from own: String, to other: String) -> URL? {
    var stem = url
    if stem.pathExtension.lowercased() == "gz" { stem.deletePathExtension() }
    guard stem.pathExtension.lowercased() == own else { return nil }
    let isUpper = stem.pathExtension == own.uppercased()
    stem.deletePathExtension()
    let names = isUpper ? [other.uppercased(), other] : [other, other.uppercased()]
    return names.flatMap { [$0, "\($0).gz"] }.map { stem.appendingPathExtension($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }
}
