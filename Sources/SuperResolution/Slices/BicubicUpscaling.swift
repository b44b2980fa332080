struct BicubicUpscaling {
  let width: Int, height: Int, scale: Int
  func weights(_ n: Int) -> [[(Int, Double)]] {
    (0..<n * scale).map { r in
      let c = (Double(r) + 0.5) / Double(scale) - 0.5
      let f = Int(c.rounded(.down))
      return (f - 1...f + 2).map { t in
        let x = abs(c - Double(t))
        let w = x <= 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : (x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0)
        let m = ((t % (2 * n)) + 2 * n) % (2 * n)
        return (m < n ? m : 2 * n - 1 - m, w)
      }
    }
  }
  func upscaled(_ values: [Double], valid: [Bool]?) -> [Double] {
    let (wx, wy) = (weights(width), weights(height))
    var mid = [Double](repeating: 0, count: width * scale * height)
    for y in 0..<height { for x in 0..<width * scale { mid[y * width * scale + x] = wx[x].reduce(0) { $0 + $1.1 * values[y * width + $1.0] } } }
    var out = [Double](repeating: 0, count: width * scale * height * scale)
    for y in 0..<height * scale { for x in 0..<width * scale { out[y * width * scale + x] = wy[y].reduce(0) { $0 + $1.1 * mid[$1.0 * width * scale + x] } } }
    return out
  }
}
