import ArgumentParser
import Foundation
import SuperResolution
import Volumes

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Says what a volume is: size, spacing, orientation, intensities, and what is odd about it."
  )

  @Argument(help: "One or more volumes.")
  var inputs: [String]

  @Flag(help: "As JSON, one array for all inputs.")
  var json = false

  func run() throws {
    var descriptions: [VolumeDescription] = []
    var failed = false
    for input in inputs {
      do {
        descriptions.append(try VolumeDescription(of: URL(fileURLWithPath: input)))
      } catch let error as VolumeError {
        failed = true
        StandardError.write("residua: \(error)\n")
      }
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(descriptions), as: UTF8.self))
    } else {
      print(descriptions.map(\.text).joined(separator: "\n\n"))
    }
    if failed { throw descriptions.isEmpty ? ExitCode.failure : ExitCode(3) }
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
      "  size          \(size.map(String.init).joined(separator: " × ")) voxels" + (frames > 1 ? ", \(frames) frames" : ""),
      "  spacing       \(spacing.map(Self.short).joined(separator: " × ")) mm",
      "  largest       \(Self.short(largestSpacing)) mm, along \(axis): in-plane super-resolution leaves slices as thick as they are",
      "  orientation   \(orientation)" + (obliqueAngle > 0.05 ? ", oblique by \(Self.short(obliqueAngle))°" : ""),
      "  affine        from \(affineFrom)",
    ]
    lines += affine.map { row in "                " + row.map { Self.padded($0) }.joined() }
    lines += [
      "  plane         \(acquiredPlane), \(acquiredPlaneFrom)",
      "  voxels        \(voxelType)" + (slope != 1 || intercept != 0 ? ", value = stored × \(slope) + \(intercept)" : ""),
      "  values        \(Self.short(minimum)) … \(Self.short(maximum)) \(intensityUnit)"
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
