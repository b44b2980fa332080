/// Remembers what a run computed, so that gradients can be carried back through it.
///
/// Every operation that runs with a tape records how to turn the gradient of its result into those of its operands. A gradient has the shape of the
/// memory it belongs to: views of one storage, such as the halves of a concatenation, share one gradient storage, and concatenation needs no step of
/// its own. This asks that each value of a storage is written once during a run, which all operations here do.
///
/// `@unchecked Sendable`: a tape belongs to one run, and a run to one thread at a time.
public final class Tape: @unchecked Sendable {
  private var steps: [(Gradients) -> Void] = []
  private var tracked: Set<ObjectIdentifier> = []
  /// Keeps tracked storages alive, so that no identity is used twice.
  private var storages: [TensorStorage] = []

  public init() {}

  /// Asks for the gradient of `tensor`, which no recorded operation made: an input.
  public func track(_ tensor: Tensor) {
    if tracked.insert(ObjectIdentifier(tensor.storage)).inserted { storages.append(tensor.storage) }
  }

  /// Whether a gradient of `tensor` is wanted.
  public func tracks(_ tensor: Tensor) -> Bool { tracked.contains(ObjectIdentifier(tensor.storage)) }

  /// Records an operation that made `result`. `back` reads the gradient of `result` and adds to those of its operands.
  public func record(_ result: Tensor, back: @escaping (Gradients) -> Void) {
    track(result)
    steps.append(back)
  }

  /// Carries gradients back through everything recorded, last first. The tape is empty afterwards: what it held is let go as soon as it has been used.
  ///
  /// - Parameter seeds: results, each with the gradient of a scalar with respect to it.
  public func gradients(of seeds: [(result: Tensor, gradient: Tensor)], engine: Engine) -> Gradients {
    let gradients = Gradients(tape: self, engine: engine)
    for (result, gradient) in seeds { engine.add(gradient, to: gradients[result]) }
    while let step = steps.popLast() { step(gradients) }
    return gradients
  }
}

/// The gradients of one run: of tensors by their memory, of parameters by their key.
public final class Gradients {
  public let engine: Engine
  private let tape: Tape
  private var storages: [ObjectIdentifier: TensorStorage] = [:]
  private var parameters: [ObjectIdentifier: [Float]] = [:]

  init(tape: Tape, engine: Engine) {
    self.tape = tape
    self.engine = engine
  }

  /// The gradient of `tensor`, to read or to add to: zeros until something was added.
  public subscript(tensor: Tensor) -> Tensor {
    let key = ObjectIdentifier(tensor.storage)
    let storage: TensorStorage
    if let found = storages[key] {
      storage = found
    } else {
      storage = TensorStorage(count: tensor.storage.count, from: engine.buffers)
      storage.pointer.update(repeating: 0, count: storage.count)
      storages[key] = storage
    }
    return Tensor(
      storage: storage, offset: tensor.offset, n: tensor.n, h: tensor.h, w: tensor.w, c: tensor.c,
      pixelStride: tensor.pixelStride)
  }

  /// Whether a gradient of `tensor` is wanted.
  public func wants(_ tensor: Tensor) -> Bool { tape.tracks(tensor) }

  /// Adds to the gradient of the parameter with this key.
  public func add(_ values: [Float], forParameter key: some AnyObject) {
    let id = ObjectIdentifier(key)
    guard var sum = parameters.removeValue(forKey: id) else {
      parameters[id] = values
      return
    }
    for i in sum.indices { sum[i] += values[i] }
    parameters[id] = sum
  }

  /// The gradient of the parameter with this key, in the layout of its values; nil if the run did not use it.
  public func values(forParameter key: some AnyObject) -> [Float]? { parameters[ObjectIdentifier(key)] }
}
