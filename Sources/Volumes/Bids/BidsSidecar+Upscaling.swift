extension BidsSidecar {
  /// The sidecar of `output`, made from that of `input` by enlarging the grid.
  ///
  /// What changes is what describes the voxels of the file: `ReconMatrixPE`, `Rows`, `Columns`, `PixelSpacing`, and along the slice
  /// axis `SliceThickness` and `SpacingBetweenSlices` (`SliceTiming` goes where the number of slices changes). What describes the
  /// acquisition stays, since nothing else was acquired: `AcquisitionMatrixPE`, `BaseResolution`, orientation, echo and repetition times.
  ///
  /// Echo-planar distortion stays right in the new voxels: with τ the effective echo spacing, an offset Δf moves the signal by
  /// Δf·τ·N voxels of N. So τ stays, `TotalReadoutTime` = τ·(N − 1) follows N (BIDS, "TotalReadoutTime"), and
  /// `BandwidthPerPixelPhaseEncode` = 1/(τ·N) falls.
  public func upscaled(from input: VolumeHeader, to output: VolumeHeader) -> BidsSidecar {
    var result = self
    guard var json else { return result }
    func factor(_ axis: VoxelAxis) -> Double {
      Double(output.count(along: axis)) / Double(input.count(along: axis))
    }
    if let axis = json.string("PhaseEncodingDirection").flatMap(VoxelAxis.init(bids:)), factor(axis) != 1 {
      let scale = factor(axis)
      let lines = json.number("ReconMatrixPE") ?? Double(input.count(along: axis))
      json.multiply("ReconMatrixPE", by: scale)
      json.multiply("BandwidthPerPixelPhaseEncode", by: 1 / scale)
      if lines > 1 { json.multiply("TotalReadoutTime", by: (lines * scale - 1) / (lines - 1)) }
    }
    let slices = json.string("SliceEncodingDirection").flatMap(VoxelAxis.init(bids:)) ?? input.acquiredAxis
    if factor(slices) != 1 {
      json.multiply("SliceThickness", by: 1 / factor(slices))
      json.multiply("SpacingBetweenSlices", by: 1 / factor(slices))
      json["SliceTiming"] = nil
    }
    // DICOM's order: between rows (along a column), then between columns.
    let inPlane = slices.inPlane
    json.multiply("Columns", by: factor(inPlane.x))
    json.multiply("Rows", by: factor(inPlane.y))
    json.multiply("PixelSpacing", by: [1 / factor(inPlane.y), 1 / factor(inPlane.x)])
    result.json = json
    return result
  }
}

extension VoxelAxis {
  /// BIDS writes axes as "i", "j-", "k", the sign being the direction.
  init?(bids: String) {
    switch bids.first {
    case "i": self = .i
    case "j": self = .j
    case "k": self = .k
    default: return nil
    }
  }
}

extension JSONObjectText {
  fileprivate mutating func multiply(_ key: String, by factor: Double) {
    guard factor != 1, let value = number(key) else { return }
    self[key] = JSONObjectText.text(value * factor)
  }

  fileprivate mutating func multiply(_ key: String, by factors: [Double]) {
    guard factors.contains(where: { $0 != 1 }), let values = numbers(key), values.count == factors.count else { return }
    self[key] = "[\(zip(values, factors).map { JSONObjectText.text($0 * $1) }.joined(separator: ", "))]"
  }

  /// Whole numbers without a point.
  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }
}
