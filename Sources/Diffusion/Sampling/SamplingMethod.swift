/// How a step of reverse diffusion goes from x_t to an earlier x.
///
/// All methods first estimate the clean residual, r̂ = clamp(√(1/ᾱ_t)·x_t − √(1/ᾱ_t − 1)·ε̂, −1, 1), and differ in what they make of it.
/// Below, ᾱ is that of the present step, ᾱ' that of the next one in the plan (1 at the end).
public enum SamplingMethod: Sendable, Hashable {
  /// Ancestral sampling: Ho, Jain, Abbeel, "Denoising diffusion probabilistic models", 2020, equations 6–7 and algorithm 2. With fewer than
  /// T steps, β is respaced to 1 − ᾱ/ᾱ' as in Nichol and Dhariwal, 2021, equation 19; the network still sees the original t.
  case ddpm
  /// Song, Meng, Ermon, "Denoising diffusion implicit models", 2021, equations 12 and 16:
  /// x' = √ᾱ'·r̂ + √(1 − ᾱ' − σ²)·ε + σ·z, σ = η·√((1 − ᾱ')/(1 − ᾱ))·√(1 − ᾱ/ᾱ'), with the ε that belongs to the clamped r̂.
  /// η = 0 is deterministic, η = 1 is `ddpm`.
  case ddim(eta: Double)
  /// DPM-Solver++(2M): Lu, Zhou, Bao, Chen, Li, Zhu, 2022 (arXiv 2211.01095), algorithm 2. Deterministic, of second order in
  /// λ = ln(√ᾱ/√(1 − ᾱ)): with h = λ' − λ, q = h_before/h and D = (1 + 1/(2q))·r̂ − 1/(2q)·r̂_before,
  /// x' = √((1 − ᾱ')/(1 − ᾱ))·x − √ᾱ'·(e^{−h} − 1)·D. The first and the last step are of first order (D = r̂).
  case dpmpp2m
  /// SDE-DPM-Solver++(2M): the same paper, section 5 ("SDE-DPM-Solver++(2M)"), for the diffusion SDE. With h, q and D as above,
  /// x' = √((1 − ᾱ')/(1 − ᾱ))·e^{−h}·x + √ᾱ'·(1 − e^{−2h})·D + √(1 − ᾱ')·√(1 − e^{−2h})·z. Fresh noise as in `ddpm`, which it is with D = r̂, but
  /// of second order in λ: few steps shrink the spread of the samples less.
  case sdedpmpp2m
  /// A method of the caller's own, by its name: `SamplingPlan.init(schedule:named:visiting:coefficients:)` makes its plans.
  case custom(String)

  /// For people and records.
  public var name: String {
    switch self {
    case .ddpm: "ddpm"
    case .ddim(let eta): eta == 0 ? "ddim" : "ddim, η = \(eta)"
    case .dpmpp2m: "dpmpp2m"
    case .sdedpmpp2m: "sdedpmpp2m"
    case .custom(let name): "custom, \(name)"
    }
  }
}

/// Which of the T steps a plan visits when it visits fewer than all.
public enum StepSpacing: String, Sendable, Hashable, CaseIterable {
  /// Evenly in t, from the first to the last.
  case uniform
  /// Evenly in λ, half the logarithm of the signal-to-noise ratio: more steps at both ends.
  case logSNR
}

/// A sampling that cannot be planned or that went wrong.
public struct SamplingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable {
    /// More steps than there are, a step that does not exist, an η outside of 0…1, coefficients that are no numbers.
    case impossiblePlan
    /// The network gave values that are not finite.
    case diverged
  }

  /// What went wrong, for programs.
  public let code: Code
  /// What it is about.
  public let subject: String
  /// What was expected and found, and what to do.
  public let reason: String

  /// Made of a code, what it is about, and a reason that says what to do.
  public init(_ code: Code, subject: String, reason: String) {
    self.code = code
    self.subject = subject
    self.reason = reason
  }

  public var description: String { "\(subject): \(reason)" }
}
