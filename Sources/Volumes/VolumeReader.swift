/// A volume that is read slice by slice; memory stays at a few slices whatever the length of the volume.
///
/// Readers of every format pass one contract test. A reader is used from one thread at a time.
public protocol VolumeReader: AnyObject {
  /// Size, geometry and what the values mean.
  var header: VolumeHeader { get }

  /// The plane at `index` across `axis` of one frame (time point), values scaled into the volume's unit.
  ///
  /// Ascending order along the format's own slice axis costs least; any order is allowed, and a reader that has to spill to a
  /// scratch file for it says so in `scratchBytes`.
  /// - Throws: `VolumeError` when the file ends early or cannot be read.
  func readSlice(_ index: Int, across axis: VoxelAxis, frame: Int) throws -> VolumeSlice

  /// Bytes that this reader holds in scratch files at present.
  var scratchBytes: Int { get }
}

/// Takes the slices of a new volume and makes it appear under its name only when complete.
public protocol VolumeWriter: AnyObject {
  /// Slices come in any order, each exactly once; ascending order across the format's own slice axis costs least.
  func writeSlice(_ slice: VolumeSlice, at index: Int, across axis: VoxelAxis, frame: Int) throws
  /// Completes the file and renames it to its final name.
  func finish() throws
  /// Removes what was written so far. Safe to call at any time, also after `finish()` (then it does nothing).
  func discard()
  /// What had to be said about the output, complete once the output is.
  var findings: [VolumeFinding] { get }
  /// Bytes that this writer holds in scratch files at present.
  var scratchBytes: Int { get }
}
