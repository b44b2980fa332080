#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Marks of an axis at round numbers, with their text.
package struct Ticks: Equatable {
  package var values: [Double]
  package var labels: [String]

  /// Multiples of 1, 2 or 5 times a power of ten inside the range, near `count` of them.
  package static func linear(from low: Double, to high: Double, about count: Int) -> Ticks {
    let span = high - low
    guard span > 0, span.isFinite, low.isFinite, count > 0 else { return Ticks(values: [], labels: []) }
    let raw = span / Double(count)
    let power = pow(10, floor(log10(raw)))
    guard power > 0, power.isFinite else { return Ticks(values: [], labels: []) }
    let step = ([1, 2, 5, 10].first { $0 * power >= raw * 0.75 } ?? 10) * power
    // Beyond 2^52 steps from zero neighbouring ticks are the same number.
    guard abs(low / step) < 1e15, abs(high / step) < 1e15 else { return Ticks(values: [], labels: []) }
    let first = Int((low / step - 1e-9).rounded(.up))
    let last = Int((high / step + 1e-9).rounded(.down))
    guard first <= last else { return Ticks(values: [], labels: []) }
    let values = (first...last).map { Double($0) * step }
    return Ticks(
      values: values, labels: values.map { NumberText.aligned($0, step: step, largest: max(abs(low), abs(high))) })
  }

  /// Powers of ten inside the range, thinned to about `count`; 2 and 5 times them where fewer than two decades are shown.
  package static func logarithmic(from low: Double, to high: Double, about count: Int) -> Ticks {
    guard low > 0, high > low, high.isFinite else { return Ticks(values: [], labels: []) }
    let first = Int((log10(low) - 1e-9).rounded(.up))
    let last = Int((log10(high) + 1e-9).rounded(.down))
    if last - first < 2 {
      let candidates = (first - 1...max(last, first - 1)).flatMap { e in [1.0, 2, 5].map { $0 * pow(10, Double(e)) } }
      let inside = candidates.filter { $0 >= low * (1 - 1e-9) && $0 <= high * (1 + 1e-9) }
      if inside.count >= 2 { return Ticks(values: inside, labels: inside.map(NumberText.short)) }
      return linear(from: low, to: high, about: count)
    }
    let stride = max((last - first + count) / max(count, 1), 1)
    let exponents = Swift.stride(from: first, through: last, by: stride)
    return Ticks(values: exponents.map { pow(10, Double($0)) }, labels: exponents.map(NumberText.power))
  }
}

/// Numbers as a figure writes them, with a true minus sign.
package enum NumberText {
  /// As many decimals as the step between ticks needs; powers of ten beyond what is easily read.
  static func aligned(_ value: Double, step: Double, largest: Double) -> String {
    if value == 0 { return "0" }
    if largest >= 1e6 || largest < 1e-3 {
      return scientific(value, digits: max(Int((log10(abs(value)) + 1e-9).rounded(.down)) - exponent(of: step), 0))
    }
    return fixed(value, decimals: max(-exponent(of: step), 0))
  }

  /// Up to four significant digits, without trailing zeros.
  package static func short(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "n/a" : value < 0 ? "−∞" : "∞" }
    if value == 0 { return "0" }
    let e = exponent(of: value)
    if e >= 6 || e < -4 {
      // Two digits that are both zero say nothing.
      let mantissa = abs(value) / pow(10, Double(e))
      return scientific(value, digits: abs(mantissa.rounded() - mantissa) < 0.005 ? 0 : 2)
    }
    var text = fixed(value, decimals: min(max(3 - e, 0), 8))
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text
  }

  /// 10 with a raised exponent.
  static func power(_ exponent: Int) -> String {
    switch exponent {
    case 0: "1"
    case 1: "10"
    case 2: "100"
    default: "10" + raised(exponent)
    }
  }

  /// A number with exactly `decimals` digits behind the point, rounded half away from zero. For |value|·10^decimals < 2^53.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let scale = pow(10, Double(decimals))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return scientific(value, digits: 2) }
    let whole = Int(scaled)
    let unit = Int(scale)
    let sign = value < 0 && whole != 0 ? "−" : ""
    if decimals == 0 { return "\(sign)\(whole)" }
    let rest = String(whole % unit)
    return "\(sign)\(whole / unit).\(String(repeating: "0", count: decimals - rest.count))\(rest)"
  }

  private static func scientific(_ value: Double, digits: Int) -> String {
    var e = exponent(of: value)
    var mantissa = value / pow(10, Double(e))
    // Below the smallest normal power of ten the quotient is no number; nothing in a figure is that small.
    guard mantissa.isFinite else { return "0" }
    if abs(mantissa) >= 9.9999999995 {
      mantissa /= 10
      e += 1
    }
    let text = fixed(mantissa, decimals: min(digits, 4))
    switch text {
    case "1": return "10\(raised(e))"
    case "−1": return "−10\(raised(e))"
    default: return "\(text)·10\(raised(e))"
    }
  }

  private static func exponent(of value: Double) -> Int {
    value == 0 || !value.isFinite ? 0 : Int((log10(abs(value)) + 1e-9).rounded(.down))
  }

  private static func raised(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let text = String(abs(exponent)).compactMap { $0.wholeNumberValue.map { String(digits[$0]) } }.joined()
    return (exponent < 0 ? "⁻" : "") + text
  }
}
