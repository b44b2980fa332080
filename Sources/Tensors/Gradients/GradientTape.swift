/// What a gradient belongs to, apart from the value it has at the moment. Copies of a parameter share it.
public final class GradientKey: Sendable {
  /// A key unlike all others.
  public init() {}
}

/// What a run of a network leaves behind so that its gradients can be computed.
///
/// Operations that run under an `Execution` with a tape record how to hand a gradient back; `backward` plays the records in reverse. Tensors are views,
/// so a gradient is kept per storage, in the same layout: the gradient of a range of channels is the same range of channels of the gradient, and
/// concatenation costs nothing here either. It follows that no value of a storage may be written twice while a tape runs.
///
/// `@unchecked Sendable`: a tape is used by one thread at a time, the one that runs the network.
public final class GradientTape: @unchecked Sendable {
  private struct Record {
    let output: Tensor
    let handBack: (GradientTape) -> Void
  }

  private let engine: Engine
  private var records: [Record] = []
  /// Records that still are to be played, by the storage they wrote into.
  private var writers: [ObjectIdentifier: Int] = [:]
  /// Gradients of intermediate storages.
  private var gradients: [ObjectIdentifier: TensorStorage] = [:]
  /// Gradients of parameters, each with its key, which keeps the identifier alive.
  private var parameters: [ObjectIdentifier: (key: GradientKey, gradient: Tensor)] = [:]

  /// An empty tape, whose backward pass runs on `engine`.
  public init(engine: Engine) { self.engine = engine }

  /// Whether `tensor` came out of a recorded operation, so that somebody wants its gradient.
  public func isTracked(_ tensor: Tensor) -> Bool { writers[ObjectIdentifier(tensor.storage)] != nil }

  /// Notes that `output` was computed, and how to hand its gradient back.
  public func record(_ output: Tensor, _ handBack: @escaping (GradientTape) -> Void) {
    writers[ObjectIdentifier(output.storage), default: 0] += 1
    records.append(Record(output: output, handBack: handBack))
  }

  /// The gradient of a tracked tensor, to be read or added to; zero at first.
  public func gradient(of tensor: Tensor) -> Tensor {
    let id = ObjectIdentifier(tensor.storage)
    let storage =
      gradients[id]
      ?? {
        let fresh = engine.tensor(n: 1, h: 1, w: 1, c: tensor.storage.count)
        engine.fillWithZeros(fresh)
        gradients[id] = fresh.storage
        return fresh.storage
      }()
    return Tensor(
      storage: storage, offset: tensor.offset, n: tensor.n, h: tensor.h, w: tensor.w, c: tensor.c,
      pixelStride: tensor.pixelStride)
  }

  /// The gradient of a parameter, flat in the parameter's own layout, to be added to; zero at first.
  func gradient(of key: GradientKey, count: Int) -> Tensor {
    if let found = parameters[ObjectIdentifier(key)] { return found.gradient }
    let fresh = engine.tensor(n: 1, h: 1, w: 1, c: count)
    engine.fillWithZeros(fresh)
    parameters[ObjectIdentifier(key)] = (key, fresh)
    return fresh
  }

  /// The gradient of a parameter, flat in the parameter's own layout; nil if it had no part in the run.
  public func gradient(of key: GradientKey) -> Tensor? { parameters[ObjectIdentifier(key)]?.gradient }

  /// Computes the gradients of all parameters that had a part in `output`, and forgets the run; what was saved for it is let go on the way.
  ///
  /// - Parameter gradient: of the loss by `output`, in its shape.
  public func backward(from output: Tensor, gradient: Tensor) {
    self.gradient(of: output).copy(from: gradient)
    while let record = records.popLast() {
      let id = ObjectIdentifier(record.output.storage)
      if gradients[id] != nil { record.handBack(self) }
      let left = (writers[id] ?? 1) - 1
      writers[id] = left == 0 ? nil : left
      if left == 0 { gradients[id] = nil }
    }
  }
}

extension Engine {
  /// Sets every value of a contiguous tensor to zero, on all threads.
  func fillWithZeros(_ tensor: Tensor) {
    let piece = 1 << 18
    concurrently((tensor.count + piece - 1) / piece) { index in
      let start = index * piece
      (tensor.pointer + start).update(repeating: 0, count: min(piece, tensor.count - start))
    }
  }
}
