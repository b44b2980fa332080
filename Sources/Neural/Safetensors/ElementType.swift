/// How a number is stored in a safetensors file. The raw value is the name in the file.
public enum ElementType: String, Sendable, CaseIterable {
  /// One byte, 0 or 1 (`BOOL`).
  case bool = "BOOL"
  /// `U8`.
  case uint8 = "U8"
  /// `I8`.
  case int8 = "I8"
  /// `I16`.
  case int16 = "I16"
  /// `U16`.
  case uint16 = "U16"
  /// IEEE 754 half precision (`F16`).
  case float16 = "F16"
  /// The upper half of a single (`BF16`).
  case bfloat16 = "BF16"
  /// `I32`.
  case int32 = "I32"
  /// `U32`.
  case uint32 = "U32"
  /// IEEE 754 single precision (`F32`).
  case float32 = "F32"
  /// IEEE 754 double precision (`F64`).
  case float64 = "F64"
  /// `I64`.
  case int64 = "I64"
  /// `U64`.
  case uint64 = "U64"

  /// Bytes of one number.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether it holds fractions.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }
}

// Bit arithmetic, so that the conversion is the same on every processor and needs no compiler runtime.
extension Float {
  /// The value of an IEEE 754 binary16; exact.
  package init(binary16 bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case 31: self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The value of a bfloat16; exact.
  package init(bfloat16 bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }

  /// The nearest binary16, ties to even; too large becomes infinite.
  package var binary16: UInt16 {
    let bits = bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    if magnitude < 0x3880_0000 {  // below 2⁻¹⁴: counted in steps of 2⁻²⁴
      return sign | UInt16((Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven))
    }
    let rounded = magnitude + 0xFFF + (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: rounded >> 13 - 112 << 10)
  }

  /// The nearest bfloat16, ties to even.
  package var bfloat16: UInt16 {
    if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) >> 16)
  }
}
