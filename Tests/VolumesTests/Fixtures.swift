import Foundation
import Testing
import Volumes

/// Foundation has a type of this name too.
typealias AffineTransform = Volumes.AffineTransform

/// Where the scans and goldens lie.
enum Fixtures {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let golden = root.appendingPathComponent("Tests/VolumesTests/Golden")
  static let scans: URL = {
    if let given = ProcessInfo.processInfo.environment["RESIDUA_DATA"] { return URL(fileURLWithPath: given) }
    return root.deletingLastPathComponent().appendingPathComponent("shared/data")
  }()

  static func haveScans(_ test: String) -> Bool {
    let found = FileManager.default.fileExists(atPath: scans.appendingPathComponent("nifti").path)
    if !found { print("not run: \(test) needs RESIDUA_DATA") }
    return found
  }

  static func decode<T: Decodable>(_ name: String, as _: T.Type) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(contentsOf: golden.appendingPathComponent(name)))
  }
}

/// A folder for one test, removed with it.
final class TemporaryFolder {
  let url: URL
  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("residua-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: url) }
  func file(_ name: String) -> URL { url.appendingPathComponent(name) }
  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path))?.sorted() ?? [] }
}

/// What nibabel says of a file.
struct Witness: Decodable {
  var shape: [Int]
  var corners: [[Double]]
  var sform: [[Double]]?
  var qform: [[Double]]?
  var codes: [Int]
  var axes: String
  var type: String
  var sum: Double
  /// i, j, k, frame, value (null for one that is not finite).
  var picks: [[Double?]]
}

func expectCorners(
  _ affine: AffineTransform, size: (Int, Int, Int), _ expected: [[Double]], within tolerance: Double,
  _ note: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  let worst = zip(affine.outerCorners(size: size), expected).map { length($0 - SIMD3($1)) }.max() ?? .infinity
  #expect(worst < tolerance, "\(note): corners \(worst) mm off", sourceLocation: sourceLocation)
}

extension VolumeReader {
  /// All values in file order, read across one axis.
  func allValues(across axis: VoxelAxis = .k) throws -> [Double] {
    let (nx, ny, nz) = header.size
    var values = [Double](repeating: .nan, count: nx * ny * nz * header.frames)
    for frame in 0..<header.frames {
      for index in 0..<header.count(along: axis) {
        let slice = try readSlice(index, across: axis, frame: frame)
        for y in 0..<slice.height {
          for x in 0..<slice.width {
            let (i, j, k) =
              switch axis {
              case .i: (index, x, y)
              case .j: (x, index, y)
              case .k: (x, y, index)
              }
            values[((frame * nz + k) * ny + j) * nx + i] = slice.values[y * slice.width + x]
          }
        }
      }
    }
    return values
  }
}

extension VolumeWriter {
  /// Writes all slices of values given in file order.
  func writeAll(_ values: [Double], header: VolumeHeader, across axis: VoxelAxis = .k, order: [Int]? = nil) throws {
    let (nx, ny, nz) = header.size
    let (width, height) = header.sliceSize(across: axis)
    for frame in 0..<header.frames {
      for index in order ?? Array(0..<header.count(along: axis)) {
        var plane = [Double](repeating: 0, count: width * height)
        for y in 0..<height {
          for x in 0..<width {
            let (i, j, k) =
              switch axis {
              case .i: (index, x, y)
              case .j: (x, index, y)
              case .k: (x, y, index)
              }
            plane[y * width + x] = values[((frame * nz + k) * ny + j) * nx + i]
          }
        }
        try writeSlice(
          VolumeSlice(width: width, height: height, values: plane), at: index, across: axis, frame: frame)
      }
    }
  }
}

/// Same value, NaN included.
func same(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }
