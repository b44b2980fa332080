import Diffusion
import Foundation
import SuperResolution

/// What the model file that made an output says about itself.
struct ModelCard {
  let entries: [String: String]
  /// Why there is none; empty where there is one.
  let missing: String
  /// How the model's low-resolution images were made, as its file says; `nil` where it says nothing or is not there.
  let degradation: String?

  /// Looks for the very file, by name and digest, on the models' search path.
  init(of record: [String: Any], on path: ModelSearchPath) {
    let model = record["model"] as? [String: Any]
    let (name, digest) = (model?["file"] as? String ?? "", model?["sha256"] as? String ?? "")
    let found = path.models().first { url in
      url.lastPathComponent == name && (try? FileDigest.sha256(of: [url])) == digest
    }
    guard let found, let file = try? ModelFile(contentsOf: found) else {
      entries = [:]
      degradation = nil
      missing =
        "The model \(name) (SHA-256 \(digest)) is not on the search path of this machine, so its card is not shown."
      return
    }
    entries = file.metadata.filter { $0.key != "config" }
    missing = ""
    degradation = file.configuration.degradation
  }
}
