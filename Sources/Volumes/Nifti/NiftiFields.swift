/// Fields of a NIfTI header without a home in `VolumeHeader`, carried so that an output keeps them.
public struct NiftiFields: Equatable, Sendable {
  /// 1 or 2.
  public var version: Int
  /// Stored in the other byte order than this machine's.
  public var isByteSwapped: Bool
  /// A `.hdr`/`.img` pair rather than one file.
  public var isPair: Bool
  /// Millimetres per unit of length in the file (1; 1000 for metres; 0.001 for micrometres).
  public var millimetresPerUnit: Double
  /// The length unit as coded (`NIFTI_UNITS_*`): 0 unknown, 1 metre, 2 millimetre, 3 micrometre.
  public var lengthUnitCode: Int
  /// `scl_slope` and `scl_inter` as stored, also where they do not apply.
  public var storedSlope: Double
  public var storedIntercept: Double
  public var intentCode: Int
  public var intentParameters: SIMD3<Double>
  public var intentName: String
  /// Axis (1…3, 0 unknown) of the frequency and phase encoding and of the slices (`dim_info`).
  public var frequencyDimension: Int
  public var phaseDimension: Int
  public var sliceDimension: Int
  public var sliceCode: Int
  public var sliceStart: Int
  public var sliceEnd: Int
  public var sliceDuration: Double
  public var timeOffset: Double
  /// Display range, 0…0 for none.
  public var displayMinimum: Double
  public var displayMaximum: Double
  public var auxiliaryFile: String
  /// Steps along the dimensions beyond the third (`pixdim[4…7]`), as stored.
  public var frameSteps: [Double]
  public var extensions: [Extension]

  /// One header extension: a code registered with the NIfTI office, and its bytes.
  public struct Extension: Equatable, Sendable {
    public var code: Int
    public var bytes: [UInt8]
    public init(code: Int, bytes: [UInt8]) {
      self.code = code
      self.bytes = bytes
    }
  }

  public init(version: Int = 1) {
    self.version = version
    isByteSwapped = false
    isPair = false
    millimetresPerUnit = 1
    lengthUnitCode = 2
    storedSlope = 1
    storedIntercept = 0
    intentCode = 0
    intentParameters = .zero
    intentName = ""
    frequencyDimension = 0
    phaseDimension = 0
    sliceDimension = 0
    sliceCode = 0
    sliceStart = 0
    sliceEnd = 0
    sliceDuration = 0
    timeOffset = 0
    displayMinimum = 0
    displayMaximum = 0
    auxiliaryFile = ""
    frameSteps = []
    extensions = []
  }

  /// For a grid whose slices are no longer those that were timed.
  mutating func clearSliceTiming() {
    sliceCode = 0
    sliceStart = 0
    sliceEnd = 0
    sliceDuration = 0
  }
}
