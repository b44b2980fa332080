import CDicom
import CNifti

/// The libraries that read and write volumes, by the versions they give themselves.
public enum VolumeLibraries {
  /// DCMTK's version, such as 3.6.7.
  public static var dcmtk: String { String(cString: cdicom_dcmtk_version()) }
  /// OpenJPEG's version.
  public static var openJPEG: String { String(cString: cdicom_openjpeg_version()) }

  /// "2.1.0 (18 Jun, 2020)". The library prints it, so nothing else may write to standard output meanwhile.
  public static var nifticlib: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard cnifti_library_version(&buffer, buffer.count) == 0 else { return "unknown" }
    let said = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let start = said.range(of: "version ")?.upperBound else { return "unknown" }
    let end = said.range(of: ", compiled")?.lowerBound ?? said.endIndex
    return start < end ? String(said[start..<end]) : "unknown"
  }
}
