/// How far geometry may stray before it is something else. Every tolerance has its unit in its comment.
public struct DicomTolerances: Sendable, Equatable {
  /// Two slices closer than this along the normal, in mm, lie at the same position.
  public var samePosition = 0.001
  /// Two orientations count as one up to this angle in degrees (headers round their cosines).
  public var sameOrientation = 0.1
  /// Relative difference up to which two pixel spacings are one.
  public var sameSpacing = 1e-4
  /// How far a slice may lie off the even grid of its series, in mm.
  public var slicePosition = 0.05
  /// And as a part of the slice spacing, for very thin or thick slices; the larger of the two holds.
  public var slicePositionPart = 0.01
  /// Angle in degrees between the stacking direction and the normal from which a series counts as tilted.
  public var tilt = 0.05
  /// How far the length of a direction cosine triple may be from 1.
  public var unitVector = 0.01
  /// Cosine between row and column direction up to which they count as perpendicular.
  public var perpendicular = 0.001
  /// How far two echo times of one series may differ, in ms, and still be the same echo.
  public var echoTime = 0.05

  /// The usual ones.
  public init() {}
  /// The usual ones.
  public static let standard = DicomTolerances()
}
