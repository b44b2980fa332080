import Foundation
import SuperResolution
import Volumes

/// A scan that was found, before its outputs have names.
struct PlannedScan {
  /// What messages call it.
  let what: String
  /// The name that it would have, were it the only one.
  var name: String
  /// What tells it from others of its name; `nil` for a number.
  var distinction: String?
  let input: URL
  var series: String?
  /// As in `BatchJob`.
  var files: [String]?
  let shape: ScanShape
  /// The outputs, given the name that it got.
  var outputs: (String) -> BatchJob.Outputs
  /// Says no where another scan has the name, rather than taking another.
  var insistsOnName = false
  var companions = Companions()
  var bids: BidsProvenance?
}

extension ScanShape {
  /// Across the axis that `settings` upscale.
  init(_ header: VolumeHeader, settings: UpscaleSettings) {
    let axis = settings.plane.axis(of: header)
    let size = header.sliceSize(across: axis)
    self.init(
      width: size.width, height: size.height, slices: header.count(along: axis), frames: header.frames,
      voxelBytes: header.storedType.byteCount)
  }
}
