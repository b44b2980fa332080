import Volumes

/// Where a volume holds tissue, slice by slice of the plane that is upscaled, in cells of 8×8 pixels: one bit for 64 voxels.
package struct TissueMap {
  /// Side of a cell in low-resolution pixels.
  package static let cell = 8

  /// Of a slice, in pixels.
  package let width: Int
  package let height: Int
  private let axis: VoxelAxis
  private let slices: Int
  private let columns: Int
  private let rows: Int
  private var bits: [UInt64]

  /// Nothing anywhere.
  package init(_ header: VolumeHeader, across axis: VoxelAxis) {
    (width, height) = header.sliceSize(across: axis)
    self.axis = axis
    slices = header.count(along: axis)
    columns = (width + Self.cell - 1) / Self.cell
    rows = (height + Self.cell - 1) / Self.cell
    bits = [UInt64](repeating: 0, count: (slices * header.frames * rows * columns + 63) / 64)
  }

  /// Marks the tissue of one slice across any axis.
  /// - Parameter isTissue: row by row, as in `VolumeSlice`.
  package mutating func mark(_ isTissue: [Bool], at index: Int, across source: VoxelAxis, frame: Int, width: Int) {
    for (p, isTissue) in isTissue.enumerated() where isTissue {
      var place = [0, 0, 0]
      place[source.rawValue] = index
      place[source.inPlane.x.rawValue] = p % width
      place[source.inPlane.y.rawValue] = p / width
      let bit = bit(
        place[axis.rawValue], frame, row: place[axis.inPlane.y.rawValue] / Self.cell,
        column: place[axis.inPlane.x.rawValue] / Self.cell)
      bits[bit / 64] |= 1 << UInt64(bit % 64)
    }
  }

  /// The tissue of one slice.
  package func region(ofSlice index: Int, frame: Int) -> TissueRegion {
    var cells = [Bool](repeating: false, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let bit = bit(index, frame, row: row, column: column)
        cells[row * columns + column] = bits[bit / 64] >> UInt64(bit % 64) & 1 == 1
      }
    }
    return TissueRegion(cells: cells, columns: columns, width: width, height: height)
  }

  private func bit(_ slice: Int, _ frame: Int, row: Int, column: Int) -> Int {
    ((frame * slices + slice) * rows + row) * columns + column
  }
}

/// Where one slice holds tissue, and what of it goes through the network.
package struct TissueRegion {
  private let cells: [Bool]
  private let columns: Int
  private let width: Int
  private let height: Int

  /// Around tissue at least so many low-resolution pixels are computed, that what the network sees at its edge is as it would be in
  /// the whole slice; measured in `Docs/Decisions/0007-background.md`.
  package static let margin = 16
  /// A smaller saving is not worth another shape.
  private static let largestShare = 0.9

  init(cells: [Bool], columns: Int, width: Int, height: Int) {
    self.cells = cells
    self.columns = columns
    self.width = width
    self.height = height
  }

  package var isEmpty: Bool { !cells.contains(true) }

  /// Whether the cell that holds a pixel holds tissue.
  func holdsTissue(x: Int, y: Int) -> Bool { cells[y / TissueMap.cell * columns + x / TissueMap.cell] }

  /// Whether there is tissue in a rectangle or within the margin around it.
  package func holdsTissue(near rectangle: PixelRectangle) -> Bool {
    let cell = TissueMap.cell
    let rows = cells.count / columns
    let (top, left) = (rectangle.top - Self.margin, rectangle.left - Self.margin)
    let (bottom, right) = (rectangle.bottom + Self.margin - 1, rectangle.right + Self.margin - 1)
    guard bottom >= 0, right >= 0, top < height, left < width else { return false }
    for row in max(top, 0) / cell...min(bottom / cell, rows - 1) {
      for column in max(left, 0) / cell...min(right / cell, columns - 1) where cells[row * columns + column] {
        return true
      }
    }
    return false
  }

  /// What is to be computed: the tissue with a margin, in steps of `alignment` pixels; the whole slice where little would be saved.
  /// `nil` where there is no tissue.
  package func extent(alignment: Int) -> PixelRectangle? {
    let rows = cells.count / columns
    let usedRows = (0..<rows).filter { row in cells[row * columns..<(row + 1) * columns].contains(true) }
    let usedColumns = (0..<columns).filter { column in (0..<rows).contains { cells[$0 * columns + column] } }
    guard let first = usedRows.first, let last = usedRows.last, let left = usedColumns.first,
      let right = usedColumns.last
    else { return nil }
    // Steps of whole cells, and of what the network's levels need: few shapes, and the same grid everywhere.
    let step = TissueMap.cell / greatestCommonDivisor(TissueMap.cell, alignment) * alignment
    func range(_ first: Int, _ last: Int, _ extent: Int) -> Range<Int> {
      let start = max(0, first * TissueMap.cell - Self.margin) / step * step
      let end = min(extent, ((last + 1) * TissueMap.cell + Self.margin).roundedUp(toMultipleOf: step))
      return start..<end
    }
    let (vertical, horizontal) = (range(first, last, height), range(left, right, width))
    if Double(vertical.count * horizontal.count) > Self.largestShare * Double(width * height) {
      return PixelRectangle(top: 0, left: 0, height: height, width: width)
    }
    return PixelRectangle(
      top: vertical.lowerBound, left: horizontal.lowerBound, height: vertical.count, width: horizontal.count)
  }
}

/// A part of a slice, in pixels.
package struct PixelRectangle: Hashable, Sendable {
  package let top: Int
  package let left: Int
  package let height: Int
  package let width: Int

  package init(top: Int, left: Int, height: Int, width: Int) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
  }

  package var bottom: Int { top + height }
  package var right: Int { left + width }
}
