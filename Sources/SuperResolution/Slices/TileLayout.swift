/// How one axis of a slice is cut into overlapping tiles, in low-resolution pixels.
///
/// Every tile starts at a multiple of `alignment` so that the strided levels of the noise predictor see the same grid in neighbouring
/// tiles, and is a multiple of `alignment` long, as the predictor needs. The last tile may reach beyond the axis; what lies there is
/// filled by reflection and thrown away.
package struct TileAxis: Equatable {
  /// First pixel of each tile, ascending.
  package let starts: [Int]
  /// Pixels of every tile, the same for all: fixed shapes keep the results independent of the cut.
  package let length: Int
  /// Pixels of the axis.
  package let extent: Int
  /// Pixels shared by neighbouring tiles (0 for a single one).
  package let overlap: Int

  package init(extent: Int, tile: Int, overlap: Int, alignment: Int, minimum: Int) {
    precondition(extent > 0 && tile >= minimum && overlap < tile && overlap % alignment == 0 && tile % alignment == 0)
    self.extent = extent
    let padded = Swift.max(extent.roundedUp(toMultipleOf: alignment), minimum.roundedUp(toMultipleOf: alignment))
    if padded <= tile {
      (starts, length, self.overlap) = ([0], padded, 0)
    } else {
      let stride = tile - overlap
      let steps = (padded - tile + stride - 1) / stride
      // Evenly spread, so that no pair of tiles shares much more than another.
      starts = (0...steps).map { $0 * (padded - tile) / steps / alignment * alignment }
      length = tile
      self.overlap = overlap
    }
  }

  /// The share of every tile at each of its output pixels (`length × scale` values per tile).
  ///
  /// In an overlap the outer third of a tile is left out, because the border's padding reaches into it, and the shares of the two
  /// tiles cross over linearly in the middle third. At every pixel of the axis the shares add up to 1, also where three tiles meet.
  package func shares(scale: Int) -> [[Float]] {
    let count = length * scale
    var weights = starts.map { _ in [Double](repeating: 1, count: count) }
    for index in starts.indices.dropFirst() {
      let shared = (starts[index - 1] + length - starts[index]) * scale
      for x in 0..<shared {
        let third = Double(shared) / 3
        let rise = Swift.min(1, Swift.max(0, (Double(x) + 0.5 - third) / third))
        weights[index][x] *= rise
        weights[index - 1][count - shared + x] *= 1 - rise
      }
    }
    var total = [Double](repeating: 0, count: (starts[starts.count - 1] + length) * scale)
    for (start, tile) in zip(starts, weights) {
      for x in tile.indices { total[start * scale + x] += tile[x] }
    }
    return zip(starts, weights).map { start, tile in tile.indices.map { Float(tile[$0] / total[start * scale + $0]) } }
  }
}

/// The tiles of a slice.
package struct TileLayout {
  package let columns: TileAxis
  package let rows: TileAxis

  /// Output pixels shared by neighbouring tiles; measured in `Docs/Decisions/0006-tiles.md`.
  package static let overlapInOutputPixels = 48
  /// Below this a tile would be mostly overlap.
  package static let smallestTile = 128

  /// - Parameters:
  ///   - width: columns of the low-resolution slice.
  ///   - height: rows of the low-resolution slice.
  ///   - tile: largest side of a tile in output pixels, at least `smallestTile`.
  ///   - multiple: what the output side of a tile must be a multiple of (8 for four levels).
  ///   - least: what the output side of a tile must be at least (16 for four levels, whose deepest needs 2×2 pixels to mirror).
  package init(width: Int, height: Int, scale: Int, tile: Int, multiple: Int, least: Int) {
    let alignment = Self.alignment(scale: scale, multiple: multiple)
    let overlap = (Self.overlapInOutputPixels / scale).roundedUp(toMultipleOf: alignment)
    let minimum = ((least + scale - 1) / scale).roundedUp(toMultipleOf: alignment)
    // A deep model's tiles are larger than asked for where they would be mostly overlap.
    let side = Swift.max(tile / scale / alignment * alignment, 3 * overlap, minimum)
    columns = TileAxis(extent: width, tile: side, overlap: overlap, alignment: alignment, minimum: minimum)
    rows = TileAxis(extent: height, tile: side, overlap: overlap, alignment: alignment, minimum: minimum)
  }

  /// What tiles start at multiples of, in low-resolution pixels, so that the network's strided levels see one grid in all of them.
  package static func alignment(scale: Int, multiple: Int) -> Int { multiple / greatestCommonDivisor(multiple, scale) }

  package var count: Int { columns.starts.count * rows.starts.count }
}

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }

extension Int {
  package func roundedUp(toMultipleOf factor: Int) -> Int { (self + factor - 1) / factor * factor }
}
