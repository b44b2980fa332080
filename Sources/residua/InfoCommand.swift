import ArgumentParser
import Foundation
import SuperResolution
import Volumes

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Says what a volume is: size, spacing, orientation, intensities, and what is odd about it.",
    discussion:
      "For a folder of DICOM files: every series in it, with what cannot be upscaled and why. No pixel is read there."
  )

  @Argument(help: "One or more volumes, or folders of DICOM files.")
  var inputs: [String]

  @Flag(help: "As JSON, one array for all inputs.")
  var json = false

  func run() throws {
    var descriptions: [InputDescription] = []
    var failed = false
    for input in inputs {
      do {
        descriptions += try InputDescription.all(at: URL(fileURLWithPath: input))
      } catch let error as VolumeError {
        failed = true
        StandardError.write("residua: \(error)\n")
      }
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(descriptions), as: UTF8.self))
    } else if !descriptions.isEmpty {
      print(descriptions.map(\.text).joined(separator: "\n\n"))
    }
    if failed { throw descriptions.isEmpty ? ExitCode.failure : ExitCode(3) }
  }
}

/// What `info` says about one input.
enum InputDescription: Encodable {
  case volume(VolumeDescription)
  case series(SeriesDescription)

  static func all(at url: URL) throws -> [InputDescription] {
    switch try VolumeFormat.detect(url) {
    case .dicomFile, .directory:
      let archive = try DicomArchive.scan(url)
      for damaged in archive.damaged { StandardError.warn("\(damaged)") }
      if archive.series.isEmpty { _ = try archive.select() }
      return archive.series.map { .series(SeriesDescription($0)) }
    default: return [.volume(try VolumeDescription(of: url))]
    }
  }

  var text: String {
    switch self {
    case .volume(let volume): volume.text
    case .series(let series): series.text
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .volume(let volume): try volume.encode(to: encoder)
    case .series(let series): try series.encode(to: encoder)
    }
  }
}

/// What `info` says about one DICOM series.
struct SeriesDescription: Encodable {
  let selector: String
  let uid: String
  let modality: String
  let description: String
  let size: [Int]
  let frames: Int
  /// Millimetres between columns, rows and slices.
  let spacing: [Double]
  let files: Int
  let enhanced: Bool
  let usable: Bool
  let reason: String?
  let findings: [String]

  init(_ series: DicomSeries) {
    selector = series.selector
    uid = series.uid
    modality = series.modality
    description = series.description
    size = [series.size.0, series.size.1, series.size.2]
    frames = series.frames
    spacing = (0..<3).map { series.spacing[$0] }
    files = series.fileCount
    enhanced = series.isEnhanced
    usable = series.isUsable
    reason = series.suitability.sentence
    findings = series.findings.map(\.description)
  }

  var text: String {
    var lines = ["series \(selector)  \(modality)  \(description)"]
    if size.allSatisfy({ $0 > 0 }) {
      let largest = spacing.max() ?? 0
      lines.append(
        "  size          \(size.map(String.init).joined(separator: " × ")) voxels"
          + (frames > 1 ? ", \(frames) frames" : "")
          + ", \(files) file\(files == 1 ? "" : "s")\(enhanced ? ", enhanced" : "")")
      lines.append(
        "  spacing       \(spacing.map { String(format: "%.6g", $0) }.joined(separator: " × ")) mm, the largest "
          + String(format: "%.6g mm", largest))
    } else {
      lines.append("  files         \(files)")
    }
    if let reason { lines.append((usable ? "  needs         " : "  refused       ") + reason) }
    return (lines + findings.map { "  \($0)" }).joined(separator: "\n")
  }
}

/// What `info` says about one volume.
struct VolumeDescription: Encodable {
  let file: String
  let format: String
  let size: [Int]
  let frames: Int
  /// Millimetres along i, j, k.
  let spacing: [Double]
  let largestSpacing: Double
  let orientation: String
  /// Degrees by which the voxel axes are turned from the body's.
  let obliqueAngle: Double
  /// Rows of the affine from voxel indices to RAS+ millimetres.
  let affine: [[Double]]
  let affineFrom: String
  let acquiredPlane: String
  let acquiredPlaneFrom: String
  let voxelType: String
  let slope: Double
  let intercept: Double
  let intensityUnit: String
  let modality: String
  let minimum: Double
  let maximum: Double
  let notFinite: Int
  let findings: [String]

  /// For people.
  private var unitLabel: String {
    intensityUnit == IntensityUnit.arbitrary.description ? "(\(IntensityUnit.arbitrary.label))" : intensityUnit
  }

  init(of url: URL) throws {
    let reader = try VolumeFile.open(url)
    let statistics = try VolumeStatistics(of: reader, percentile: 99.5, checkpoint: Interruption.check)
    let header = reader.header
    let transform = header.geometry.affine
    file = url.lastPathComponent
    format = Self.name(of: header.format)
    size = [header.size.0, header.size.1, header.size.2]
    frames = header.frames
    spacing = (0..<3).map { header.geometry.spacing[$0] }
    largestSpacing = spacing.max() ?? 0
    orientation = transform.orientationCode
    obliqueAngle = transform.obliqueAngle
    affine = (0..<3).map { row in VoxelAxis.allCases.map { transform[$0][row] } + [transform.origin[row]] }
    affineFrom = header.geometry.source.rawValue
    acquiredPlane = transform.plane(across: header.acquiredAxis).rawValue
    acquiredPlaneFrom = header.acquiredAxisReason.text
    voxelType = header.storedType.rawValue
    slope = header.rescale.slope
    intercept = header.rescale.intercept
    intensityUnit = header.intensityUnit.description
    modality = header.modality.rawValue
    minimum = statistics.minimum
    maximum = statistics.maximum
    notFinite = statistics.nonFinite
    findings = reader.header.findings.map(\.description)
  }

  var text: String {
    let axis = ["i", "j", "k"][spacing.firstIndex(of: largestSpacing) ?? 2]
    var lines = [
      file,
      "  format        \(format)",
      "  size          \(size.map(String.init).joined(separator: " × ")) voxels"
        + (frames > 1 ? ", \(frames) frames" : ""),
      "  spacing       \(spacing.map(Self.short).joined(separator: " × ")) mm",
      "  largest       \(Self.short(largestSpacing)) mm, along \(axis): in-plane super-resolution leaves slices as thick as they are",
      "  orientation   \(orientation)" + (obliqueAngle > 0.05 ? ", oblique by \(Self.short(obliqueAngle))°" : ""),
      "  affine        from \(affineFrom)",
    ]
    lines += affine.map { row in "                " + row.map { Self.padded($0) }.joined() }
    lines += [
      "  plane         \(acquiredPlane), \(acquiredPlaneFrom)",
      "  voxels        \(voxelType)"
        + (slope != 1 || intercept != 0 ? ", value = stored × \(slope) + \(intercept)" : ""),
      "  values        \(Self.short(minimum)) … \(Self.short(maximum)) \(unitLabel)"
        + (notFinite > 0 ? ", \(notFinite) not finite" : ""),
      "  modality      \(modality)",
    ]
    lines += findings.map { "  \($0)" }
    return lines.joined(separator: "\n")
  }

  private static func name(of format: VolumeFormat) -> String {
    switch format {
    case .nifti1: "NIfTI-1"
    case .nifti2: "NIfTI-2"
    case .dicomFile, .directory: "DICOM"
    default: format.rawValue
    }
  }

  private static func short(_ value: Double) -> String { String(format: "%.6g", value) }

  private static func padded(_ value: Double) -> String {
    let text = String(format: "%.5f", value)
    return String(repeating: " ", count: max(1, 13 - text.count)) + text
  }
}
