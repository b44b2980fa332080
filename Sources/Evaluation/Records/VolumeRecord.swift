import Foundation
import ImageQuality
import SuperResolution
import Volumes

/// What an evaluation knows of one scan; a file of its own, so that a run can take up where it ended.
struct VolumeRecord: Codable, Sendable {
  struct Slice: Codable, Sendable {
    let index: Int
    let foregroundPixels: Int
    let scores: [EvaluationMethod: [EvaluationMeasure: Double]]
  }

  let name: String
  let subject: String
  /// Digest of the recipe that it was made by.
  let recipe: String
  /// Digest of truth, low-resolution volume and selection of slices.
  let source: String
  let size: [Int]
  let spacing: [Double]
  /// Across which axis the slices lie: i, j or k.
  let slicesAcross: String
  /// Black and white, in `unit`.
  let dataRange: [Double]
  let unit: String
  let foreground: String
  let warnings: [String]
  var slices: [Slice] = []
  /// Chosen, but without foreground.
  var emptySlices = 0
  /// Variation between neighbouring slices over the truth's; where neighbours were evaluated.
  var flicker: [EvaluationMethod: Double] = [:]
  /// Mean absolute step of the truth between neighbouring slices, in `unit`.
  var truthVariation: Double?
  /// `nil` where fewer than two samples were drawn.
  var uncertainty: UncertaintyTally?
  /// Why the calibration does not hold for this scan; empty where it does, or there is none.
  var calibrationReasons: [String] = []
  var seconds = 0.0
  /// Of this record with an empty checksum.
  var checksum = ""

  /// The mean over the slices; NaN where there is none.
  func value(_ measure: EvaluationMeasure, of method: EvaluationMethod) -> Double {
    if measure == .flicker { return flicker[method] ?? .nan }
    let values = slices.compactMap { $0.scores[method]?[measure] }
    return values.reduce(0, +) / Double(values.count)
  }

  // MARK: In a file

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }

  private func digest() throws -> String {
    var bare = self
    bare.checksum = ""
    return FileDigest.sha256(ofText: String(decoding: try Self.encoder.encode(bare), as: UTF8.self))
  }

  /// Appears under its name only when complete.
  func write(to url: URL) throws {
    var sealed = self
    sealed.checksum = try digest()
    try writeAtomically(Array(try Self.encoder.encode(sealed)), to: url, overwrite: true)
  }

  /// The record in a file; `nil` where there is none, or it is damaged.
  static func read(from url: URL) -> VolumeRecord? {
    guard let data = try? Data(contentsOf: url), let record = try? decoder.decode(VolumeRecord.self, from: data),
      let digest = try? record.digest(), digest == record.checksum
    else { return nil }
    return record
  }
}

extension EvaluationMethod: CodingKeyRepresentable {}
extension EvaluationMeasure: CodingKeyRepresentable {}
