import Tensors
import Testing

@Suite struct BufferPoolTests {
  @Test func whatIsLetGoIsTakenAgain() throws {
    let engine = try Engine(threads: 1)
    var address: UnsafeMutablePointer<Float>?
    do {
      let tensor = engine.tensor(n: 1, h: 100, w: 100, c: 3)
      tensor.fill(1)
      address = tensor.pointer
      #expect(engine.buffers.idleBytes == 0)
    }
    #expect(engine.buffers.idleBytes >= 4 * 30000)
    let again = engine.tensor(n: 3, h: 100, w: 95, c: 1)
    #expect(again.pointer == address)
    #expect(engine.buffers.idleBytes == 0)
  }

  @Test func releaseGivesEverythingBack() throws {
    let engine = try Engine(threads: 2)
    _ = engine.tensor(n: 1, h: 64, w: 64, c: 64)
    #expect(engine.buffers.idleBytes > 0)
    engine.releaseBuffers()
    #expect(engine.buffers.idleBytes == 0)
  }

  @Test func aTensorOutlivesItsEngine() throws {
    let tensor = try { () throws -> Tensor in
      let engine = try Engine(threads: 1)
      let tensor = engine.tensor(n: 1, h: 2, w: 2, c: 2)
      tensor.fill(4)
      return tensor
    }()
    #expect(tensor.values() == Array(repeating: 4, count: 8))
  }
}
