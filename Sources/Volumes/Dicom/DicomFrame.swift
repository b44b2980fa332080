/// One picture of one DICOM object, with what decides where it belongs: a classic object has one, an enhanced one many.
struct DicomFrame: Sendable {
  /// Where the pixels lie.
  var path: String
  var subject: String
  /// From 0 inside the file.
  var index: Int
  var sopClass: String
  var sopInstance: String
  var frameOfReference: String

  // MARK: The picture
  var rows: Int
  var columns: Int
  var allocatedBits: Int
  var storedBits: Int
  var isSigned: Bool
  var photometric: String
  var transform: ModalityTransform
  /// Stored values that stand for "no picture here" (PixelPaddingValue, PixelPaddingRangeLimit).
  var padding: ClosedRange<Double>?
  /// Value 2 of RescaleType or its customary meaning: "HU" for CT.
  var rescaleType: String?

  // MARK: The place, in DICOM's LPS+ millimetres
  /// Centre of the first pixel (ImagePositionPatient).
  var position: SIMD3<Double>
  /// Unit vector along a row, towards higher columns.
  var rowDirection: SIMD3<Double>
  /// Unit vector down a column, towards higher rows.
  var columnDirection: SIMD3<Double>
  /// Millimetres between neighbouring columns.
  var columnSpacing: Double
  /// Millimetres between neighbouring rows.
  var rowSpacing: Double
  var sliceThickness: Double?
  var spacingBetweenSlices: Double?

  // MARK: What tells pictures at the same place apart
  var imageType: [String]
  var component: String
  var echoTime: Double?
  var stack: String
  var acquisition: Int?
  var temporalPosition: Int?
  var triggerTime: Double?
  var inversionTime: Double?
  var bValue: Double?
  var gradient: [Double]
  /// Acquisition or content date and time, as sortable text; never shown.
  var clock: String
  var instanceNumber: Int?

  var normal: SIMD3<Double> { cross(rowDirection, columnDirection) }
  /// Distance from the scanner's origin along the normal, in mm.
  var depth: Double { dot(position, normal) }
  var pixelCount: Int { rows * columns }
}

/// One file as far as a scan needs it.
struct DicomObject: Sendable {
  var path: String
  var subject: String
  var seriesUID: String
  var seriesNumber: Int?
  var modality: String
  var seriesDescription: String
  var sopClass: String
  var sopInstance: String
  var transferSyntax: String
  var frames: [DicomFrame]
  /// Why the object is no part of a volume: a sentence without a full stop.
  var refusal: String?
  var findings: [VolumeFinding]
}
