import CNifti

/// A NIfTI header that has passed all checks.
///
/// The raw fields are judged first, since nifticlib repairs some oddities without a word, prints about others, and trusts sizes.
/// Only then is nifticlib asked, and its reading is what is used.
struct NiftiHeader {
  var volume: VolumeHeader
  /// Bytes from the start of the file with the voxels to the first voxel.
  let dataOffset: Int
  /// Bytes of all voxels; the product is known not to overflow.
  let dataBytes: Int
  let headerBytes: Int
  let isSwapped: Bool
  let isPair: Bool

  /// - Parameters:
  ///   - bytes: the start of the file, unpacked; 540 bytes or as many as there are.
  ///   - subject: the file, for messages.
  /// - Throws: one `VolumeError` that names all problems.
  init(_ bytes: [UInt8], subject: String) throws {
    guard let raw = NiftiRawHeader(bytes) else {
      throw VolumeError(.notAVolume, subject: subject, reason: "does not begin with a NIfTI header")
    }
    var problems = NiftiProblems()
    var findings: [VolumeFinding] = []
    try NiftiHeader.refuseForeign(raw, subject: subject)

    let grid = NiftiGrid(raw, problems: &problems, findings: &findings)
    let offset = NiftiHeader.dataOffset(raw, problems: &problems, findings: &findings)
    NiftiHeader.checkForms(raw, problems: &problems)
    if let error = problems.error(subject: subject) { throw error }
    guard let grid, let offset, let image = raw.interpreted() else {
      throw VolumeError(.corrupt, subject: subject, reason: "nifticlib cannot make sense of its header")
    }

    var fields = NiftiHeader.fields(raw, image, grid: grid, findings: &findings)
    let geometry = NiftiHeader.geometry(raw, image, fields: &fields, problems: &problems, findings: &findings)
    if let error = problems.error(subject: subject) { throw error }
    guard let geometry else {
      throw VolumeError(.geometry, subject: subject, reason: "its header states no usable position of the voxels")
    }
    NiftiHeader.compareForms(geometry, size: grid.size, raw: raw, fields: fields, findings: &findings)

    let acquired = NiftiHeader.acquiredAxis(size: grid.size, geometry: geometry, sliceDimension: fields.sliceDimension)
    let step = grid.frameShape.isEmpty ? nil : fields.frameSteps.first
    volume = VolumeHeader(
      size: grid.size, frames: grid.frames, geometry: geometry, acquiredAxis: acquired.axis,
      acquiredAxisReason: acquired.reason, frameShape: grid.frameShape,
      frameStep: step.flatMap { $0.isFinite && $0 > 0 ? $0 : nil },
      frameUnit: FrameUnit(niftiCode: image.integer(cnifti_time_units)), storedType: grid.type,
      rescale: NiftiHeader.rescale(raw, findings: &findings), description: image.text(cnifti_descrip),
      format: raw.version == 1 ? .nifti1 : .nifti2, nifti: fields, findings: findings)
    dataOffset = offset
    dataBytes = grid.bytes
    headerBytes = raw.headerBytes
    isSwapped = raw.isSwapped
    isPair = raw.isPair
  }

  /// Contents that a NIfTI file can hold and that are no volume of slices.
  private static func refuseForeign(_ raw: NiftiRawHeader, subject: String) throws {
    let intent = raw.integer(cnifti_intent_code)
    let found: String
    switch intent {
    case 3000...3099:
      found = "is a CIFTI file (intent \(intent)): values on surfaces and in structures, not a volume of slices"
    case 1008, 1009, 2001, 2002:
      found = "holds a surface or values on one (intent \(intent)), not a volume of slices"
    case 2003, 2004:
      found = "holds colours (intent \(intent), RGB or RGBA); pass a volume of one number per voxel"
    default: return
    }
    throw VolumeError(.unsupported, subject: subject, reason: found)
  }
}

/// What stands against a file, gathered so that one error tells all of it.
struct NiftiProblems {
  private var found: [(code: VolumeError.Code, text: String)] = []

  mutating func add(_ code: VolumeError.Code, _ text: String) { found.append((code, text)) }

  func error(subject: String) -> VolumeError? {
    found.first.map { first in
      VolumeError(first.code, subject: subject, reason: found.map(\.text).joined(separator: "; and "))
    }
  }
}

/// Sizes and type of the voxels, checked.
struct NiftiGrid {
  var size: (Int, Int, Int)
  var frameShape: [Int]
  var frames: Int
  var type: ScalarType
  var bytes: Int

  init?(_ raw: NiftiRawHeader, problems: inout NiftiProblems, findings: inout [VolumeFinding]) {
    let code = raw.integer(cnifti_datatype)
    let type = ScalarType(niftiCode: code)
    if type == nil { problems.add(.unsupported, ScalarType.niftiRefusal(code)) }

    let rank = raw.integer(cnifti_dim, 0)
    guard (1...7).contains(rank) else {
      problems.add(
        .corrupt, "its header states \(rank) dimensions where 1 to 7 are possible; the header may be damaged")
      return nil
    }
    let dims = (1...rank).map { raw.integer(cnifti_dim, $0) }
    let text = dims.map(String.init).joined(separator: " × ")
    guard dims.allSatisfy({ $0 > 0 }) else {
      problems.add(.corrupt, "its header states a size of \(text), and every size has to be 1 or more")
      return nil
    }
    guard let type else { return nil }
    var total = type.byteCount
    for dim in dims {
      let (product, overflow) = total.multipliedReportingOverflow(by: dim)
      // One voxel is at least one byte of file and eight of memory; beyond this, offsets would overflow somewhere.
      guard !overflow, product <= Int.max / 16 else {
        problems.add(
          .corrupt, "its header claims \(text) voxels, more than any file can hold; the header may be damaged")
        return nil
      }
      total = product
    }
    let bits = raw.integer(cnifti_bitpix)
    if bits != type.byteCount * 8 {
      findings.append(.warning("bitpix is \(bits), and \(type.rawValue) takes \(type.byteCount * 8): bitpix ignored"))
    }
    let padded = dims + Array(repeating: 1, count: max(0, 3 - rank))
    size = (padded[0], padded[1], padded[2])
    frameShape = Array(padded.dropFirst(3))
    frames = frameShape.reduce(1, *)
    self.type = type
    bytes = total
  }
}

extension FrameUnit {
  /// `NIFTI_UNITS_*`, the part of time.
  init(niftiCode: Int) {
    self = FrameUnit.allNifti.first { $0.code == niftiCode }?.unit ?? .unknown
  }

  var niftiCode: Int { FrameUnit.allNifti.first { $0.unit == self }?.code ?? 0 }

  private static let allNifti: [(unit: FrameUnit, code: Int)] = [
    (.unknown, 0), (.seconds, 8), (.milliseconds, 16), (.microseconds, 24), (.hertz, 32), (.partsPerMillion, 40),
    (.radiansPerSecond, 48),
  ]
}
