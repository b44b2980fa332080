/// What stands on a pickle's stack. Containers live in the machine's arena and are named by number: a value owns nothing, so that neither depth nor
/// cycles of a hostile pickle can exhaust the stack or leak.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case int(Int)
  /// More than 64 bits, little endian.
  case long([UInt8])
  case float(Double)
  case string(String)
  case bytes([UInt8])
  case global(PickleGlobal)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case storage(TorchStorage)
  case tensor(TorchTensor)

  var text: String? { if case .string(let text) = self { text } else { nil } }
  var integer: Int? { if case .int(let number) = self { number } else { nil } }
}

/// The names that the file of a state dictionary may mention. They are names: nothing is called.
enum PickleGlobal: Equatable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case size
  case storage(ElementType)

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", "Size"): self = .size
    case ("torch", _):
      guard let type = Self.storages[name] else { return nil }
      self = .storage(type)
    default: return nil
    }
  }

  private static let storages: [String: ElementType] = [
    "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "FloatStorage": .float32, "DoubleStorage": .float64,
    "BoolStorage": .bool, "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16, "IntStorage": .int32,
    "LongStorage": .int64,
  ]
}

/// Numbers of one type in one piece, somewhere in the file.
public struct TorchStorage: Equatable, Sendable {
  /// The name of its file in the archive.
  public let key: String
  /// Of one element.
  public let type: ElementType
  /// How many numbers.
  public let count: Int
}

/// A view of a storage.
public struct TorchTensor: Equatable, Sendable {
  /// Where its values lie.
  public let storage: TorchStorage
  /// Of the first number, counted in numbers.
  public let offset: Int
  /// Outermost dimension first.
  public let shape: [Int]
  /// Elements from one index to the next, along each dimension.
  public let strides: [Int]

  /// The product of the sizes.
  public var count: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

  /// Whether the numbers lie in the file in the order of the shape.
  var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// - Returns: nil, with the reason, where the view leaves its storage, or shows a number twice.
  static func checked(
    _ storage: TorchStorage, offset: Int, shape: [Int], strides: [Int]
  ) -> Result<TorchTensor, Problem> {
    guard shape.count == strides.count, shape.count <= 16 else {
      return .failure(Problem(text: "\(shape.count) sizes with \(strides.count) strides"))
    }
    guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      return .failure(Problem(text: "a negative size, stride or offset"))
    }
    if shape.contains(0) {
      return .success(TorchTensor(storage: storage, offset: 0, shape: shape, strides: strides))
    }
    var last = offset
    // Each dimension steps over all that the finer ones cover; so none is seen twice.
    var covered = 1
    for (size, stride) in zip(shape, strides).sorted(by: { ($0.1, $0.0) < ($1.1, $1.0) }) where size > 1 {
      guard stride >= covered else {
        return .failure(Problem(text: "overlapping strides \(strides) of shape \(shape)"))
      }
      let (reach, overflow) = stride.multipliedReportingOverflow(by: size - 1)
      let (end, beyond) = last.addingReportingOverflow(reach)
      guard !overflow, !beyond, end < storage.count else {
        return .failure(
          Problem(
            text: "shape \(shape) with strides \(strides) from \(offset) leaves its storage of \(storage.count) numbers"
          ))
      }
      last = end
      covered = reach + covered
    }
    guard last < storage.count else {
      return .failure(Problem(text: "offset \(offset) leaves its storage of \(storage.count) numbers"))
    }
    return .success(TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides))
  }

  struct Problem: Error { let text: String }
}
