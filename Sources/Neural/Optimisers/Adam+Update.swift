import CKernels
import Foundation
import Tensors

extension Adam {
  /// Improves `network` by one update.
  ///
  /// - Parameters:
  ///   - network: whose parameters, those with a gradient on the tape, are changed.
  ///   - path: what stands before the names under which states are kept.
  ///   - rate: the learning rate of this update.
  /// - Returns: the norm of all gradients together, before clipping. If it is not finite, nothing was changed.
  public mutating func update(
    _ network: inout some Parameterized, under path: String = "", from tape: GradientTape, rate: Double,
    on engine: Engine
  ) -> Double {
    var squares = 0.0
    for (_, parameter) in network.namedParameters(under: path) {
      if let gradient = tape.gradient(of: parameter.gradientKey) { squares += engine.sumOfSquares(gradient) }
    }
    let norm = squares.squareRoot()
    guard norm.isFinite else { return norm }
    updates += 1
    var job = ck_adam()
    job.gradient_scale = Float(settings.largestNorm.map { min(1, $0 / (norm + 1e-6)) } ?? 1)
    job.beta1 = Float(settings.beta1)
    job.beta2 = Float(settings.beta2)
    job.step = Float(rate / (1 - pow(settings.beta1, Double(updates))))
    job.second_correction = Float(1 / (1 - pow(settings.beta2, Double(updates))).squareRoot())
    job.epsilon = Float(settings.epsilon)
    switch settings.weightDecay {
    case .none: break
    case .coupled(let decay): job.coupled_decay = Float(decay)
    case .decoupled(let decay): job.decay = Float(rate * decay)
    }
    if let decay = settings.averageDecay {
      job.average_share = Float(1 - min(decay, Double(updates) / Double(updates + 9)))
    }
    network.forEachParameter(under: path) { name, parameter in
      guard let gradient = tape.gradient(of: parameter.gradientKey) else { return }
      let count = parameter.values.count
      precondition(gradient.count == count, "a gradient has the shape of its parameter")
      var state =
        states.removeValue(forKey: name)
        ?? State(
          first: Array(repeating: 0, count: count), second: Array(repeating: 0, count: count),
          average: settings.averageDecay == nil ? [] : parameter.values)
      parameter.values.withUnsafeMutableBufferPointer { weight in
        state.first.withUnsafeMutableBufferPointer { first in
          state.second.withUnsafeMutableBufferPointer { second in
            state.average.withUnsafeMutableBufferPointer { average in
              job.weight = weight.baseAddress
              job.first = first.baseAddress
              job.second = second.baseAddress
              job.average = average.isEmpty ? nil : average.baseAddress
              job.gradient = UnsafePointer(gradient.pointer)
              engine.apply(job, count: count)
            }
          }
        }
      }
      states[name] = state
    }
    return norm
  }
}

/// An update on its way to the team. `@unchecked Sendable`: pieces are disjoint, and the pointers outlive the call.
private struct AdamPieces: @unchecked Sendable {
  let job: ck_adam
  let kernel: @convention(c) (UnsafePointer<ck_adam>?, Int) -> Void

  func run(from start: Int, count: Int) {
    var piece = job
    piece.weight += start
    piece.first += start
    piece.second += start
    piece.gradient += start
    if job.average != nil { piece.average += start }
    kernel(&piece, count)
  }
}

extension Engine {
  fileprivate func apply(_ job: ck_adam, count: Int) {
    guard let kernel = gradientTable.pointee.adam else { return }
    let pieces = AdamPieces(job: job, kernel: kernel)
    let piece = 1 << 15
    concurrently((count + piece - 1) / piece) { pieces.run(from: $0 * piece, count: min(piece, count - $0 * piece)) }
  }
}
