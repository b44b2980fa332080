import Diffusion
import Neural
import Tensors

/// The exact noise predictor of data whose every value is r ~ N(mean, deviation²); a condition holds both.
struct GaussianPredictor: NoisePredictor {
  struct Condition {
    var mean: [Float]
    var deviation: [Float]
  }

  let schedule: NoiseSchedule

  func predictNoise(in noisy: Tensor, steps: [Int], conditions: [Condition], conditionIndex: [Int]) -> Tensor {
    let result = Tensor(n: noisy.n, h: noisy.h, w: noisy.w, c: noisy.c)
    let size = noisy.h * noisy.w * noisy.c
    for item in 0..<noisy.n {
      let alpha = schedule.cumulativeAlphas[steps[item]]
      let condition = conditions[conditionIndex[item]]
      for i in 0..<size {
        let mean = Double(condition.mean[i % condition.mean.count])
        let variance =
          Double(condition.deviation[i % condition.deviation.count])
          * Double(condition.deviation[i % condition.deviation.count])
        let x = Double(noisy.pointer[item * size + i])
        // ε = (x − √ᾱ·E[r|x]) / √(1 − ᾱ), with the cancelling terms taken out by hand.
        let root = alpha.squareRoot()
        result.pointer[item * size + i] = Float(
          (1 - alpha).squareRoot() * (x - root * mean) / (alpha * variance + 1 - alpha))
      }
    }
    return result
  }
}

extension Tensor {
  /// All values of a contiguous tensor.
  var flat: [Float] { (0..<count).map { pointer[$0] } }
}
