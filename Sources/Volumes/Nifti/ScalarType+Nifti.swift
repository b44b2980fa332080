/// NIfTI's `datatype` codes (nifti1.h, "DT_*").
extension ScalarType {
  package var niftiCode: Int {
    switch self {
    case .uint8: 2
    case .int16: 4
    case .int32: 8
    case .float32: 16
    case .float64: 64
    case .int8: 256
    case .uint16: 512
    case .uint32: 768
    case .int64: 1024
    case .uint64: 1280
    }
  }

  package init?(niftiCode: Int) {
    guard let type = ScalarType.allCases.first(where: { $0.niftiCode == niftiCode }) else { return nil }
    self = type
  }

  /// Why a code that is no real scalar is refused.
  static func niftiRefusal(_ code: Int) -> String {
    switch code {
    case 1: "its voxels are single bits (binary, datatype 1), which is not read; convert it to uint8"
    case 32, 1792, 2048:
      "its voxels are complex numbers (datatype \(code)); take the magnitude (or phase) and pass that"
    case 128: "its voxels are RGB colours (datatype 128); pass a volume of one number per voxel"
    case 2304: "its voxels are RGBA colours (datatype 2304); pass a volume of one number per voxel"
    case 1536:
      "its voxels are 128-bit floats (datatype 1536), whose layout differs between machines; convert it to float64"
    case 0: "its header states no type of voxels (datatype 0); the file was not finished by the program that wrote it"
    default: "its type of voxels (datatype \(code)) is not one of NIfTI's; the header may be damaged"
    }
  }
}
