import Foundation

extension VolumeHeader {
  /// Modality and contrast of a NIfTI file, whose own header has neither: by its name, else by the BIDS sidecar beside it.
  mutating func takeAcquisition(from url: URL) {
    contrast = AcquiredContrast(fileName: url.lastPathComponent)
    if contrast != nil { modality = .mr }
    guard let json = BidsSidecar(beside: url).json else { return }
    switch json.string("Modality") {
    case "MR": modality = .mr
    case "CT":
      modality = .ct
      contrast = nil
    case nil: break
    case _?:
      modality = .other
      contrast = nil
    }
    if modality == .mr || modality == .unknown, contrast == nil, let found = AcquiredContrast(sidecar: json) {
      contrast = found
      modality = .mr
    }
  }
}
