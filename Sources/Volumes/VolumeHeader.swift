/// What a volume is, before any voxel is read.
public struct VolumeHeader: Sendable {
  /// Voxels along i, j, k.
  public var size: (Int, Int, Int)
  /// Time points (or other repetitions); 1 for a plain volume. The product of `frameShape`.
  public var frames: Int
  /// Voxel indices to RAS+ millimetres.
  public var geometry: VolumeGeometry
  /// The axis across which the slices were acquired.
  public var acquiredAxis: VoxelAxis
  /// How the acquired axis is known.
  public var acquiredAxisReason: AcquiredAxisReason
  /// The dimensions beyond the third, fastest first; empty for a plain volume.
  public var frameShape: [Int]
  /// Step between frames, where the format states one that is positive.
  public var frameStep: Double?
  /// Of `frameStep`.
  public var frameUnit: FrameUnit
  /// How one voxel is stored.
  public var storedType: ScalarType
  /// Stored number to value, already applied by the reader.
  public var rescale: IntensityRescale
  /// What the values are counted in.
  public var intensityUnit: IntensityUnit
  /// What kind of scanner it comes from, where anything says it.
  public var modality: Modality
  /// What the scan weighs by, where anything says it.
  public var contrast: AcquiredContrast?
  /// Free text of the file about itself.
  public var description: String
  /// Of the file that it was read from.
  public var format: VolumeFormat
  /// What NIfTI says besides, carried to a NIfTI output; nil for other formats.
  public var nifti: NiftiFields?
  /// What was odd about the file, and what was done about it.
  public var findings: [VolumeFinding]

  /// A header of these parts; each is explained at its property. Size, frames, geometry and the acquired axis have to be said.
  public init(
    size: (Int, Int, Int), frames: Int, geometry: VolumeGeometry, acquiredAxis: VoxelAxis,
    acquiredAxisReason: AcquiredAxisReason = .storedPlane, frameShape: [Int]? = nil, frameStep: Double? = nil,
    frameUnit: FrameUnit = .unknown, storedType: ScalarType = .float32, rescale: IntensityRescale = .identity,
    intensityUnit: IntensityUnit = .arbitrary, modality: Modality = .unknown, contrast: AcquiredContrast? = nil,
    description: String = "",
    format: VolumeFormat = .unknown, nifti: NiftiFields? = nil, findings: [VolumeFinding] = []
  ) {
    self.size = size
    self.frames = frames
    self.geometry = geometry
    self.acquiredAxis = acquiredAxis
    self.acquiredAxisReason = acquiredAxisReason
    self.frameShape = frameShape ?? (frames == 1 ? [] : [frames])
    self.frameStep = frameStep
    self.frameUnit = frameUnit
    self.storedType = storedType
    self.rescale = rescale
    self.intensityUnit = intensityUnit
    self.modality = modality
    self.contrast = contrast
    self.description = description
    self.format = format
    self.nifti = nifti
    self.findings = findings
  }

  /// Voxels along an axis: the number of slices across it.
  public func count(along axis: VoxelAxis) -> Int {
    switch axis {
    case .i: size.0
    case .j: size.1
    case .k: size.2
    }
  }

  /// Width and height of a slice across an axis.
  public func sliceSize(across axis: VoxelAxis) -> (width: Int, height: Int) {
    (count(along: axis.inPlane.x), count(along: axis.inPlane.y))
  }

  /// The header of the volume whose slices across `axis` are `scale` times as wide and high, on the same outer faces.
  public func upscaled(by scale: Int, across axis: VoxelAxis) -> VolumeHeader {
    precondition(scale > 0, "the scale is positive")
    var result = self
    let factors = axis.inPlaneScale(scale)
    result.size = (size.0 * Int(factors.0), size.1 * Int(factors.1), size.2 * Int(factors.2))
    result.geometry = geometry.upscaled(by: factors)
    result.forgetSliceTiming(unlessAlong: axis)
    return result
  }

  /// The header of the volume whose slices across `axis` are `scale` times as narrow and low (for evaluation). Voxels beyond the last
  /// whole group of `scale` fall away, so that the low outer faces stay, and the high ones where the sizes divide.
  public func downscaled(by scale: Int, across axis: VoxelAxis) -> VolumeHeader {
    precondition(scale > 0, "the scale is positive")
    var result = self
    let factors = axis.inPlaneScale(scale)
    result.size = (size.0 / Int(factors.0), size.1 / Int(factors.1), size.2 / Int(factors.2))
    precondition(result.size.0 > 0 && result.size.1 > 0 && result.size.2 > 0, "every side has at least `scale` voxels")
    result.geometry = geometry.downscaled(by: factors)
    result.forgetSliceTiming(unlessAlong: axis)
    return result
  }

  /// Slice timing counts slices along `dim_info`'s axis: it holds only while their number stays.
  private mutating func forgetSliceTiming(unlessAlong axis: VoxelAxis) {
    if nifti?.sliceDimension != axis.rawValue + 1 { nifti?.clearSliceTiming() }
  }
}

/// How the axis is known across which slices were acquired.
public enum AcquiredAxisReason: String, Sendable {
  /// The format stores slice by slice as acquired (DICOM).
  case storedPlane
  /// NIfTI's `dim_info` names the slice axis.
  case sliceAxisField
  /// The only axis with one voxel: the volume is one slice.
  case singleSlice
  /// The axis with the largest spacing: slices are thicker than their pixels.
  case largestSpacing
  /// Nothing tells: the third axis, by custom.
  case thirdAxis

  /// For people.
  public var text: String {
    switch self {
    case .storedPlane: "the plane in which the slices are stored"
    case .sliceAxisField: "named by the header (dim_info)"
    case .singleSlice: "the volume is one slice"
    case .largestSpacing: "the axis with the largest spacing"
    case .thirdAxis: "the third axis, since the header names none and no spacing stands out"
    }
  }
}

/// What frames are counted in (NIfTI `xyzt_units`).
public enum FrameUnit: String, Sendable {
  /// Nothing says it, or one of NIfTI's units of time, frequency and angle.
  case unknown, seconds, milliseconds, microseconds, hertz, partsPerMillion, radiansPerSecond
}
