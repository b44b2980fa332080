import Foundation
import SuperResolution
import Volumes

/// Plans a BIDS dataset: its images of the wanted suffixes, and a derivatives dataset that takes their results.
struct BidsPlanner {
  let request: BatchRequest
  let root: URL
  let checkpoint: @Sendable () throws -> Void

  func plan() throws -> BatchPlan {
    let dataset = try BidsDataset(root, request: request, checkpoint: checkpoint)
    let suffixes = request.selection.suffixes.isEmpty ? BidsSelection.usualSuffixes : request.selection.suffixes
    let wanted = dataset.images.filter { suffixes.contains($0.name.suffix) }
    var request = request
    // Who names the suffix knows what it stands for.
    request.includes4D = request.includes4D || !request.selection.suffixes.isEmpty
    let screening = Screening(request: request, isExplicit: false)
    let walk = dataset.walk
    let outcomes = try wanted.map(\.path).concurrentMap(checkpoint: checkpoint) {
      screening.look(at: walk.url($0), called: $0)
    }
    var scans: [FoundScan] = []
    var refused = dataset.refused
    for (image, outcome) in zip(wanted, outcomes) {
      if let part = image.name["part"], part != "mag" {
        refused.append(
          .init(
            what: image.path,
            reason: "is the \(part) part of a complex image, not a magnitude; name it in a --list to take it"))
        continue
      }
      switch outcome {
      case .scan(let header): scans.append(scan(image, header, of: dataset))
      case .refused(let reason): refused.append(.init(what: image.path, reason: reason))
      case .dicom: refused.append(.init(what: image.path, reason: "is a DICOM file under a NIfTI name"))
      case .part, .other: refused.append(.init(what: image.path, reason: "is no volume"))
      }
    }
    let naming = OutputNaming(scans)
    return BatchPlan(
      jobs: naming.jobs, refused: (refused + naming.refused).sorted { $0.what < $1.what },
      notes: notes(on: dataset, suffixes: suffixes), derivative: BidsDerivative(of: dataset, request: request))
  }

  private func scan(_ image: BidsDataset.File, _ header: VolumeHeader, of dataset: BidsDataset) -> FoundScan {
    FoundScan(
      what: image.path, name: TreeNames.stem(image.path).stem, input: dataset.walk.url(image.path),
      shape: ScanShape(header, settings: request.settings), outputs: { _ in outputs(of: image) }, insistsOnName: true,
      bids: provenance(of: image, in: dataset))
  }

  /// The reconstruction says what was made of the scan; σ is a description of it. Pictures and samples have no place in BIDS, and are
  /// named in the dataset's `.bidsignore`.
  private func outputs(of image: BidsDataset.File) -> BatchJob.Outputs {
    let folder = image.folders.joined(separator: "/")
    let name = image.name.adding("srx\(request.scale)", to: "rec")
    let subject = image.folders.prefix { $0.hasPrefix("sub-") || $0.hasPrefix("ses-") }.joined(separator: "/")
    return BatchJob.Outputs(
      estimate: "\(folder)/\(name.fileName)",
      uncertainty: request.results.uncertainty ? "\(folder)/\(name.adding("sigma", to: "desc").fileName)" : nil,
      preview: request.results.preview ? "\(subject)/figures/\(name.stem).png" : nil,
      samples: request.results.samples ? "\(folder)/\(name.stem)_samples" : nil)
  }

  private func provenance(of image: BidsDataset.File, in dataset: BidsDataset) -> BidsProvenance {
    BidsProvenance(
      source: "bids:\(BidsDerivative.link):\(image.path)", inherited: dataset.inherited(by: image),
      isSkullStripped: request.isSkullStripped)
  }

  private func notes(on dataset: BidsDataset, suffixes: [String]) -> [String] {
    var notes: [String] = []
    let others = Dictionary(grouping: dataset.images.map(\.name.suffix).filter { !suffixes.contains($0) }, by: \.self)
      .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    if !others.isEmpty {
      notes.append(
        "images of other suffixes, which --suffix takes: "
          + others.map { "\($0.key) (\($0.value.count))" }.joined(separator: ", "))
    }
    if dataset.ignored > 0 { notes.append("\(dataset.ignored) images are left out by .bidsignore") }
    if dataset.misnamed > 0 { notes.append("\(dataset.misnamed) images have names that BIDS does not allow: left out") }
    return notes
  }
}
