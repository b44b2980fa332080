import Foundation
import SuperResolution
import Volumes

/// One scan in memory, in the model's [−1, 1], as 16-bit numbers; what lies outside of the intensity range was cut.
package final class TrainingVolume: Sendable {
  package let url: URL
  /// SHA-256 of its files: by it a calibration knows what a model has learned from.
  let digest: String
  /// The file's name, and the series of a folder of DICOM slices.
  package let name: String
  /// Who was scanned: scans of one subject are never split between training and validation.
  let subject: String
  let size: (Int, Int, Int)
  /// The axes across which slices are taken.
  package let axes: [VoxelAxis]
  /// Millimetres along i, j, k.
  let spacing: (Double, Double, Double)
  let modality: Modality
  /// What the scan weighs by, as far as anything says it.
  let contrast: AcquiredContrast.Kind?
  let shape: IntensityShape?
  private let values: [UInt16]
  /// Per entry of `axes` and slice: how many pixels are tissue, added up from the first slice.
  private let tissue: [[Int]]
  private let threshold: UInt16

  /// - Throws: `VolumeError` when the file cannot be read; `TrainingError` when there is nothing in it to learn from.
  init(_ url: URL, series: String? = nil, subject: String, data: TrainingConfiguration.Data) throws {
    let reader = try VolumeFile.open(url, series: series)
    let header = reader.header
    let statistics = try VolumeStatistics(of: reader, percentile: data.percentile)
    guard let top = statistics.positivePercentile, top > 0 else {
      throw TrainingError(.noData, url.path, "no voxel is positive.")
    }
    let (width, height, depth) = header.size
    var values: [UInt16] = []
    values.reserveCapacity(width * height * depth)
    for k in 0..<depth {
      for value in try reader.readSlice(k, across: .k, frame: 0).values {
        let share = value.isFinite ? min(max(value / top, 0), 1) : 0
        values.append(UInt16((share * 65535).rounded()))
      }
    }
    self.url = url
    digest = try FileDigest.sha256(of: FoundScan(url: url, series: series).files)
    self.name = url.lastPathComponent + (series.map { ", series \($0)" } ?? "")
    self.subject = subject
    self.size = header.size
    self.modality = header.modality
    self.contrast = header.contrast?.kind
    self.shape = statistics.shape
    self.values = values
    self.threshold = UInt16((data.tissueAbove * 65535).rounded())
    spacing = (header.geometry.spacing[0], header.geometry.spacing[1], header.geometry.spacing[2])
    let affine = header.geometry.affine
    axes =
      switch data.plane {
      case .acquired: [header.acquiredAxis]
      case .axial: [affine.axis(across: .axial)]
      case .coronal: [affine.axis(across: .coronal)]
      case .sagittal: [affine.axis(across: .sagittal)]
      case .all: [.i, .j, .k]
      }
    var counts = axes.map { [Int](repeating: 0, count: header.count(along: $0)) }
    var at = 0
    for k in 0..<depth {
      for j in 0..<height {
        for i in 0..<width {
          if values[at] > threshold {
            for (a, axis) in axes.enumerated() { counts[a][axis == .i ? i : axis == .j ? j : k] += 1 }
          }
          at += 1
        }
      }
    }
    tissue = counts.map { line in
      var sum = 0
      return line.map {
        sum += $0
        return sum
      }
    }
    guard tissue.contains(where: { ($0.last ?? 0) > 0 }) else {
      throw TrainingError(.noData, url.path, "no voxel is brighter than the threshold for tissue.")
    }
  }

  /// Slices across an axis.
  func count(along axis: VoxelAxis) -> Int { axis == .i ? size.0 : axis == .j ? size.1 : size.2 }

  /// Width and height of a slice across an axis.
  func sliceSize(across axis: VoxelAxis) -> (width: Int, height: Int) {
    (count(along: axis.inPlane.x), count(along: axis.inPlane.y))
  }

  /// Millimetres between the pixels of a slice across an axis.
  func pixelSpacing(across axis: VoxelAxis) -> (x: Double, y: Double) {
    (spacing(along: axis.inPlane.x), spacing(along: axis.inPlane.y))
  }

  /// Millimetres between slices across an axis.
  func sliceSpacing(across axis: VoxelAxis) -> Double { spacing(along: axis) }

  private func spacing(along axis: VoxelAxis) -> Double { axis == .i ? spacing.0 : axis == .j ? spacing.1 : spacing.2 }

  /// The slice that holds the tissue pixel number `share` · all of them, 0 ≤ share < 1: slices in proportion to their tissue.
  func slice(atTissueShare share: Double, axis index: Int) -> Int {
    let sums = tissue[index]
    let wanted = Int(share * Double(sums.last ?? 0))
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > wanted { high = middle } else { low = middle + 1 }
    }
    return low
  }

  func isTissue(x: Int, y: Int, slice: Int, across axis: VoxelAxis) -> Bool {
    values[start(slice, axis) + x * stride(axis.inPlane.x) + y * stride(axis.inPlane.y)] > threshold
  }

  /// A rectangle of a slice in the model's [−1, 1], row by row.
  func region(rows: Range<Int>, columns: Range<Int>, slice: Int, across axis: VoxelAxis) -> [Double] {
    let (sx, sy) = (stride(axis.inPlane.x), stride(axis.inPlane.y))
    let origin = start(slice, axis)
    var result: [Double] = []
    result.reserveCapacity(rows.count * columns.count)
    values.withUnsafeBufferPointer { values in
      for y in rows {
        for x in columns { result.append(Double(values[origin + x * sx + y * sy]) * (2 / 65535.0) - 1) }
      }
    }
    return result
  }

  private func stride(_ axis: VoxelAxis) -> Int { axis == .i ? 1 : axis == .j ? size.0 : size.0 * size.1 }

  private func start(_ slice: Int, _ axis: VoxelAxis) -> Int { slice * stride(axis) }
}
