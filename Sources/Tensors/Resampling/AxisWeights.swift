/// Weighted sums along one axis: for each output a first input and the weights from there on.
package struct AxisWeights {
  package let outputs: Range<Int>
  /// Per output.
  let firsts: [Int]
  let weights: [[Double]]

  /// A kernel around (o + ½)·step − ½, cut at `reach`, normalised; the axis goes on as its mirror image, edge pixel included.
  ///
  /// - Parameter step: inputs per output: 2 halves, ½ doubles.
  package init(count: Int, step: Double, outputs: Range<Int>, reach: Double, kernel: (Double) -> Double) {
    var firsts: [Int] = []
    var weights: [[Double]] = []
    let period = 2 * count
    for output in outputs {
      let centre = (Double(output) + 0.5) * step - 0.5
      let reached = Int((centre - reach).rounded(.up))...Int((centre + reach).rounded(.down))
      let places = reached.map { i -> Int in
        let wrapped = ((i % period) + period) % period
        return wrapped < count ? wrapped : period - 1 - wrapped
      }
      let first = places.min() ?? 0
      var line = [Double](repeating: 0, count: (places.max() ?? 0) - first + 1)
      for (i, place) in zip(reached, places) { line[place - first] += kernel(Double(i) - centre) }
      let sum = line.reduce(0, +)
      firsts.append(first)
      weights.append(line.map { $0 / sum })
    }
    self.outputs = outputs
    self.firsts = firsts
    self.weights = weights
  }

  /// Weights over the whole axis.
  package init(count: Int, outputs: Range<Int>, line: (Int) -> [Double]) {
    self.outputs = outputs
    self.firsts = outputs.map { _ in 0 }
    self.weights = outputs.map(line)
  }

  /// The inputs that any output looks at.
  package var inputs: Range<Int> {
    let end = zip(firsts, weights).map { $0 + $1.count }.max() ?? 0
    return (firsts.min() ?? 0)..<end
  }

  /// Rows of `image`, which holds the rows `inputs` of `width` values each, weighted and summed: `outputs.count` rows.
  package func appliedToRows(of image: [Double], width: Int) -> [Double] {
    let start = inputs.lowerBound
    var result = [Double](repeating: 0, count: outputs.count * width)
    image.withUnsafeBufferPointer { image in
      result.withUnsafeMutableBufferPointer { result in
        for o in 0..<outputs.count {
          for (k, weight) in weights[o].enumerated() where weight != 0 {
            let from = (firsts[o] + k - start) * width
            for x in 0..<width { result[o * width + x] += weight * image[from + x] }
          }
        }
      }
    }
    return result
  }

  /// Columns of `image`, which holds the columns `inputs`, weighted and summed: `outputs.count` values per row.
  package func appliedToColumns(of image: [Double], height: Int) -> [Double] {
    let (start, width) = (inputs.lowerBound, inputs.count)
    var result = [Double](repeating: 0, count: outputs.count * height)
    image.withUnsafeBufferPointer { image in
      result.withUnsafeMutableBufferPointer { result in
        for o in 0..<outputs.count {
          weights[o].withUnsafeBufferPointer { line in
            for y in 0..<height {
              var sum = 0.0
              let from = y * width + firsts[o] - start
              for k in 0..<line.count { sum += line[k] * image[from + k] }
              result[y * outputs.count + o] = sum
            }
          }
        }
      }
    }
    return result
  }
}
