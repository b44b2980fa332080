import Volumes

extension VolumeSlice {
  /// Which pixels are tissue: those that are not empty, and empty ones that tissue shuts off from the edge of the slice.
  ///
  /// What is empty and connected to the edge (over the four neighbours) is background. A dark organ, a lung, lies within: it is none, however
  /// dark. Pixels that are not finite (DICOM's padding) are empty.
  package func tissue(besides level: BackgroundLevel) -> [Bool] {
    let empty = emptiness(level)
    var tissue = [Bool](repeating: true, count: values.count)
    var front: [Int] = []
    func visit(_ p: Int) {
      guard tissue[p], empty[p] else { return }
      tissue[p] = false
      front.append(p)
    }
    for x in 0..<width {
      visit(x)
      visit((height - 1) * width + x)
    }
    for y in 0..<height {
      visit(y * width)
      visit(y * width + width - 1)
    }
    while let p = front.popLast() {
      let x = p % width
      if x > 0 { visit(p - 1) }
      if x < width - 1 { visit(p + 1) }
      if p >= width { visit(p - width) }
      if p + width < values.count { visit(p + width) }
    }
    return tissue
  }

  /// Whether the mean of the finite pixels in 3×3 around each lies in the band.
  private func emptiness(_ level: BackgroundLevel) -> [Bool] {
    var empty = [Bool](repeating: true, count: values.count)
    for y in 0..<height {
      for x in 0..<width where values[y * width + x].isFinite {
        var (count, sum) = (0.0, 0.0)
        for row in max(0, y - 1)...min(height - 1, y + 1) {
          for column in max(0, x - 1)...min(width - 1, x + 1) {
            let value = values[row * width + column]
            guard value.isFinite else { continue }
            count += 1
            sum += value
          }
        }
        empty[y * width + x] = level.contains(sum / count)
      }
    }
    return empty
  }
}
