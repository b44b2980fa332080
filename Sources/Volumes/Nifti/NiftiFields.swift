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
  /// `scl_inter` as it stands in the file.
  public var storedIntercept: Double
  /// `intent_code`: what the values are; 0 for intensities.
  public var intentCode: Int
  /// `intent_p1` to `intent_p3`.
  public var intentParameters: SIMD3<Double>
  /// `intent_name`, up to 15 bytes.
  public var intentName: String
  /// Axis (1…3, 0 unknown) of the frequency and phase encoding and of the slices (`dim_info`).
  public var frequencyDimension: Int
  /// `dim_info`: the axis of phase encoding, 1–3; 0 for unknown.
  public var phaseDimension: Int
  /// `dim_info`: the axis across which slices were acquired, 1–3; 0 for unknown.
  public var sliceDimension: Int
  /// `slice_code`: the order in which slices were acquired.
  public var sliceCode: Int
  /// `slice_start`: the first slice that the timing is about.
  public var sliceStart: Int
  /// `slice_end`: the last slice that the timing is about.
  public var sliceEnd: Int
  /// `slice_duration`, in the unit of the frames.
  public var sliceDuration: Double
  /// `toffset`, in the unit of the frames.
  public var timeOffset: Double
  /// Display range, 0…0 for none.
  public var displayMinimum: Double
  /// `cal_max`: shown as white.
  public var displayMaximum: Double
  /// `aux_file`, up to 23 bytes.
  public var auxiliaryFile: String
  /// Steps along the dimensions beyond the third (`pixdim[4…7]`), as stored.
  public var frameSteps: [Double]
  /// Header extensions, carried unread.
  public var extensions: [Extension]

  /// One header extension: a code registered with the NIfTI office, and its bytes.
  public struct Extension: Equatable, Sendable {
    /// `ecode`: whose it is.
    public var code: Int
    /// Its content, without size and code.
    public var bytes: [UInt8]
    /// An extension with this code and content.
    public init(code: Int, bytes: [UInt8]) {
      self.code = code
      self.bytes = bytes
    }
  }

  /// No fields, of NIfTI-1 or NIfTI-2.
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
