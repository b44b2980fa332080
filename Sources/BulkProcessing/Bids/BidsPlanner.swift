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
    let suffixes = request.selection.wantedSuffixes
    let wanted = dataset.images.filter { suffixes.contains($0.name.suffix) }
    var request = request
    // Who names the suffix knows what it stands for.
    request.includes4D = request.includes4D || !request.selection.suffixes.isEmpty
    let screening = Screening(request: request, isExplicit: false)
    let walk = dataset.walk
    let outcomes = try wanted.map(\.path).concurrentMap(checkpoint: checkpoint) {
      screening.look(at: walk.url($0), called: $0)
    }
    var scans: [PlannedScan] = []
    var refused = dataset.refused
    let companions = try BidsCompanions(of: dataset, request: request, checkpoint: checkpoint)
    for (image, outcome) in zip(wanted, outcomes) {
      if let part = image.name["part"], part != "mag" {
        refused.append(
          .init(
            what: image.path,
            reason: "is the \(part) part of a complex image, not a magnitude; name it in a --list to take it"))
        continue
      }
      switch outcome {
      case .scan(let header):
        do { scans.append(try scan(image, header, of: dataset, companions)) } catch let missing as BatchPlan.Refusal {
          refused.append(missing)
        }
      case .refused(let reason, let isDamage):
        refused.append(.init(what: image.path, reason: reason, isDamage: isDamage))
      case .dicom:
        refused.append(.init(what: image.path, reason: "is a DICOM file under a NIfTI name", isDamage: true))
      case .part, .other: refused.append(.init(what: image.path, reason: "is no volume", isDamage: true))
      }
    }
    try CompanionFinder(companions.others).complete(&scans, &refused, root: root)
    let naming = OutputNaming(scans.map(withCompanions))
    var plan = BatchPlan(
      jobs: naming.jobs, refused: (refused + naming.refused).sorted { $0.what < $1.what },
      notes: notes(on: dataset, suffixes: suffixes), derivative: BidsDerivative(of: dataset, request: request))
    plan.isSelection = !request.selection.isEmpty
    return plan
  }

  private func scan(
    _ image: BidsDataset.File, _ header: VolumeHeader, of dataset: BidsDataset, _ companions: BidsCompanions
  ) throws -> PlannedScan {
    var scan = PlannedScan(
      what: image.path, name: TreeNames.stem(image.path).stem, input: dataset.walk.url(image.path),
      shape: ScanShape(header, settings: request.settings), outputs: { _ in outputs(of: image) }, insistsOnName: true,
      bids: provenance(of: image, in: dataset))
    scan.companions = try companions.companions(of: image.name, called: image.path)
    return scan
  }

  /// The reconstruction says what was made of the scan; σ is a description of it. Pictures and samples have no place in BIDS, and are
  /// named in the dataset's `.bidsignore`.
  private func outputs(of image: BidsDataset.File) -> BatchJob.Outputs {
    let folder = image.folders.joined(separator: "/")
    let name = image.name.adding("srx\(request.scale)", to: "rec")
    let subject = image.folders.prefix { $0.hasPrefix("sub-") || $0.hasPrefix("ses-") }.joined(separator: "/")
    let results = request.results
    func map(_ what: String) -> String { "\(folder)/\(name.adding(what, to: "desc").fileName)" }
    var outputs = BatchJob.Outputs(
      estimate: "\(folder)/\(name.fileName)", uncertainty: results.uncertainty ? map("sigma") : nil,
      preview: results.preview ? "\(subject)/figures/\(name.stem).png" : nil,
      samples: results.samples ? "\(folder)/\(name.stem)_samples" : nil)
    if results.calibratedUncertainty { outputs.calibratedUncertainty = map("calibratedsigma") }
    if results.interval { (outputs.lower, outputs.upper) = (map("lower"), map("upper")) }
    return outputs
  }

  /// The table has no place in BIDS either. Labels are a segmentation of the new grid, which the description tells by the scan's suffix: one label
  /// map may belong to scans on several grids.
  private func withCompanions(_ scan: PlannedScan) -> PlannedScan {
    var scan = scan
    let (plain, companions) = (scan.outputs, scan.companions)
    scan.outputs = { name in
      var outputs = plain(name)
      let estimate = outputs.estimate as NSString
      guard let own = BidsName(estimate.lastPathComponent) else { return outputs }
      let folder = estimate.deletingLastPathComponent
      if companions.regions != nil { outputs.regions = "\(folder)/\(own.stem)_regions.tsv" }
      if let labels = companions.labels { outputs.labels = "\(folder)/\(Self.name(of: labels, on: own).fileName)" }
      return outputs
    }
    return scan
  }

  /// `sub-01_rec-srx2_T1w` and `sub-01_desc-aseg_dseg` give `sub-01_rec-srx2_desc-asegT1w_dseg`.
  static func name(of labels: URL, on estimate: BidsName) -> BidsName {
    let own = BidsName(labels.lastPathComponent)
    var name = estimate
    name.suffix = own.map(\.suffix).flatMap { ["dseg", "mask"].contains($0) ? $0 : nil } ?? "dseg"
    for key in ["space", "seg", "label", "desc"] where name[key] == nil {
      if let label = own?[key] { name = name.adding(label, to: key) }
    }
    return name.adding(estimate.suffix, to: "desc")
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
