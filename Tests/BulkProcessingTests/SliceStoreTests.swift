import BulkProcessing
import Foundation
import SuperResolution
import Testing

@Suite struct SliceStoreTests {
  let ledger: TemporaryLedger
  let folder: URL

  init() throws {
    ledger = try TemporaryLedger()
    folder = ledger.folder.root.appendingPathComponent("work/x")
  }

  private let slice = KeptSlice(
    estimate: [1.5, -0.0, .nan, .infinity, 1e-310, .pi], mean: [1, 2, 3, 4, 5, 6],
    deviation: [0, 1, 2, 3, 4, 1.0 / 3], samples: [[0, 0, 0, 0, 0, 1], [9, 8, 7, 6, 5, 4]])

  private func bits(_ slice: KeptSlice?) -> [[UInt64]] {
    guard let slice else { return [] }
    return ([slice.estimate, slice.mean ?? [], slice.deviation ?? []] + slice.samples).map { $0.map(\.bitPattern) }
  }

  @Test func comesBackToTheLastBit() throws {
    let store = try SliceStore(folder)
    store.keep(slice, 3, frame: 1)
    let plain = KeptSlice(estimate: [1, 2], deviation: nil, samples: [])
    store.keep(plain, 4, frame: 1)
    let later = try SliceStore(folder)
    #expect(bits(later.kept(3, frame: 1)) == bits(slice))
    #expect(later.kept(4, frame: 1) == plain)
    #expect(later.kept(3, frame: 0) == nil && later.kept(13, frame: 1) == nil)
    #expect(later.restored == 2 && later.computed == 0 && store.computed == 2)
  }

  @Test func whatIsDamagedIsComputedAgain() throws {
    let store = try SliceStore(folder)
    store.keep(slice, 0, frame: 0)
    let file = folder.appendingPathComponent("0-0.slice")
    let whole = try Data(contentsOf: file)
    for position in [0, 20, 70, whole.count - 1] {
      var damaged = whole
      damaged[position] ^= 1
      try damaged.write(to: file)
      #expect(store.kept(0, frame: 0) == nil)
    }
    for length in [0, 16, 60, whole.count - 8] {
      try whole.prefix(length).write(to: file)
      #expect(store.kept(0, frame: 0) == nil)
    }
    try whole.write(to: file)
    #expect(store.kept(0, frame: 0) != nil)
  }

  @Test func aFullDiskEndsTheKeepingAlone() throws {
    let store = try SliceStore(folder)
    try FileManager.default.removeItem(at: folder)
    store.keep(slice, 0, frame: 0)
    store.keep(slice, 1, frame: 0)
    #expect(store.computed == 2 && store.refusal?.contains("are not kept from here on") == true)
  }
}
