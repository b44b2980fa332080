import Foundation
import Neural
import Testing

/// A file in a folder of its own that goes with the test.
final class ScratchFile {
  let url: URL
  init(_ bytes: [UInt8]) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("residua-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    url = folder.appendingPathComponent("file.safetensors")
    try Data(bytes).write(to: url)
  }
  deinit { try? FileManager.default.removeItem(at: url.deletingLastPathComponent()) }
}

private func littleEndian(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

private func file(_ header: String, data: Int = 0, claiming: UInt64? = nil) throws -> ScratchFile {
  let json = Array(header.utf8)
  return try ScratchFile(littleEndian(claiming ?? UInt64(json.count)) + json + [UInt8](repeating: 0, count: data))
}

private func problems(_ header: String, data: Int = 0, claiming: UInt64? = nil) throws -> [String] {
  let scratch = try file(header, data: data, claiming: claiming)
  do {
    _ = try SafetensorsFile(contentsOf: scratch.url)
    return []
  } catch { return error.problems }
}

@Suite struct SafetensorsFileTests {
  /// PyTorch's own writer made these files (COMMANDS beside them), in F16, F32 and BF16.
  @Test(arguments: ["tiny-x2", "tiny-x3", "tiny-x4", "tiny-x2-golden"])
  func readsWhatTheReferenceWrote(_ name: String) throws {
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("DiffusionTests/Golden/\(name).safetensors")
    let file = try SafetensorsFile(contentsOf: golden)
    #expect(file.entries.values.map { $0.count * $0.type.byteCount }.reduce(0, +) < file.byteCount)
    for name in file.names where file.entries[name]!.type.isFloatingPoint {
      let values = try file.floats(name)
      #expect(values.count == file.entries[name]!.count && values.allSatisfy { $0.isFinite })
    }
    if name == "tiny-x2-golden" {
      #expect(try file.integers("t") == [7, 50])
      #expect(file.entries["noise"]?.shape == [101, 1, 1, 16, 24])
    }
  }

  @Test func writesAndReadsBack() throws {
    var writer = SafetensorsWriter(metadata: ["b": "\"quoted\" \n\u{1}", "a": "ü"])
    let values: [Float] = [0, -0.0, 1, -2.5, 65504, 1e9, 6e-8, 3.1415927, .infinity, 0.333333]
    writer.add("z", shape: [2, 5], values: values)
    writer.add("half", shape: [10], values: values, as: .float16)
    writer.add("brain", shape: [10], values: values, as: .bfloat16)
    writer.add("double", shape: [10, 1], values: values, as: .float64)
    writer.add("steps", shape: [3], integers: [0, -1, Int.max])
    writer.add("nothing", shape: [0, 7], values: [])
    writer.add("single", shape: [], values: [4])
    let scratch = try ScratchFile([])
    try writer.write(to: scratch.url)
    let file = try SafetensorsFile(contentsOf: scratch.url)
    #expect(file.metadata == writer.metadata)
    #expect(try file.floats("z").map(\.bitPattern) == values.map(\.bitPattern))
    #expect(try file.doubles("double") == values.map(Double.init))
    #expect(try file.integers("steps") == [0, -1, Int.max])
    #expect(try file.floats("nothing") == [] && file.floats("single") == [4])
    #expect(try file.floats("half") == values.map { Float(Float16($0)) })
    #expect(file.entries.values.allSatisfy { $0.bytes.lowerBound % $0.type.byteCount == 0 })
    #expect(throws: SafetensorsError.self) { try file.floats("steps") }
    #expect(throws: SafetensorsError.self) { try file.integers("z") }
    #expect(throws: SafetensorsError.self) { try file.floats("absent") }
  }

  @Test func orderOfAddingChangesNoByte() {
    var one = SafetensorsWriter(metadata: ["x": "1", "y": "2"])
    one.add("a", shape: [1], values: [1])
    one.add("b", shape: [1], values: [2], as: .float16)
    var two = SafetensorsWriter(metadata: ["y": "2", "x": "1"])
    two.add("b", shape: [1], values: [2], as: .float16)
    two.add("a", shape: [1], values: [1])
    #expect(one.encoded() == two.encoded())
  }

  @Test func everyHalfSurvives() {
    for bits in UInt16.min...UInt16.max {
      let value = Float(binary16: bits)
      let expected = Float(Float16(bitPattern: bits))
      #expect(value.isNaN == expected.isNaN)
      if !expected.isNaN { #expect(value.bitPattern == expected.bitPattern && value.binary16 == bits) }
      let brain = Float(bfloat16: bits)
      if !brain.isNaN { #expect(brain.bfloat16 == bits) }
    }
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Float(bitPattern: 0x3300_0000 &+ UInt32(truncatingIfNeeded: state >> 33) % 0x1500_0000)
      #expect(value.binary16 == Float16(value).bitPattern)
    }
  }

  // MARK: Hostile files

  @Test func hostileLengths() throws {
    for size in 0..<8 {
      let scratch = try ScratchFile([UInt8](repeating: 1, count: size))
      #expect(throws: SafetensorsError.self) { try SafetensorsFile(contentsOf: scratch.url) }
    }
    #expect(try problems("{}", claiming: 3)[0].contains("claims 3 bytes, but only 2"))
    #expect(try problems("{}", claiming: UInt64.max)[0].contains("truncated"))
    #expect(try problems("{}", claiming: 1 << 63)[0].contains("truncated"))
    #expect(try problems("{}") == [])
  }

  @Test func eachFaultIsNamed() throws {
    func one(_ dtype: String, _ shape: String, _ offsets: String, data: Int) throws -> String {
      try problems(#"{"w":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#, data: data)
        .joined(separator: " | ")
    }
    #expect(try one("F32", "[2]", "[0,8]", data: 8) == "")
    #expect(try one("F12", "[2]", "[0,8]", data: 8).contains("unknown type"))
    #expect(try one("F32", "[3]", "[0,8]", data: 8).contains("takes 12 bytes, but data_offsets span 8"))
    #expect(try one("F32", "[2]", "[0,8]", data: 7).contains("beyond the file"))
    #expect(try one("F32", "[2]", "[8,0]", data: 8).contains("end (0) before they begin (8)"))
    #expect(try one("F32", "[2]", "[-8,0]", data: 8).contains("-8, which is no size"))
    #expect(try one("F32", "[2.5]", "[0,8]", data: 8).contains("2.5, which is no size"))
    #expect(try one("F32", "[2]", "[0,8,9]", data: 8).contains("two numbers"))
    #expect(try one("F32", "[2]", "[0,99999999999999999999999]", data: 8).contains("no size"))
    #expect(try one("F32", "[4294967296,4294967296]", "[0,8]", data: 8).contains("more values than memory"))
    #expect(try one("F64", "[2305843009213693951,2]", "[0,8]", data: 8).contains("more values than memory"))
    #expect(try one("F32", "[0,9223372036854775807,9223372036854775807]", "[0,0]", data: 0).contains("more values"))
    #expect(try one("F32", "[2]", "[0,8]", data: 12).contains("4 bytes after w belong to no tensor"))
    #expect(try one("F32", "[2]", "[4,12]", data: 12).contains("4 bytes between the header and w"))
    #expect(try one("F32", "\"x\"", "null", data: 0).contains("shape is missing"))
    let dimensions = [String](repeating: "1", count: 40).joined(separator: ",")
    #expect(try one("F32", "[\(dimensions)]", "[0,4]", data: 4).contains("more than 32"))
  }

  @Test func allFaultsInOneError() throws {
    let header = #"""
      {"__metadata__":{"a":1,"b":"x","b":"y"},
       "one":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
       "one":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
       "two":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},
       "three":{"dtype":"C64","shape":[2],"data_offsets":[12,20]},
       "four":7, "five":{"dtype":"F32","shape":[1],"data_offsets":[12,16],"extra":1}}
      """#
    let found = try problems(header, data: 20).joined(separator: "\n")
    for part in [
      "\"one\" 2 times", "\"b\" 2 times", "\"a\" should be a text", "two: its bytes overlap those of one",
      "three: unknown type \"C64\"", "four: should be an object", "five: unknown field \"extra\"",
    ] { #expect(found.contains(part), "\(part) in \(found)") }
  }

  @Test(arguments: [
    "", "[", "{", "[]", "7", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":01}", "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\u+123\"}",
    "{} {}", "{\"a\":tru}", "{\"a\":-}", "{\"a\":1e}", "{\"a\":\"\u{7}\"}", "{'a':1}", "nul", "{\"a\":[1 2]}",
  ])
  func badJSON(_ text: String) throws {
    #expect(try problems(text).count == 1)
  }

  @Test func boundlessJSON() throws {
    #expect(try problems(String(repeating: "[", count: 100_000))[0].contains("nested deeper"))
    #expect(try problems(String(repeating: "{\"a\":", count: 100_000))[0].contains("nested deeper"))
    let many = "[" + String(repeating: "0,", count: 2_100_000) + "0]"
    #expect(try problems(many)[0].contains("more than 2000000 values"))
    let scratch = try ScratchFile(littleEndian(2) + [0xC3, 0x28])
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(contentsOf: scratch.url) }
    let invalid = try ScratchFile(littleEndian(8) + Array("{\"".utf8) + [0xC3, 0x28] + Array("\":1}".utf8))
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(contentsOf: invalid.url) }
  }

  /// Cut and flipped copies of a real file either load or give a sentence; none may trap.
  @Test func damagedCopies() throws {
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("DiffusionTests/Golden/tiny-x3.safetensors")
    let original = [UInt8](try Data(contentsOf: source))
    var state: UInt64 = 7
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<1 + random(4) { bytes[random(16_000)] = UInt8(random(256)) }
      if random(3) == 0 { bytes.removeLast(1 + random(bytes.count - 1)) }
      let scratch = try ScratchFile(bytes)
      let outcome = Result { () throws(SafetensorsError) in
        let file = try SafetensorsFile(contentsOf: scratch.url)
        for name in file.names where file.entries[name]!.type.isFloatingPoint { _ = try file.floats(name) }
      }
      if case .failure(let error) = outcome { #expect(!error.problems.isEmpty) }
    }
  }

  @Test func whatIsNoFile() throws {
    let folder = FileManager.default.temporaryDirectory
    #expect { try SafetensorsFile(contentsOf: folder) } throws: { "\($0)".contains("is a folder") }
    #expect { try SafetensorsFile(contentsOf: folder.appendingPathComponent("absent-\(UUID())")) } throws: {
      "\($0)".contains("no such file")
    }
    let pipe = folder.appendingPathComponent("residua-pipe-\(UUID())")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    defer { try? FileManager.default.removeItem(at: pipe) }
    #expect { try SafetensorsFile(contentsOf: pipe) } throws: { "\($0)".contains("not a regular file") }
  }
}
