/// Reads one pickle of a state dictionary without executing anything.
///
/// A pickle is a program for a stack machine (Python, `pickletools.py`). This one knows the opcodes and the names that `torch.save` uses for dictionaries of
/// tensors; any other opcode or name ends the reading with a sentence. "Calling" a name here means to note which view of which storage is meant.
struct PickleMachine {
  private let source: ByteSource
  /// The contents of tuples and lists, and of dictionaries, by number.
  private(set) var sequences: [[PickleValue]] = []
  private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var opcodes = 0
  /// Of every storage that was referred to.
  private(set) var storageTypes: [String: ElementType] = [:]
  /// A model of four hundred tensors with its optimiser's state takes some fifty thousand.
  private static let mostOpcodes = 2_000_000
  private static let longestText = 1 << 20

  private init(_ source: ByteSource) { self.source = source }

  /// Runs to the end of the pickle at the source's position.
  static func run(_ source: ByteSource) throws(TorchError) -> (result: PickleValue, machine: PickleMachine) {
    var machine = PickleMachine(source)
    while true {
      machine.opcodes += 1
      guard machine.opcodes <= mostOpcodes else {
        throw machine.refused("is a pickle of more than \(mostOpcodes) steps")
      }
      let opcode = try source.byte()
      if opcode == UInt8(ascii: ".") {
        guard let result = machine.stack.last, machine.stack.count == 1, machine.marks.isEmpty else {
          throw machine.malformed("is a pickle that ends with \(machine.stack.count) values")
        }
        return (result, machine)
      }
      try machine.execute(opcode)
    }
  }

  private func malformed(_ reason: String) -> TorchError {
    TorchError(.malformed, subject: source.path, reason: "\(reason) (at byte \(source.position))")
  }

  private func refused(_ reason: String) -> TorchError {
    TorchError(.refused, subject: source.path, reason: "\(reason) (at byte \(source.position)); nothing was executed")
  }

  // MARK: Opcodes

  private mutating func execute(_ opcode: UInt8) throws(TorchError) {
    switch opcode {
    case 0x80:  // PROTO
      let version = try source.byte()
      guard version <= 5 else { throw malformed("is a pickle of protocol \(version), up to 5 are known") }
    case 0x95:  // FRAME
      _ = try source.length(8)
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.int(Int(try source.byte())))
    case UInt8(ascii: "M"): stack.append(.int(Int(try source.number(2))))
    case UInt8(ascii: "J"): stack.append(.int(Int(Int32(truncatingIfNeeded: try source.number(4)))))
    case 0x8A: stack.append(Self.integer(try source.bytes(Int(try source.byte()))))  // LONG1
    case UInt8(ascii: "G"):  // BINFLOAT, big endian
      stack.append(.float(Double(bitPattern: try source.number(8).byteSwapped)))
    case UInt8(ascii: "X"): stack.append(.string(try text(source.length(4))))
    case 0x8C, UInt8(ascii: "U"): stack.append(.string(try text(Int(source.byte()))))
    case UInt8(ascii: "T"): stack.append(.string(try text(source.length(4))))
    case UInt8(ascii: "B"): stack.append(.bytes(try blob(source.length(4))))
    case UInt8(ascii: "C"): stack.append(.bytes(try blob(Int(source.byte()))))
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "}"): pushDictionary([])
    case UInt8(ascii: "]"): pushList([])
    case UInt8(ascii: ")"): pushTuple([])
    case UInt8(ascii: "t"): pushTuple(try toMark())
    case 0x85, 0x86, 0x87: pushTuple(try pop(Int(opcode) - 0x84))
    case UInt8(ascii: "a"): try append(pop(1))
    case UInt8(ascii: "e"): try append(toMark())
    case UInt8(ascii: "s"): try set(pop(2))
    case UInt8(ascii: "u"): try set(toMark())
    case UInt8(ascii: "q"): try remember(Int(source.byte()))
    case UInt8(ascii: "r"): try remember(Int(source.number(4)))
    case 0x94: try remember(memo.count)  // MEMOIZE
    case UInt8(ascii: "h"): try recall(Int(source.byte()))
    case UInt8(ascii: "j"): try recall(Int(source.number(4)))
    case UInt8(ascii: "c"): stack.append(.global(try global(line(), line())))
    case 0x93:  // STACK_GLOBAL
      let names = try pop(2)
      guard let module = names[0].text, let name = names[1].text else {
        throw malformed("names a global without a text")
      }
      stack.append(.global(try global(module, name)))
    case UInt8(ascii: "Q"): try loadStorage()
    case UInt8(ascii: "R"): try reduce()
    case UInt8(ascii: "b"):
      // A state dictionary carries versions of its modules along (_metadata): not needed.
      let object = try pop(2)[0]
      guard case .dictionary = object else { throw refused("sets the state of something that is no dictionary") }
      stack.append(object)
    default:
      let digits = String(opcode, radix: 16, uppercase: true)
      throw refused(
        "uses the pickle opcode 0x\(digits.count < 2 ? "0" : "")\(digits), which no dictionary of tensors needs")
    }
  }

  private func text(_ count: Int) throws(TorchError) -> String {
    guard count <= Self.longestText else { throw refused("holds a text of \(count) bytes") }
    guard let text = String(validating: try source.bytes(count), as: UTF8.self) else {
      throw malformed("holds a text that is not UTF-8")
    }
    return text
  }

  private func blob(_ count: Int) throws(TorchError) -> [UInt8] {
    guard count <= Self.longestText else { throw refused("holds \(count) bytes in one piece") }
    return try source.bytes(count)
  }

  private func line() throws(TorchError) -> String {
    var bytes: [UInt8] = []
    while bytes.count <= 256 {
      let byte = try source.byte()
      if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    throw malformed("names a global of more than 256 bytes")
  }

  private func global(_ module: String, _ name: String) throws(TorchError) -> PickleGlobal {
    guard let known = PickleGlobal(module: module, name: name) else {
      let shown = "\(module).\(name)".prefix(80).filter { $0.isASCII && !$0.isNewline }
      throw refused("names \(shown), which no dictionary of tensors needs")
    }
    return known
  }

  /// Little endian, two's complement.
  private static func integer(_ bytes: [UInt8]) -> PickleValue {
    guard bytes.count <= 8 else { return .long(bytes) }
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    var value: UInt64 = isNegative ? .max : 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    return .int(Int(Int64(bitPattern: value)))
  }

  // MARK: Stack and arena

  private mutating func pop(_ count: Int) throws(TorchError) -> [PickleValue] {
    let floor = marks.last ?? 0
    guard stack.count - floor >= count else { throw malformed("is a pickle that takes more than it has put down") }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func toMark() throws(TorchError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw malformed("is a pickle without the mark that it needs") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func pushTuple(_ values: [PickleValue]) {
    sequences.append(values)
    stack.append(.tuple(sequences.count - 1))
  }

  private mutating func pushList(_ values: [PickleValue]) {
    sequences.append(values)
    stack.append(.list(sequences.count - 1))
  }

  private mutating func pushDictionary(_ pairs: [(key: PickleValue, value: PickleValue)]) {
    dictionaries.append(pairs)
    stack.append(.dictionary(dictionaries.count - 1))
  }

  private mutating func append(_ values: [PickleValue]) throws(TorchError) {
    guard let target = stack.last, stack.count > (marks.last ?? 0), case .list(let number) = target else {
      throw malformed("appends to what is no list")
    }
    sequences[number] += values
  }

  private mutating func set(_ values: [PickleValue]) throws(TorchError) {
    guard let target = stack.last, stack.count > (marks.last ?? 0), case .dictionary(let number) = target,
      values.count % 2 == 0
    else { throw malformed("sets items of what is no dictionary") }
    for k in stride(from: 0, to: values.count, by: 2) { dictionaries[number].append((values[k], values[k + 1])) }
  }

  private mutating func remember(_ number: Int) throws(TorchError) {
    guard let value = stack.last, stack.count > (marks.last ?? 0) else { throw malformed("remembers nothing") }
    memo[number] = value
  }

  private mutating func recall(_ number: Int) throws(TorchError) {
    guard let value = memo[number] else { throw malformed("recalls what was not remembered") }
    stack.append(value)
  }

  // MARK: What torch.save writes

  /// `('storage', type, key, location, count[, view])`.
  private mutating func loadStorage() throws(TorchError) {
    let id = try pop(1)[0]
    guard case .tuple(let number) = id, sequences[number].count >= 5 else {
      throw refused("refers to something that is no storage of numbers")
    }
    let parts = sequences[number]
    guard parts[0] == .string("storage"), case .global(.storage(let type)) = parts[1], let key = parts[2].text,
      let count = parts[4].integer, parts.count == 5 || (parts.count == 6 && parts[5] == PickleValue.none)
    else { throw refused("refers to something that is no storage of numbers of a known type") }
    guard count >= 0, key.utf8.count <= 64 else { throw malformed("announces a storage of \(count) numbers") }
    guard storageTypes.updateValue(type, forKey: key).map({ $0 == type }) ?? true else {
      throw malformed("gives a storage two types")
    }
    stack.append(.storage(TorchStorage(key: key, type: type, count: count)))
  }

  private mutating func reduce() throws(TorchError) {
    let call = try pop(2)
    guard case .global(let global) = call[0], case .tuple(let number) = call[1] else {
      throw refused("calls something that is no known name")
    }
    let arguments = sequences[number]
    switch global {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw refused("makes an OrderedDict of other things than items that follow") }
      pushDictionary([])
    case .size:
      guard arguments.count == 1, case .tuple = arguments[0] else { throw malformed("makes a torch.Size of no tuple") }
      stack.append(arguments[0])
    case .rebuildParameter:
      guard let first = arguments.first, case .tensor = first else { throw malformed("makes a parameter of no tensor") }
      stack.append(first)
    case .rebuildTensor:
      guard arguments.count >= 4, case .storage(let storage) = arguments[0], let offset = arguments[1].integer,
        let shape = integers(arguments[2]), let strides = integers(arguments[3])
      else { throw malformed("rebuilds a tensor of something else than storage, offset, shape and strides") }
      switch TorchTensor.checked(storage, offset: offset, shape: shape, strides: strides) {
      case .success(let tensor): stack.append(.tensor(tensor))
      case .failure(let problem): throw refused("rebuilds a tensor with \(problem.text)")
      }
    case .storage: throw refused("calls the type of a storage")
    }
  }

  func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let number) = value else { return nil }
    let numbers = sequences[number].map(\.integer)
    return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
  }
}
