import CNifti

/// A NIfTI header as it stands in the file, in this machine's byte order, unjudged.
final class NiftiRawHeader {
  private let handle: OpaquePointer
  let version: Int
  let isSwapped: Bool
  let isPair: Bool

  /// nil where the bytes do not begin with a NIfTI header.
  init?(_ bytes: [UInt8]) {
    var (swapped, pair): (Int32, Int32) = (0, 0)
    let kind = bytes.withUnsafeBufferPointer { cnifti_kind_of($0.baseAddress, $0.count, &swapped, &pair) }
    guard kind == cnifti_kind_nifti1 || kind == cnifti_kind_nifti2,
      let made = bytes.withUnsafeBufferPointer({ cnifti_raw_create($0.baseAddress, $0.count) })
    else { return nil }
    handle = made
    version = kind == cnifti_kind_nifti1 ? 1 : 2
    isSwapped = swapped != 0
    isPair = pair != 0
  }

  deinit { cnifti_raw_free(handle) }

  var headerBytes: Int { version == 1 ? 348 : 540 }
  var hasWholeMagic: Bool { cnifti_raw_magic_is_whole(handle) != 0 }
  var sizeField: Int { Int(cnifti_raw_size_field(handle)) }

  func number(_ field: cnifti_number_field, _ index: Int = 0) -> Double {
    cnifti_raw_number(handle, field, Int32(index))
  }
  func integer(_ field: cnifti_integer_field, _ index: Int = 0) -> Int {
    Int(cnifti_raw_integer(handle, field, Int32(index)))
  }

  /// nifticlib's reading of it; nil where nifticlib refuses. For headers whose sizes, type and numbers have been checked.
  func interpreted() -> NiftiImageHandle? { cnifti_image_from_raw(handle).map(NiftiImageHandle.init) }
}

/// nifticlib's `nifti_image`, without voxels.
final class NiftiImageHandle {
  private let handle: OpaquePointer

  fileprivate init(_ handle: OpaquePointer) { self.handle = handle }

  /// An empty one, to be filled for writing; nil where memory is out.
  init?() {
    guard let made = cnifti_image_create() else { return nil }
    handle = made
  }

  deinit { cnifti_image_free(handle) }

  func number(_ field: cnifti_number_field, _ index: Int = 0) -> Double {
    cnifti_image_number(handle, field, Int32(index))
  }
  func integer(_ field: cnifti_integer_field, _ index: Int = 0) -> Int {
    Int(cnifti_image_integer(handle, field, Int32(index)))
  }

  /// A text field up to its first zero; control characters become spaces, since the text ends up on terminals.
  func text(_ field: cnifti_text_field) -> String {
    var buffer = [CChar](repeating: 0, count: 81)
    cnifti_image_text(handle, field, &buffer, buffer.count)
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  func set(_ field: cnifti_number_field, _ index: Int = 0, to value: Double) {
    cnifti_image_set_number(handle, field, Int32(index), value)
  }
  func set(_ field: cnifti_integer_field, _ index: Int = 0, to value: Int) {
    cnifti_image_set_integer(handle, field, Int32(index), Int64(value))
  }
  func set(_ field: cnifti_text_field, to text: String) { cnifti_image_set_text(handle, field, text) }

  /// False where nifticlib does not take it.
  func add(_ item: NiftiFields.Extension) -> Bool {
    guard let count = Int32(exactly: item.bytes.count), let code = Int32(exactly: item.code) else { return false }
    return item.bytes.withUnsafeBufferPointer { cnifti_image_add_extension(handle, code, $0.baseAddress, count) } == 0
  }

  /// Header, extension flag and extensions, as they stand before the voxels; nil where nifticlib refuses.
  func encoded(version: Int, pair: Bool) -> [UInt8]? {
    var count = 0
    guard let block = cnifti_image_encode(handle, Int32(version), pair ? 1 : 0, &count) else { return nil }
    defer { cnifti_free(block) }
    return Array(UnsafeBufferPointer(start: block, count: count))
  }
}
