/// The tool's own version (semantic versioning), as it stands in sidecars and DICOM objects.
public enum ToolVersion {
  public static let name = "Residua"
  public static let number = "0.1.0"
}
