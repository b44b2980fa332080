import Foundation

/// The files that lie beside a NIfTI file by BIDS' custom: `.json` (how it was acquired), `.bval` and `.bvec` (diffusion).
///
/// They go along with an output, with the fields about its voxel grid brought up to date and all others as they were, in their order.
public struct BidsSidecar: Sendable {
  /// The `.json`; nil where there is none.
  public var json: JSONObjectText?
  /// The `.bval` file beside the volume, byte for byte; `nil` for none.
  public var bval: [UInt8]?
  /// The `.bvec` file beside the volume, byte for byte; `nil` for none.
  public var bvec: [UInt8]?
  /// What was there and could not be used.
  public private(set) var findings: [VolumeFinding] = []

  /// Sidecars beyond this size are none.
  static let mostBytes = 16 << 20

  /// Reads what lies beside `url`; all is nil where nothing does.
  public init(beside url: URL) {
    func read(_ kind: String) -> [UInt8]? {
      let neighbour = BidsSidecar.neighbour(of: url, kind)
      guard FileManager.default.fileExists(atPath: neighbour.path) else { return nil }
      do {
        let file = try InputFile(neighbour)
        guard file.size <= BidsSidecar.mostBytes else {
          findings.append(
            .warning("\(neighbour.lastPathComponent) has \(file.size) bytes, too many for a sidecar: left behind"))
          return nil
        }
        return try file.read(file.size, at: 0)
      } catch {
        findings.append(.warning("\(neighbour.lastPathComponent) cannot be read: left behind"))
        return nil
      }
    }
    bval = read("bval")
    bvec = read("bvec")
    if let bytes = read("json") {
      json = JSONObjectText(bytes)
      if json == nil {
        let name = BidsSidecar.neighbour(of: url, "json").lastPathComponent
        findings.append(.warning("\(name) is not a JSON object: left behind"))
      }
    }
  }

  /// Whether there is nothing beside the volume.
  public var isEmpty: Bool { json == nil && bval == nil && bvec == nil }

  /// `scan.nii.gz` → `scan.json`: the name without `.nii`, `.hdr`, `.img` and `.gz`.
  public static func neighbour(of url: URL, _ kind: String) -> URL {
    var stem = url
    if stem.pathExtension.lowercased() == "gz" { stem.deletePathExtension() }
    if ["nii", "hdr", "img"].contains(stem.pathExtension.lowercased()) { stem.deletePathExtension() }
    return stem.appendingPathExtension(kind)
  }

  /// The files that `write(beside:)` would make, for a check of names before any work.
  public func outputs(beside url: URL) -> [URL] {
    [(json != nil, "json"), (bval != nil, "bval"), (bvec != nil, "bvec")]
      .filter(\.0).map { BidsSidecar.neighbour(of: url, $0.1) }
  }

  /// Writes them beside an output, each under its name only when complete.
  /// - Returns: the files made.
  @discardableResult
  public func write(beside url: URL, overwrite: Bool) throws -> [URL] {
    for file in try staged(beside: url, overwrite: overwrite) { try file.finish() }
    return outputs(beside: url)
  }

  /// The files on their way: to be completed and published.
  package func staged(beside url: URL, overwrite: Bool) throws -> [any StagedOutput] {
    try [("json", json.map { Array($0.text.utf8) }), ("bval", bval), ("bvec", bvec)].compactMap { kind, bytes in
      try bytes.map { try StagedFile($0, BidsSidecar.neighbour(of: url, kind), overwrite: overwrite) }
    }
  }
}
