/// Stored bytes to values: byte order, type, then `stored · slope + intercept` in double precision.
struct VoxelDecoder {
  var type: ScalarType
  var isSwapped: Bool
  var rescale: IntensityRescale

  func decode(_ bytes: UnsafeRawBufferPointer) -> [Double] {
    switch type {
    case .uint8: integers(bytes, UInt8.self)
    case .int8: integers(bytes, Int8.self)
    case .uint16: integers(bytes, UInt16.self)
    case .int16: integers(bytes, Int16.self)
    case .uint32: integers(bytes, UInt32.self)
    case .int32: integers(bytes, Int32.self)
    case .uint64: integers(bytes, UInt64.self)
    case .int64: integers(bytes, Int64.self)
    case .float32: converted(bytes, UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: converted(bytes, UInt64.self) { Double(bitPattern: $0) }
    }
  }

  @inline(__always)
  private func integers<T: FixedWidthInteger & BitwiseCopyable>(_ bytes: UnsafeRawBufferPointer, _: T.Type) -> [Double]
  {
    converted(bytes, T.self) { Double($0) }
  }

  @inline(__always)
  private func converted<T: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _: T.Type, _ convert: (T) -> Double
  ) -> [Double] {
    let width = MemoryLayout<T>.size
    let count = bytes.count / width
    let (slope, intercept) = (rescale.slope, rescale.intercept)
    let isPlain = rescale.isIdentity
    return [Double](unsafeUninitializedCapacity: count) { out, initialised in
      for index in 0..<count {
        var stored = bytes.loadUnaligned(fromByteOffset: index * width, as: T.self)
        if isSwapped { stored = stored.byteSwapped }
        let value = convert(stored)
        out.initializeElement(at: index, to: isPlain ? value : value * slope + intercept)
      }
      initialised = count
    }
  }
}
