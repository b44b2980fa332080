/// How one voxel is stored: a real number of fixed width.
public enum ScalarType: String, CaseIterable, Sendable {
  /// Whole numbers without and with a sign, and IEEE 754 numbers, by their bits.
  case uint8, int8, uint16, int16, uint32, int32, uint64, int64, float32, float64

  /// Bytes per voxel.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// Whether only whole numbers can be stored.
  public var isInteger: Bool { self != .float32 && self != .float64 }

  /// Smallest and largest value, as doubles (for 64-bit integers the nearest double **inside** the range).
  public var range: ClosedRange<Double> {
    switch self {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65535
    case .int16: -32768...32767
    case .uint32: 0...4_294_967_295
    case .int32: -2_147_483_648...2_147_483_647
    case .uint64: 0...18_446_744_073_709_549_568
    case .int64: -9_223_372_036_854_775_808...9_223_372_036_854_774_784
    case .float32: -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)
    case .float64: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    }
  }
}

/// Stored number to value: `value = stored · slope + intercept`.
public struct IntensityRescale: Equatable, Sendable {
  /// Value per stored unit.
  public var slope: Double
  /// The value of a stored 0.
  public var intercept: Double

  /// value = slope · stored + intercept.
  public init(slope: Double, intercept: Double) {
    self.slope = slope
    self.intercept = intercept
  }

  /// Stored numbers are values.
  public static let identity = IntensityRescale(slope: 1, intercept: 0)
  /// Whether stored numbers are values.
  public var isIdentity: Bool { self == .identity }
}

/// What the values of a volume are counted in.
public enum IntensityUnit: Equatable, Sendable, CustomStringConvertible {
  /// The format does not say, or there is none (MR signal).
  case arbitrary
  /// Hounsfield units.
  case hounsfield
  /// Any other, by its name.
  case named(String)

  public var description: String {
    switch self {
    case .arbitrary: "arbitrary"
    case .hounsfield: "HU"
    case .named(let name): name
    }
  }
}

/// What made the pictures, where the format says so.
public enum Modality: String, Sendable {
  /// Nothing says it.
  case unknown
  /// Magnetic resonance, in arbitrary units.
  case mr
  /// Computed tomography, in Hounsfield units.
  case ct
  /// Anything else.
  case other
}
