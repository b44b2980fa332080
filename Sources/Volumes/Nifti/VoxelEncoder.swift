/// Values to stored bytes, in this machine's byte order.
struct VoxelEncoder {
  var type: ScalarType
  /// Applied backwards for integers: `stored = round((value − intercept) / slope)`. Floats are stored as they are.
  var rescale: IntensityRescale = .identity

  func encode(_ values: [Double]) -> [UInt8] {
    switch type {
    case .uint8: integers(values, UInt8.self)
    case .int8: integers(values, Int8.self)
    case .uint16: integers(values, UInt16.self)
    case .int16: integers(values, Int16.self)
    case .uint32: integers(values, UInt32.self)
    case .int32: integers(values, Int32.self)
    case .uint64: integers(values, UInt64.self)
    case .int64: integers(values, Int64.self)
    case .float32: stored(values) { Float($0) }
    case .float64: stored(values) { $0 }
    }
  }

  @inline(__always)
  private func integers<T: FixedWidthInteger & BitwiseCopyable>(_ values: [Double], _: T.Type) -> [UInt8] {
    let range = type.range
    let (slope, intercept) = (rescale.slope, rescale.intercept)
    return stored(values) { value -> T in
      let number = value.isNaN ? 0 : value
      let scaled = ((number - intercept) / slope).rounded(.toNearestOrEven)
      return T(Swift.min(Swift.max(scaled, range.lowerBound), range.upperBound))
    }
  }

  @inline(__always)
  private func stored<T: BitwiseCopyable>(_ values: [Double], _ convert: (Double) -> T) -> [UInt8] {
    let width = MemoryLayout<T>.size
    return [UInt8](unsafeUninitializedCapacity: values.count * width) { out, initialised in
      let raw = UnsafeMutableRawBufferPointer(out)
      for index in values.indices {
        raw.storeBytes(of: convert(values[index]), toByteOffset: index * width, as: T.self)
      }
      initialised = values.count * width
    }
  }
}

/// Extremes and oddities of the values on their way to an integer type.
struct ValueTally {
  var smallest = Double.infinity
  var largest = -Double.infinity
  var notNumbers = 0
  var infinities = 0

  mutating func add(_ values: [Double]) {
    for value in values {
      if value.isFinite {
        smallest = min(smallest, value)
        largest = max(largest, value)
      } else if value.isNaN {
        notNumbers += 1
      } else {
        infinities += 1
      }
    }
  }

  /// The scaling to store these values by: `kept` where all fit the type, else a new one, and why.
  /// - Parameter isSingle: the header stores slope and intercept as 32-bit floats (NIfTI-1).
  func rescale(keeping kept: IntensityRescale, for type: ScalarType, isSingle: Bool) -> (
    rescale: IntensityRescale, findings: [VolumeFinding]
  ) {
    var findings: [VolumeFinding] = []
    if notNumbers > 0 {
      findings.append(.warning("\(notNumbers) values are NaN, which \(type.rawValue) cannot hold: written as 0"))
    }
    if infinities > 0 {
      findings.append(
        .warning("\(infinities) values are infinite, which \(type.rawValue) cannot hold: written as its extremes"))
    }
    let range = type.range
    func fit(_ scaling: IntensityRescale) -> Bool {
      [smallest, largest].allSatisfy {
        range.contains((($0 - scaling.intercept) / scaling.slope).rounded(.toNearestOrEven))
      }
    }
    guard smallest <= largest, !fit(kept) else { return (kept, findings) }
    // Steps of 1 / (number of steps) of the range, a hair wider so that rounding to 32 bits leaves both ends inside.
    let steps = range.upperBound - range.lowerBound
    var slope = (largest / steps - smallest / steps) * (1 + 1e-6)
    if isSingle { slope = Double(Float(slope)) }
    if !(slope > 0) || !slope.isFinite { slope = 1 }
    var chosen: IntensityRescale
    repeat {
      var intercept = smallest / 2 + largest / 2 - slope * ((range.lowerBound + range.upperBound) / 2)
      if isSingle { intercept = Double(Float(intercept)) }
      chosen = IntensityRescale(slope: slope, intercept: intercept)
      // Far from 0 the intercept itself is rounded by more than a step: wider steps, until both ends are inside.
      slope *= 2
    } while !fit(chosen) && slope < 1e300
    findings.append(
      .warning(
        "values from \(smallest) to \(largest) do not fit \(type.rawValue) with the input's scaling: "
          + "new scl_slope \(chosen.slope), scl_inter \(chosen.intercept)"))
    return (chosen, findings)
  }
}
