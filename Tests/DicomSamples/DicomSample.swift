import Foundation

/// Writes small DICOM files byte by byte (explicit VR little endian), sharing nothing with DCMTK or the library.
package struct DicomSample {
  package var elements: [UInt32: (vr: String, bytes: [UInt8])] = [:]
  package var transferSyntax = "1.2.840.10008.1.2.1"

  package init() {}

  package static func even(_ bytes: [UInt8], padding: UInt8) -> [UInt8] {
    bytes.count % 2 == 0 ? bytes : bytes + [padding]
  }
  package static func little16(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }
  package static func little32(_ value: Int) -> [UInt8] { little16(value) + little16(value >> 16) }

  package mutating func set(_ tag: UInt32, _ vr: String, _ text: String) {
    elements[tag] = (vr, Self.even(Array(text.utf8), padding: vr == "UI" ? 0 : 0x20))
  }
  package mutating func set(_ tag: UInt32, _ vr: String, bytes: [UInt8]) {
    elements[tag] = (vr, Self.even(bytes, padding: 0))
  }
  package mutating func set(_ tag: UInt32, us values: Int...) { elements[tag] = ("US", values.flatMap(Self.little16)) }
  package mutating func set(_ tag: UInt32, ss values: Int...) { elements[tag] = ("SS", values.flatMap(Self.little16)) }
  package mutating func set(_ tag: UInt32, items: [DicomSample]) {
    elements[tag] = (
      "SQ",
      items.flatMap { item in
        let body = item.body
        return [0xFE, 0xFF, 0x00, 0xE0] + Self.little32(body.count) + body
      }
    )
  }
  package mutating func remove(_ tag: UInt32) { elements[tag] = nil }

  package var body: [UInt8] {
    elements.keys.sorted().flatMap { tag -> [UInt8] in
      let (vr, bytes) = elements[tag] ?? ("UN", [])
      let head = Self.little16(Int(tag >> 16)) + Self.little16(Int(tag & 0xFFFF)) + Array(vr.utf8)
      let isLong = ["OB", "OW", "OF", "SQ", "UN", "UT"].contains(vr)
      return head + (isLong ? [0, 0] + Self.little32(bytes.count) : Self.little16(bytes.count)) + bytes
    }
  }

  package var file: [UInt8] {
    var meta = DicomSample()
    meta.set(0x0002_0001, "OB", bytes: [0, 1])
    meta.set(0x0002_0002, "UI", bytes: elements[0x0008_0016]?.bytes ?? [])
    meta.set(0x0002_0003, "UI", bytes: elements[0x0008_0018]?.bytes ?? [])
    meta.set(0x0002_0010, "UI", transferSyntax)
    meta.set(0x0002_0012, "UI", "1.2.3.4.5")
    let bytes = meta.body
    var length = DicomSample()
    length.elements[0x0002_0000] = ("UL", Self.little32(bytes.count))
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + length.body + bytes + body
  }

  package func write(to url: URL) throws { try Data(file).write(to: url) }

  /// One slice of a small classic series. `k` decides position and content; sizes are unequal so that a transposition shows.
  package static func slice(
    _ k: Int, columns: Int = 7, rows: Int = 5, modality: String = "MR", position: [Double]? = nil,
    orientation: String = "1\\0\\0\\0\\1\\0", values: [Int]? = nil, series: String = "1.2.3.100", number: Int = 3
  ) -> DicomSample {
    var s = DicomSample()
    s.set(0x0008_0008, "CS", "ORIGINAL\\PRIMARY\\" + (modality == "CT" ? "AXIAL" : "M"))
    s.set(0x0008_0016, "UI", modality == "CT" ? "1.2.840.10008.5.1.4.1.1.2" : "1.2.840.10008.5.1.4.1.1.4")
    s.set(0x0008_0018, "UI", "\(series).\(k + 1)")
    s.set(0x0008_0020, "DA", "20010203")
    s.set(0x0008_0060, "CS", modality)
    s.set(0x0008_103E, "LO", "SAMPLE")
    s.set(0x0010_0010, "PN", "SECRET^NAME")
    s.set(0x0010_0020, "LO", "ID-SECRET")
    s.set(0x0010_0030, "DA", "19660606")
    s.set(0x0018_0050, "DS", "2.5")
    if modality == "MR" {
      s.set(0x0018_0020, "CS", "GR")
      s.set(0x0018_0021, "CS", "NONE")
      s.set(0x0018_0081, "DS", "3")
    }
    s.set(0x0020_000D, "UI", "1.2.3.1")
    s.set(0x0020_000E, "UI", series)
    s.set(0x0020_0010, "SH", "1")
    s.set(0x0020_0011, "IS", "\(number)")
    s.set(0x0020_0013, "IS", "\(100 - k)")
    let p = position ?? [-10, -20, 5 + 2.5 * Double(k)]
    s.set(0x0020_0032, "DS", p.map { "\($0)" }.joined(separator: "\\"))
    s.set(0x0020_0037, "DS", orientation)
    s.set(0x0020_0052, "UI", "1.2.3.2")
    s.set(0x0028_0002, us: 1)
    s.set(0x0028_0004, "CS", "MONOCHROME2")
    s.set(0x0028_0010, us: rows)
    s.set(0x0028_0011, us: columns)
    s.set(0x0028_0030, "DS", "0.8\\0.9")
    s.set(0x0028_0100, us: 16)
    s.set(0x0028_0101, us: 12)
    s.set(0x0028_0102, us: 11)
    s.set(0x0028_0103, us: 0)
    let stored = values ?? (0..<(rows * columns)).map { 100 * k + $0 }
    s.set(0x7FE0_0010, "OW", bytes: stored.flatMap(little16))
    return s
  }

  /// A folder of `count` slices whose names and numbers run against their positions.
  package static func series(_ count: Int, in folder: URL, edit: (Int, inout DicomSample) -> Void = { _, _ in }) throws
  {
    for k in 0..<count {
      var sample = slice(k)
      edit(k, &sample)
      try sample.write(to: folder.appendingPathComponent("z\(count - k)"))
    }
  }
}
