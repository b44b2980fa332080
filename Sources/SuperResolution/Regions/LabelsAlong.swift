import Foundation
import Volumes

/// A label map brought onto the grid of an upscaled volume: every new voxel has the label of the one it lies in, values and type as they
/// were.
struct LabelsAlong {
  let labels: LabelVolume
  let writer: NiftiWriter
  private let axis: VoxelAxis

  /// - Throws: `SuperResolutionError` where the labels do not lie on the input's grid, `VolumeError` where the output cannot be made.
  init(_ url: URL, to output: URL, source: VolumeHeader, upscaler: VolumeUpscaler, overwrite: Bool) throws {
    labels = try LabelVolume(
      url, source: source, output: upscaler.header, scale: upscaler.model.scale, axis: upscaler.axis)
    guard labels.grid == .input else {
      throw SuperResolutionError(
        .invalidLabels, url.path, "lies on the output's grid already: --labels-along takes labels of the input.")
    }
    axis = upscaler.axis
    let own = labels.reader.header
    var header = upscaler.header
    header.frames = own.frames
    header.frameShape = own.frameShape
    header.storedType = own.storedType
    header.rescale = own.rescale
    header.description = own.description
    // Names of codes and the like belong to the labels, places to the new grid.
    header.nifti = own.nifti ?? upscaler.header.nifti
    var form = NiftiOutput(header: header, type: own.storedType)
    form.description = own.description
    form.overwrite = overwrite
    writer = try NiftiWriter(form, to: output)
  }

  /// All of them, before the first slice is sampled: labels cost little, and what is wrong with them should not come out at the end.
  func write(checkpoint: () throws -> Void) throws {
    for frame in 0..<labels.reader.header.frames {
      for index in 0..<writer.output.header.count(along: axis) {
        try checkpoint()
        _ = try labels.labels(index, across: axis, frame: frame)
        try writer.writeSlice(labels.slice(index, across: axis, frame: frame), at: index, across: axis, frame: frame)
      }
    }
  }
}
