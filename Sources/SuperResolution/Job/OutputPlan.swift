import Foundation
import Volumes

/// Everything that an upscale leaves behind, before anything of it is made; in the order in which the names appear.
struct OutputPlan {
  struct Entry {
    let role: OutputRole
    let url: URL
    let voxelType: OutputVoxelType
    var form: OutputForm { OutputForm(url) }
    /// A map in a BIDS dataset has a sidecar of its own.
    var hasBidsSidecar: Bool { form == .nifti && role.quantity != .picture }
  }

  /// Volumes: samples, the estimate, then the maps, which refer to it.
  private(set) var volumes: [Entry] = []
  /// Other files, by the name that they have in messages.
  private(set) var files: [(name: String, url: URL)] = []

  /// - Parameter sourceIsDicom: a JSON beside DICOM is none of BIDS' sidecars, and nothing else goes along.
  init(of job: UpscaleJob, sourceIsDicom: Bool) {
    func add(_ role: OutputRole, _ url: URL?, _ type: OutputVoxelType = .float32) {
      if let url { volumes.append(Entry(role: role, url: url, voxelType: type)) }
    }
    if let folder = job.samplesFolder {
      for number in 1...job.settings.samples {
        add(.sample(number), OutputNames.sample(number, of: job, in: folder), job.voxelType)
      }
    }
    add(.estimate(job.settings), job.output, job.voxelType)
    add(.deviation(job.settings), job.uncertainty)

    files.append(("its sidecar", Sidecar.url(beside: job.output)))
    if !sourceIsDicom, OutputForm(job.output) == .nifti {
      let carried = BidsSidecar(beside: job.input).outputs(beside: job.output).filter { $0.pathExtension != "json" }
      files += carried.map { ("its .\($0.pathExtension) file", $0) }
    }
    if job.bids != nil {
      files += volumes.filter(\.hasBidsSidecar).map {
        ("the sidecar of \($0.role.name)", BidsSidecar.neighbour(of: $0.url, "json"))
      }
    }
    if let url = job.preview { files.append(("--preview", url)) }
  }

  /// For the sidecar: last components by key.
  func fileNames(of job: UpscaleJob) -> [String: String] {
    var names = Dictionary(
      volumes.compactMap { entry in entry.role.key.map { ($0, entry.url.lastPathComponent) } },
      uniquingKeysWith: { first, _ in first })
    names["samples"] = job.samplesFolder?.lastPathComponent
    names["preview"] = job.preview?.lastPathComponent
    return names
  }
}
