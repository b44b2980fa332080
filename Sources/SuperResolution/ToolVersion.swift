/// The tool's own version (semantic versioning), as it stands in sidecars and DICOM objects.
public enum ToolVersion {
  /// As it stands in outputs.
  public static let name = "Residua"
  /// Semantic version (semver.org).
  public static let number = "0.1.0"
}
