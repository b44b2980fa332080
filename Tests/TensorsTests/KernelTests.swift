import CKernels
import Tensors
import Testing

/// Every variant of every kernel against the portable one, at sizes that fill no vector, with guards around what is written.
@Suite struct KernelTests {
  static let variants = KernelSet.allCases.filter { $0.isAvailable }

  @Test func thisMachineHasPortableKernels() {
    #expect(KernelSet.portable.isAvailable && KernelSet.best.isAvailable)
  }

  @Test(arguments: variants, [1, 3, 7, 8, 15, 16, 17, 31, 33, 100])
  func mishIsExactToRounding(set: KernelSet, count: Int) throws {
    let table = try #require(set.table)
    var x = (0..<count).map { -100 + 130 * Float($0) / Float(max(count - 1, 1)) }
    x[0] = -3.25
    var out = [Float](repeating: 777, count: count + 32)
    out.withUnsafeMutableBufferPointer { table.pointee.mish(x, $0.baseAddress! + 16, count) }
    for i in 0..<count {
      let expected = Reference.mish(Double(x[i]))
      #expect(abs(Double(out[16 + i]) - expected) <= 4e-7 * abs(expected) + 2e-36, "mish(\(x[i]))")
    }
    #expect(out[..<16].allSatisfy { $0 == 777 } && out[(16 + count)...].allSatisfy { $0 == 777 })
  }

  /// Rows beyond the last are not touched, and each row is the same whatever the number of rows.
  @Test(arguments: variants, [1, 2, 5, 6, 7, 13, 14, 15, 28, 31])
  func productMatchesItsDefinition(set: KernelSet, rows: Int) throws {
    let table = try #require(set.table)
    for (depth, columns) in [(16, 16), (48, 32), (32, 48), (64, 80)] {
      var numbers = Numbers(UInt64(rows * depth + columns))
      let a = numbers.values(rows * depth)
      let b = numbers.values(depth * columns)
      // Groups of 16 of k, `rows + 2` rows each.
      let group = (rows + 2) * 16
      var packedA = [Float](repeating: .nan, count: depth / 16 * group)
      for r in 0..<rows { for k in 0..<depth { packedA[k / 16 * group + r * 16 + k % 16] = a[r * depth + k] } }
      var packedB = [Float](repeating: 0, count: depth * columns)
      ck_pack_panels(b, Int32(depth), Int32(columns), Int32(depth), Int32(columns), table.pointee.panel_width, &packedB)
      let ldc = columns + 3
      var c = [Float](repeating: 777, count: (rows + 1) * ldc)
      for accumulate in [Int32(0), 1] {
        packedA.withUnsafeBufferPointer { a in
          packedB.withUnsafeBufferPointer { b in
            c.withUnsafeMutableBufferPointer { c in
              var product = ck_product(
                m: Int32(rows), n: Int32(columns), k: Int32(depth), a: a.baseAddress, row_stride: 16,
                group_stride: group, b: b.baseAddress, ldb: 0, c: c.baseAddress, ldc: ldc, accumulate: accumulate)
              table.pointee.product(&product)
            }
          }
        }
      }
      for r in 0..<rows {
        for n in 0..<columns {
          let sum = (0..<depth).reduce(0.0) { $0 + Double(a[r * depth + $1]) * Double(b[$1 * columns + n]) }
          #expect(abs(Double(c[r * ldc + n]) - 2 * sum) < 2e-5)
        }
        #expect(c[(r * ldc + columns)..<(r + 1) * ldc].allSatisfy { $0 == 777 })
      }
      #expect(c[(rows * ldc)...].allSatisfy { $0 == 777 })
    }
  }

  @Test(arguments: variants, [1, 5, 8, 16, 19, 40])
  func inputTransformMatchesThePortableOne(set: KernelSet, channels: Int) throws {
    var numbers = Numbers(UInt64(channels))
    let tiles = 3
    let width = 4 * tiles + 2
    let image = numbers.values(6 * width * channels)
    let zeros = [Float](repeating: 0, count: channels)
    var columns = (0..<width).map { Int32($0 * channels) }
    columns[width - 1] = -1
    func transformed(_ set: KernelSet, points: Int32) throws -> [Float] {
      let table = try #require(set.table)
      let groups = (channels + 15) / 16
      let plane = tiles * groups * 16 + 16
      var out = [Float](repeating: 777, count: 36 * plane)
      image.withUnsafeBufferPointer { image in
        columns.withUnsafeBufferPointer { columns in
          zeros.withUnsafeBufferPointer { zeros in
            out.withUnsafeMutableBufferPointer { out in
              let row = { (i: Int) in image.baseAddress.map { $0 + i * width * channels } }
              var run = ck_tile_run(
                rows: (row(0), row(1), row(2), row(3), nil, row(5)), columns: columns.baseAddress,
                zeros: zeros.baseAddress, tiles: Int32(tiles), channels: Int32(channels), has_zeros: 1,
                points: points, out: out.baseAddress, plane: plane, group_stride: tiles * 16, tile_stride: 16)
              table.pointee.winograd_input(&run)
            }
          }
        }
      }
      return out
    }
    for points in [Int32(5), 6] {
      let expected = try transformed(.portable, points: points)
      let found = try transformed(set, points: points)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })
      #expect(zip(found, expected).allSatisfy { ($0 == 777) == ($1 == 777) })
    }
  }
}
