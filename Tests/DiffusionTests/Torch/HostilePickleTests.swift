import Foundation
import Neural
import Testing

private typealias P = PickleBytes

/// What a stranger may put into a checkpoint ends with one sentence, whatever it is, and nothing of it runs.
@Suite struct HostilePickleTests {
  private func refusal(_ bytes: [UInt8]) -> String {
    do {
      _ = try P.open(bytes)
      return ""
    } catch { return "\(error)" }
  }

  private func byte(_ character: Unicode.Scalar) -> UInt8 { UInt8(ascii: character) }

  @Test func theseFilesAreSoundWithoutTheirFault() throws {
    let body = P.dictionary("w", P.tensor(shape: [2, 2], strides: [2, 1], count: 4))
    #expect(try P.open(P.legacy(body)) == ["": ["w": [0, 0, 0, 0]]])
    #expect(try P.open(P.archive(body)) == ["": ["w": [0, 0, 0, 0]]])
    // Across: the columns lie one after another.
    #expect(try P.open(P.archive(P.dictionary("w", P.tensor(shape: [2, 2], strides: [1, 2], count: 4)))).count == 1)
  }

  @Test func codeIsNamedAndRefused() {
    let command = P.text("touch /tmp/residua-was-here")
    let call = { (module: String, name: String) in
      P.global(module, name) + P.tuple(command) + [self.byte("R")]
    }
    for (module, name) in [
      ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "exec"), ("subprocess", "Popen"),
      ("torch", "load"), ("torch._utils", "_rebuild_device_tensor_from_numpy"), ("numpy.core.multiarray", "scalar"),
      ("collections", "Counter"),
    ] {
      for file in [P.legacy(call(module, name)), P.archive(call(module, name))] {
        let said = refusal(file)
        #expect(said.contains("\(module).\(name)") && said.contains("nothing was executed"), "\(said)")
      }
    }
    let stacked = P.text("os") + P.text("system") + [0x93] + P.tuple(command) + [byte("R")]
    #expect(refusal(P.legacy(stacked)).contains("os.system"))
    #expect(!FileManager.default.fileExists(atPath: "/tmp/residua-was-here"))
  }

  @Test(arguments: [
    0x69, 0x6F, 0x81, 0x92, 0x82, 0x83, 0x84, 0x50, 0x97, 0x98, 0x49, 0x4C, 0x46, 0x53, 0x56, 0x64, 0x6C, 0x30, 0x32,
    0x8F, 0xFF,
  ])
  func opcodesThatNoDictionaryNeeds(code: Int) {
    let digits = String(code, radix: 16, uppercase: true)
    let said = refusal(P.legacy([UInt8(code)] + P.text("x")))
    #expect(said.contains("opcode 0x\(digits)"), "\(said)")
  }

  @Test func depthAndCyclesEnd() {
    // What ends them is the storage that `legacy` lists and nobody refers to: they were read to their end.
    func isReadToItsEnd(_ said: String) -> Bool { said.contains("lists a storage that nothing refers to") }
    var deep = [byte(")")]
    deep += [UInt8](repeating: 0x85, count: 900_000)
    #expect(isReadToItsEnd(refusal(P.legacy(P.dictionary("x", deep)))))
    // A list in a list in a list, from the outside in: [ … each appended to the one before.
    var chain: [UInt8] = [byte("]"), byte("q"), 0]
    for k in 0..<200_000 {
      let (outer, inner) = (UInt8(k % 2), UInt8((k + 1) % 2))
      chain += [byte("]"), byte("q"), inner, byte("("), byte("h"), outer, byte("h"), inner, byte("a"), byte("t")]
    }
    chain += [byte("N"), byte("q"), 9]
    #expect(!refusal(P.legacy(chain)).isEmpty)
    let cycle: [UInt8] = [byte("}"), byte("q"), 0] + P.text("self") + [byte("h"), 0, byte("s")]
    #expect(isReadToItsEnd(refusal(P.legacy(cycle))))
    let listCycle: [UInt8] = [byte("]"), byte("q"), 0, byte("h"), 0, byte("a")]
    #expect(isReadToItsEnd(refusal(P.legacy(listCycle))))
    // Dictionaries within dictionaries are followed a few levels only.
    let nested =
      (0..<20_000).flatMap { _ in [byte("}")] + P.text("a") } + [byte("N")]
      + [UInt8](repeating: byte("s"), count: 20_000)
    #expect(isReadToItsEnd(refusal(P.legacy(nested))))
    #expect(refusal(P.legacy([UInt8](repeating: byte("N"), count: 2_100_000))).contains("more than 2000000 steps"))
  }

  @Test func claimsBeyondTheFile() {
    #expect(refusal(P.legacy([byte("X")] + P.number(0xFFFF_FFFF, 4))).contains("announces 4294967295 bytes"))
    #expect(refusal(P.legacy([byte("X")] + P.number(2 << 20, 4))).contains("announces"))
    let big = P.dictionary("w", P.tensor(shape: [1 << 40], strides: [1], count: 1 << 40))
    #expect(refusal(P.legacy(big)).contains("cut short or made up"))
    #expect(refusal(P.archive(big)).contains("cut short or made up"))
    let small = P.dictionary("w", P.tensor(shape: [4], strides: [1], count: 4))
    #expect(refusal(P.legacy(small, claims: 1 << 60)).contains("cut short"))
    #expect(refusal(P.legacy(small, claims: -1)).contains("cut short"))
    #expect(refusal(P.legacy(small, claims: 3)).contains("cut short or made up"))
    #expect(refusal(P.legacy(small, keys: [])).contains("cut short or made up"))
    #expect(refusal(P.legacy(small, keys: ["0", "0"])).contains("twice"))
    #expect(refusal(P.legacy(small, keys: ["0", "1"])).contains("nothing refers to"))
  }

  @Test func viewsThatLeaveTheirStorageOrOverlap() {
    for (shape, strides, offset, part) in [
      ([5], [1], 0, "leaves its storage"), ([4], [1], 1, "leaves its storage"), ([1], [1], 4, "leaves its storage"),
      ([4], [0], 0, "overlapping strides"), ([2, 2], [1, 1], 0, "overlapping strides"), ([2], [-1], 1, "negative"),
      ([-1], [1], 0, "negative"), ([1], [1], -1, "negative"), ([2], [1, 1], 0, "strides"),
      ([Int.max, 2], [1, Int.max], 0, "leaves its storage"), ([2, 2, 2], [1, 1 << 62, 1 << 62], 0, "its storage"),
    ] {
      let said = refusal(
        P.legacy(P.dictionary("w", P.tensor(shape: shape, strides: strides, offset: offset, count: 4))))
      #expect(said.contains(part), "\(shape) \(strides) \(offset): \(said)")
    }
    #expect(
      refusal(P.legacy(P.dictionary("w", P.tensor(shape: [Int.max, Int.max, 0], strides: [1, 1, 1], count: 4)))).isEmpty
    )
  }

  @Test func brokenPickles() {
    for body: [UInt8] in [
      [], [byte("R")], [byte("s")], [byte("a")], [byte("u")], [byte("t")], [0x87], [byte("h"), 7],
      [byte("j"), 1, 0, 0, 0],
      [byte("q"), 0], [byte("Q")], [byte("("), byte("b")], P.text("x") + [byte("Q")],
      [byte("}"), byte("}"), byte("}")],
      [byte("}"), byte("("), byte("K"), 1, byte("u")], P.global("torch", "FloatStorage") + [byte(")"), byte("R")],
      P.global("collections", "OrderedDict") + P.tuple([byte("]")]) + [byte("R")], [0x80, 77],
    ] { #expect(!refusal(P.legacy(body)).isEmpty, "\(body)") }
    let whole = P.legacy(P.dictionary("w", P.tensor(shape: [4], strides: [1], count: 4)))
    for length in 0..<whole.count { #expect(!refusal(Array(whole.prefix(length))).isEmpty, "\(length)") }
    #expect(refusal(Array("a letter to the editor".utf8)).contains("neither of the two forms"))
    #expect(refusal(P.pickle([byte("}")])).contains("magic number"))
  }

  @Test func brokenArchives() {
    let body = P.dictionary("w", P.tensor(shape: [4], strides: [1], count: 4))
    func said(_ change: (inout [P.ZipEntry]) -> Void) -> String { refusal(P.archive(body, change: change)) }
    #expect(said { $0[2].method = 8 }.contains("compressed"))
    #expect(said { $0[2].flags = 1 }.contains("encrypted"))
    #expect(said { $0[2].name = "/etc/passwd" }.contains("could lead out"))
    #expect(said { $0[2].name = "archive/../../x" }.contains("could lead out"))
    #expect(said { $0[2].name = "archive//0" }.contains("could lead out"))
    #expect(said { $0[2].name = "archive\\0" }.contains("could lead out"))
    #expect(said { $0[3].name = "archive/byteorder" }.contains("two entries"))
    #expect(said { $0[3].offset = 0 }.contains("overlaps"))
    #expect(said { $0[2].size = 1 << 30 }.contains("outside") || said { $0[2].size = 1 << 30 }.contains("beyond"))
    #expect(said { $0[2].offset = 0x7FFF_FFFF }.contains("outside"))
    #expect(said { $0[2].checksum = 1 }.contains("damaged"))
    #expect(said { $0[0].checksum = 1 }.contains("damaged"))
    #expect(said { $0[1].bytes = Array("big".utf8) }.contains("big-endian"))
    #expect(said { $0[3].name = "archive/constants.pkl" }.contains("TorchScript"))
    #expect(said { $0.removeFirst() }.contains("data.pkl is missing"))
    #expect(said { $0[3] = P.ZipEntry(name: "other/data.pkl", bytes: []) }.contains("data.pkl"))
    #expect(said { $0.remove(at: 2) }.contains("0 bytes"))
    let whole = P.archive(body)
    for length in 0..<whole.count { #expect(!refusal(Array(whole.prefix(length))).isEmpty, "\(length)") }
  }

  /// Files of PyTorch's own with bytes changed at random: every one is read or refused. RESIDUA_MUTATIONS asks for more (Tests/Fuzz/torch.sh).
  @Test(arguments: ["published.ckpt", "colour.pt"]) func mutatedFilesEndWithASentence(name: String) throws {
    let count = ProcessInfo.processInfo.environment["RESIDUA_MUTATIONS"].flatMap { Int($0) } ?? 400
    let whole = [UInt8](try Data(contentsOf: TorchCheckpointTests.url(name)))
    let small =
      name.hasSuffix("pt")
      ? P.archive(P.dictionary("w", P.tensor(shape: [2, 2], strides: [2, 1], count: 4)))
      : P.legacy(P.dictionary("w", P.tensor(shape: [2, 2], strides: [2, 1], count: 4)))
    var random = SplitMix(state: 20_261_124)
    var read = 0
    for round in 0..<count {
      // Mostly the small file: it is dense with what can be wrong.
      var bytes = round % 8 == 0 ? whole : small
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        case 3 where bytes.count > 8: bytes.remove(at: at)
        case 4:
          let length = Int.random(in: 1...min(16, bytes.count - at), using: &random)
          bytes.insert(contentsOf: bytes[at..<at + length], at: Int.random(in: 0...bytes.count, using: &random))
        default: bytes[at] = [0, 0x7F, 0x80, 0xFF, 0x52, 0x28, 0x74, 0x68].randomElement(using: &random)!
        }
      }
      if name.hasSuffix("pt"), round % 2 == 0 { Self.mendChecksum(&bytes) }
      if (try? P.open(bytes)) != nil { read += 1 }
    }
    #expect(read < count)
  }

  /// Puts the right checksum for a changed pickle into the directory, so that changes get past it.
  private static func mendChecksum(_ bytes: inout [UInt8]) {
    func number(_ at: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | (at + $1 < bytes.count ? Int(bytes[at + $1]) << (8 * $1) : 0) }
    }
    var at = bytes.count - 46
    while at > 0 {
      if bytes[at] == 0x50, number(at, 4) == 0x0201_4B50 {
        let (size, local) = (number(at + 24, 4), number(at + 42, 4))
        let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
        if local < bytes.count, start <= bytes.count, size <= bytes.count - start {
          bytes.replaceSubrange(
            at + 16..<at + 20, with: P.number(Int(Checksum.crc32(Array(bytes[start..<start + size]))), 4))
        }
      }
      at -= 1
    }
  }
}

/// Vigna's SplitMix64: the same numbers everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
