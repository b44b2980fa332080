import Foundation
import ImageQuality
import Volumes

extension UncertaintyCalibration {
  /// A calibration of a hundred subjects takes 100 KB.
  private static let mostBytes = 4 << 20

  /// - Throws: `SuperResolutionError` naming everything in the file that cannot be.
  public init(contentsOf url: URL) throws {
    func failure(_ reason: String) -> SuperResolutionError {
      SuperResolutionError(.invalidCalibration, url.path, reason)
    }
    guard let handle = FileHandle(forReadingAtPath: url.path) else {
      throw SuperResolutionError(.calibrationNotFound, url.path, "there is no such file, or it may not be read.")
    }
    defer { try? handle.close() }
    guard let data = try? handle.read(upToCount: Self.mostBytes + 1), data.count <= Self.mostBytes else {
      throw failure("is no calibration: it cannot be read, or has more than \(Self.mostBytes) bytes.")
    }
    struct Head: Decodable {
      var format: String
      var version: Int
    }
    guard let head = try? JSONDecoder().decode(Head.self, from: data), head.format == Self.format else {
      throw failure("is no calibration: expected JSON with \"format\": \"\(Self.format)\".")
    }
    guard head.version == Self.version else {
      throw failure(
        "is of version \(head.version), and this program reads version \(Self.version). Make it again with `residua calibrate`."
      )
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
      let path = (context.codingPath + [key]).map(\.stringValue).joined(separator: ".")
      throw failure("is damaged: \(path) is missing.")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      throw failure("is damaged: \(context.codingPath.map(\.stringValue).joined(separator: ".")) is of another type.")
    } catch {
      throw failure("is damaged: \(error)")
    }
    let problems = self.problems
    guard problems.isEmpty else { throw failure("is damaged: \(problems.joined(separator: "; ")).") }
  }

  /// Sorted keys, so that equal calibrations are equal bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  /// - Throws: `VolumeError` where it cannot be written.
  public func write(to url: URL, overwrite: Bool) throws {
    try writeAtomically(Array(json()) + [UInt8(ascii: "\n")], to: url, overwrite: overwrite)
  }

  /// What a damaged or hostile file may say and a fit never would.
  private var problems: [String] {
    var found: [String] = []
    func check(_ holds: Bool, _ problem: String) { if !holds { found.append(problem) } }
    func isFactor(_ value: Double) -> Bool { value.isFinite && value > 0 && value <= 1e4 }
    func isShare(_ value: Double) -> Bool { (0...1).contains(value) }
    check(
      conditions.model.count == 64 && conditions.model.allSatisfy { $0.isASCII && $0.isHexDigit },
      "conditions.model is no SHA-256")
    check((2...UpscaleSettings.mostSamples).contains(conditions.samples), "conditions.samples is \(conditions.samples)")
    check((1...100_000).contains(conditions.steps), "conditions.steps is \(conditions.steps)")
    check((2...8).contains(conditions.scale), "conditions.scale is \(conditions.scale)")
    check(sites >= 1, "sites is \(sites)")
    let texts =
      [
        conditions.sampler, conditions.noise, conditions.plane, conditions.residualMapping, conditions.intensityMapping,
        conditions.modality, conditions.background, conditions.consistency, degradation, notice,
      ] + subjects.map(\.name) + levels.flatMap { $0.scales.subjects.map(\.name) }
    // They reach terminals and headers.
    check(
      texts.allSatisfy {
        $0.utf8.count <= 300 && $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
      },
      "a text is longer than 300 bytes or holds control characters")
    check(!subjects.isEmpty, "there are no subjects")
    check(isFactor(deviation.scale), "deviation.scale is \(deviation.scale)")
    check(deviation.floor >= 0 && deviation.floor <= 10, "deviation.floor is \(deviation.floor)")
    check((deviation.shape?.x.count ?? 0) <= IsotonicCurve.largestKnotCount, "deviation.shape has too many knots")
    check((deviation.shape?.y.last ?? 1) > 0, "deviation.shape is 0 everywhere")
    check(!levels.isEmpty, "there are no levels")
    for level in levels {
      check(level.coverage > 0 && level.coverage < 1, "a coverage is \(level.coverage)")
      check(level.scales.subjects.count == subjects.count, "a level has not as many factors as there are subjects")
      check(level.scales.subjects.allSatisfy { isFactor($0.scale) }, "a factor is not between 0 and 10000")
    }
    check(decileCoverage.allSatisfy(isShare), "a decile's coverage is not between 0 and 1")
    return found
  }
}
