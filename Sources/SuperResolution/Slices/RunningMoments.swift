/// Mean and standard deviation of a growing number of images, pixel by pixel, in one pass (Welford 1962).
package struct RunningMoments {
  package private(set) var count = 0
  package private(set) var mean: [Double]
  private var squares: [Double]

  package init(pixels: Int) {
    mean = [Double](repeating: 0, count: pixels)
    squares = mean
  }

  package mutating func add(_ image: [Double]) {
    precondition(image.count == mean.count, "images of one slice have one size")
    count += 1
    let share = 1 / Double(count)
    for p in image.indices {
      let delta = image[p] - mean[p]
      mean[p] += delta * share
      squares[p] += delta * (image[p] - mean[p])
    }
  }

  /// The sample standard deviation (divisor N − 1); needs two images or more.
  package var deviation: [Double] {
    precondition(count > 1, "a deviation needs two samples")
    return squares.map { ($0 / Double(count - 1)).squareRoot() }
  }
}
