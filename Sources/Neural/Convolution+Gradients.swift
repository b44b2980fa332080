import Tensors

extension Convolution {
  /// Turns the gradient of a result into those of everything that made it:
  /// `out = scale · activation(z) + shift + weight₁ · residual₁ + weight₂ · residual₂`, `z = convolution(x) + bias`.
  func carryBack(_ gradients: Gradients, x: Tensor, out: Tensor, preactivation z: Tensor?, epilogue: Epilogue) {
    let engine = gradients.engine
    let arriving = gradients[out]
    if let first = epilogue.residual, gradients.wants(first.tensor) {
      engine.add(arriving, weight: first.weight, to: gradients[first.tensor])
    }
    if let second = epilogue.secondResidual, gradients.wants(second.tensor) {
      let target = gradients[second.tensor]
      for item in 0..<out.n {
        let source = second.items?[item] ?? item
        engine.add(arriving.items(item..<item + 1), weight: second.weight, to: target.items(source..<source + 1))
      }
    }
    if let shift = epilogue.shift, gradients.wants(shift) {
      engine.add(engine.pixelSums(arriving), to: gradients[shift])
    }
    let inner = engine.activationGradient(
      arriving, activation: epilogue.activation, scale: epilogue.scale, preactivation: z)
    gradients.add(engine.channelSums(inner), forParameter: bias.key)
    gradients.add(engine.weightGradient(geometry, input: x, gradient: inner), forParameter: weight.key)
    if gradients.wants(x) {
      let adjoint = packed.value(for: engine, backward: true) {
        PackedConvolution(
          geometry.adjoint.geometry, weight: geometry.adjointWeight(weight.values), bias: nil, for: engine)
      }
      engine.addInputGradient(inner, of: geometry, adjoint: adjoint, to: gradients[x])
    }
  }
}
