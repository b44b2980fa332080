import Volumes

/// How a slice is cut into tiles, and put together again.
extension SliceUpscaler {
  struct PixelSize: Hashable {
    let width: Int
    let height: Int
  }

  /// How an area is cut, and what each tile has to say at each of its pixels.
  struct TilePlan {
    let layout: TileLayout
    let columnShares: [[Float]]
    let rowShares: [[Float]]
  }

  /// Which tile of a plan, and where in the slice.
  private struct Placement {
    let row: Int
    let column: Int
    let visible: PixelRectangle
  }

  /// One tile's place in the slice, and what the model sees there.
  struct Place {
    let plan: TilePlan
    let row: Int
    let column: Int
    let top: Int
    let left: Int
    let pixels: [Float]
  }

  private func plan(width: Int, height: Int) -> TilePlan {
    let size = PixelSize(width: width, height: height)
    if let plan = plans[size] { return plan }
    let shape = model.network.shape
    let layout = TileLayout(
      width: width, height: height, scale: scale, tile: settings.tile, multiple: shape.sideMultiple,
      least: shape.leastSide)
    let plan = TilePlan(
      layout: layout, columnShares: layout.columns.shares(scale: scale), rowShares: layout.rows.shares(scale: scale))
    plans[size] = plan
    return plan
  }

  /// The tiles of a slice that have tissue near them.
  private func placements(_ region: TissueRegion?) -> (plan: TilePlan, tiles: [Placement])? {
    let whole = PixelRectangle(top: 0, left: 0, height: height, width: width)
    let alignment = TileLayout.alignment(scale: scale, multiple: model.network.shape.sideMultiple)
    guard let area = region.map({ $0.extent(alignment: alignment) }) ?? whole else { return nil }
    let plan = plan(width: area.width, height: area.height)
    let (rows, columns) = (plan.layout.rows, plan.layout.columns)
    var tiles: [Placement] = []
    for r in rows.starts.indices {
      for c in columns.starts.indices {
        let (top, left) = (area.top + rows.starts[r], area.left + columns.starts[c])
        let visible = PixelRectangle(
          top: top, left: left, height: Swift.min(rows.length, height - top),
          width: Swift.min(columns.length, width - left))
        if region?.holdsTissue(near: visible) ?? true { tiles.append(Placement(row: r, column: c, visible: visible)) }
      }
    }
    return (plan, tiles)
  }

  /// Hands every tile with tissue near it to `body`, with its number and how many there are.
  func forEachTile(
    of values: [Double], region: TissueRegion?, _ body: (Place, _ number: Int, _ count: Int) throws -> Void
  ) rethrows {
    guard let (plan, tiles) = placements(region) else { return }
    let seen = values.map(mapping.modelValue)
    for (number, tile) in tiles.enumerated() {
      let pixels = (0..<plan.layout.rows.length).flatMap { y in
        let row = (tile.visible.top + y).reflected(into: height) * width
        return (0..<plan.layout.columns.length).map { x in seen[row + (tile.visible.left + x).reflected(into: width)] }
      }
      try body(
        Place(
          plan: plan, row: tile.row, column: tile.column, top: tile.visible.top, left: tile.visible.left, pixels: pixels
        ), number, tiles.count)
    }
  }

  /// The share of a slice in whose pixels the network has a say, 0…1.
  func computedShare(of region: TissueRegion?) -> Double {
    guard let (plan, tiles) = placements(region) else { return 0 }
    var covered = [Bool](repeating: false, count: width * height)
    for tile in tiles {
      let (rows, columns) = (plan.rowShares[tile.row], plan.columnShares[tile.column])
      for y in 0..<tile.visible.height where rows[y * scale] > 0 {
        let start = (tile.visible.top + y) * width + tile.visible.left
        for x in 0..<tile.visible.width where columns[x * scale] > 0 { covered[start + x] = true }
      }
    }
    return Double(covered.count { $0 }) / Double(width * height)
  }

  /// Adds a tile's output pixels, weighted with their share, to the whole slice's.
  func blend(_ values: UnsafeBufferPointer<Float>, of place: Place, into slice: inout [Float]) {
    let (outputWidth, outputHeight) = (width * scale, height * scale)
    let tileWidth = place.plan.layout.columns.length * scale
    let visibleRows = Swift.min(place.plan.layout.rows.length * scale, outputHeight - place.top * scale)
    let visibleColumns = Swift.min(tileWidth, outputWidth - place.left * scale)
    for y in 0..<visibleRows {
      let share = place.plan.rowShares[place.row][y]
      let target = (place.top * scale + y) * outputWidth + place.left * scale
      for x in 0..<visibleColumns {
        slice[target + x] += share * place.plan.columnShares[place.column][x] * values[y * tileWidth + x]
      }
    }
  }
}

extension Int {
  /// The index that this one shows in a mirror at both ends of `0..<count`, the end pixels repeated: … 1 0 | 0 1 2 | 2 1 …
  func reflected(into count: Int) -> Int {
    let period = 2 * count
    let folded = ((self % period) + period) % period
    return folded < count ? folded : period - 1 - folded
  }
}
