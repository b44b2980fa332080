/// One plane of numbers: `width × height`, row-major (x fastest), in any unit.
public struct ImagePlane: Equatable, Sendable {
  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// `width · height` values, x fastest.
  public var values: [Double]

  /// - Parameter values: `width · height` values.
  public init(width: Int, height: Int, values: [Double]) {
    precondition(width >= 0 && height >= 0 && values.count == width * height, "a plane holds width × height values")
    self.width = width
    self.height = height
    self.values = values
  }

  /// - Parameter values: `width · height` values of another type, such as `Float`.
  public init<Value: BinaryFloatingPoint>(width: Int, height: Int, values: [Value]) {
    self.init(width: width, height: height, values: values.map { Double($0) })
  }
}
