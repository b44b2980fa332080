import Foundation
import SuperResolution
import Volumes

/// An output of `residua upscale`, found again from its name: the volume, its sidecar, and what lies beside them.
package struct UpscaleOutput {
  package let url: URL
  /// What the sidecar says under `Residua`.
  let record: [String: Any]
  /// σ, where it was found as a volume.
  let uncertainty: URL?
  /// The input, where it was found.
  let input: URL?
  /// Why there is no σ or no input to show, in a sentence; `nil` where there is.
  let uncertaintyMissing: String?
  let inputMissing: String?

  /// - Parameters:
  ///   - url: the super-resolved volume, NIfTI or a folder of DICOM files; its JSON sidecar lies beside it.
  ///   - uncertainty: `nil` to take the file that the sidecar names, beside the output.
  ///   - input: the volume that was upscaled; `nil` to look for the file that the sidecar names, beside the output.
  /// - Throws: `ReportError` where the output or its sidecar is not there, or where a file that was named does not belong to it.
  package init(_ url: URL, uncertainty: URL? = nil, input: URL? = nil) throws {
    self.url = url
    let files = FileManager.default
    guard files.fileExists(atPath: url.path) else {
      throw ReportError(.notAnOutput, url.path, "there is no such file or folder.")
    }
    let sidecar = Sidecar.url(beside: url)
    guard let data = files.contents(atPath: sidecar.path),
      let json = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let record = json["Residua"] as? [String: Any]
    else {
      throw ReportError(
        .notAnOutput, url.path,
        "\(sidecar.lastPathComponent) beside it is not there or does not say how the volume was made. Name an output of `residua upscale`."
      )
    }
    self.record = record
    let folder = url.deletingLastPathComponent()
    let names = (record["output"] as? [String: Any])?["files"] as? [String: Any] ?? [:]

    if let uncertainty {
      (self.uncertainty, uncertaintyMissing) = (uncertainty, nil)
    } else if let name = names["uncertainty"] as? String, name == (name as NSString).lastPathComponent {
      let beside = folder.appendingPathComponent(name)
      let isThere = files.fileExists(atPath: beside.path)
      self.uncertainty = isThere ? beside : nil
      uncertaintyMissing = isThere ? nil : "\(name) does not lie beside the output: name it with --uncertainty."
    } else {
      (self.uncertainty, uncertaintyMissing) = (
        nil, "No uncertainty was written: run `residua upscale` with --uncertainty."
      )
    }

    let about = record["input"] as? [String: Any]
    if let input {
      (self.input, inputMissing) = (input, nil)
    } else if let name = about?["file"] as? String, name == (name as NSString).lastPathComponent,
      files.fileExists(atPath: folder.appendingPathComponent(name).path)
    {
      (self.input, inputMissing) = (folder.appendingPathComponent(name), nil)
    } else {
      self.input = nil
      inputMissing =
        "The input does not lie beside the output: name it with --input to compare with bicubic enlargement."
    }
  }

  /// Whether the file is the one that was upscaled, by its digest; `nil` where nothing can be said.
  func isRecordedInput(_ files: [URL]) throws -> Bool? {
    guard let expected = (record["input"] as? [String: Any])?["sha256"] as? String else { return nil }
    return try FileDigest.sha256(of: files) == expected
  }
}
