import Foundation
import Volumes

/// The JSON beside an output: the input's BIDS fields, brought up to date, with our record under `Residua`; `.bval` and `.bvec` go along.
struct Sidecar {
  let record: UpscaleRecord

  static func url(beside output: URL) -> URL { BidsSidecar.neighbour(of: output, "json") }

  /// - Throws: `VolumeError` where it cannot be written.
  func write(
    beside output: URL, of input: URL, from source: VolumeHeader, to result: VolumeHeader, overwrite: Bool
  ) throws {
    var sidecar = BidsSidecar(beside: input).upscaled(from: source, to: result)
    var json = sidecar.json ?? JSONObjectText(Array("{}".utf8))
    json?["Residua"] = String(decoding: try record.json(), as: UTF8.self)
    sidecar.json = json
    try sidecar.write(beside: output, overwrite: overwrite)
  }
}
