import Foundation
import SuperResolution
import Volumes

/// The derivatives dataset that the results of a BIDS dataset make: what describes it as a whole.
package struct BidsDerivative: Codable, Hashable, Sendable {
  /// What `dataset_description.json` says of the source.
  package let sourceName: String
  package let license: String?
  package let authors: [String]
  package let sourceDOI: String?
  /// From the output's folder to the source's.
  package let sourcePath: String
  package let scale: Int

  /// The source's name in BIDS URIs: `bids:raw:sub-01/anat/sub-01_T1w.nii.gz`.
  static let link = "raw"
  /// The files that `write` makes.
  static let files = ["dataset_description.json", ".bidsignore", "README.md"]
  /// Of the specification that the names follow.
  private static let bidsVersion = "1.10.0"

  init(of dataset: BidsDataset, request: BatchRequest) {
    sourceName = (dataset.description["Name"] as? String).flatMap { $0.isEmpty ? nil : $0 } ?? "BIDS dataset"
    license = dataset.description["License"] as? String
    authors = dataset.description["Authors"] as? [String] ?? []
    sourceDOI = dataset.description["DatasetDOI"] as? String
    sourcePath = Self.relativePath(
      from: request.output.resolvingSymlinksInPath(), to: dataset.root.resolvingSymlinksInPath())
    scale = request.scale
  }

  /// Writes the files where they are missing or no longer true. Several processes may do so at once: every file appears whole, and all
  /// write the same.
  /// - Throws: `SuperResolutionError` where the folder holds another dataset.
  func write(into folder: URL) throws {
    let url = folder.appendingPathComponent("dataset_description.json")
    if let data = try? Data(contentsOf: url) {
      let found = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
      let makers = (found["GeneratedBy"] as? [[String: Any]] ?? []).compactMap { $0["Name"] as? String }
      guard makers.contains(ToolVersion.name) else {
        throw SuperResolutionError(
          .outputExists, folder.path,
          "holds another dataset (\(found["Name"] as? String ?? "without a name")), not one that \(ToolVersion.name) made. Choose another OUTPUT."
        )
      }
    }
    try put(try description(), at: url)
    // Names of our own that BIDS has none for.
    try put(Data("figures\nreport\n*_samples\n*_regions.tsv\n".utf8), at: folder.appendingPathComponent(".bidsignore"))
    let readme = folder.appendingPathComponent("README.md")
    if !FileManager.default.fileExists(atPath: readme.path) { try put(Data(self.readme.utf8), at: readme) }
  }

  private func put(_ data: Data, at url: URL) throws {
    guard (try? Data(contentsOf: url)) != data else { return }
    try writeAtomically([UInt8](data), to: url, overwrite: true)
  }

  private func description() throws -> Data {
    var fields: [String: Any] = [
      "Name": "\(sourceName): super-resolved ×\(scale)",
      "BIDSVersion": Self.bidsVersion,
      "DatasetType": "derivative",
      "GeneratedBy": [
        [
          "Name": ToolVersion.name, "Version": ToolVersion.number,
          "Description": "In-plane super-resolution with a diffusion model. Research use only, not for diagnosis.",
        ]
      ],
      "DatasetLinks": [Self.link: sourcePath],
    ]
    fields["License"] = license
    if !authors.isEmpty { fields["Authors"] = authors }
    if let sourceDOI { fields["SourceDatasets"] = [["DOI": sourceDOI]] }
    return try JSONSerialization.data(
      withJSONObject: fields, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  private var readme: String {
    """
    # \(sourceName): super-resolved ×\(scale)

    Made by \(ToolVersion.name) \(ToolVersion.number) from the dataset that `DatasetLinks` in `dataset_description.json` names.

    - `…_rec-srx\(scale)_….nii.gz`: the scan with \(scale) times as many voxels in both directions of its slices. Detail in it was inferred by a
      diffusion model, not measured.
    - `…_desc-sigma_….nii.gz`: the standard deviation over the model's samples, voxel by voxel, in the unit of the scan.
    - `…_desc-calibratedsigma_….nii.gz`, `…_desc-lower_…`, `…_desc-upper_…`: the error to expect, and the ends of an interval, where a
      calibration fitted (the sidecars say so).
    - `…_dseg.nii.gz`, `…_mask.nii.gz`: label maps of the source brought onto the new grid; `…_regions.tsv`: mean and volume of regions.
    - `….json`: the scan's metadata, brought up to date, and under `Residua` the model, settings and digests that made it.
    - `figures/`: pictures of one slice. `…_samples/`: single samples. `report/`: pages that `residua report` made.

    Research use only. Not for diagnosis.

    """
  }

  /// `../..` for a folder two levels below the source.
  package static func relativePath(from: URL, to: URL) -> String {
    let (a, b) = (from.standardizedFileURL.pathComponents, to.standardizedFileURL.pathComponents)
    let shared = zip(a, b).prefix { $0 == $1 }.count
    let parts = [String](repeating: "..", count: a.count - shared) + b.dropFirst(shared)
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }
}
