import Diffusion
import Figures
import Foundation
import SuperResolution
import Tensors
import Volumes

/// One self-contained HTML page about an output: the volumes in three planes, bicubic against super-resolved, σ, profile, histogram,
/// consistency, and how it was made. It needs no network and no other file.
///
/// Voxels stand in the page quantised; the step is stated there, and what the page shows agrees with the volumes within half of it.
package struct ReportPage {
  package let html: [UInt8]
  /// What the user should know about the page.
  package let notes: [String]

  package struct Options: Sendable {
    /// The page is packed more coarsely until it fits; in bytes.
    package var sizeLimit = 15_000_000
    /// Time point shown, from 0.
    package var frame = 0
    /// Which DICOM series, where there are several in the input's folder.
    package var series: String?

    package init() {}
  }

  /// Finest first: levels of the estimate, of σ and of the input.
  private static let qualities = [
    (4096, 1024, 4096), (1024, 256, 1024), (254, 126, 254), (254, 62, 126), (180, 62, 126), (126, 62, 126),
    (126, 30, 62),
    (62, 30, 62),
  ]
  /// About what a page takes without its voxels.
  private static let textBytes = 80_000

  /// - Parameter checkpoint: called now and then; what it throws comes out here.
  /// - Throws: `ReportError`, `VolumeError` or what `checkpoint` throws.
  package init(
    of output: UpscaleOutput, options: Options = Options(), searchPath: ModelSearchPath = ModelSearchPath(),
    checkpoint: () throws -> Void = {}
  ) throws {
    let content = try ReportContent(
      of: output, options: options, card: ModelCard(of: output.record, on: searchPath), checkpoint: checkpoint)
    var notes = content.notes
    var page: [UInt8] = []
    for (number, quality) in Self.qualities.enumerated() {
      try checkpoint()
      let (estimate, deviation, input) = quality
      let isCoarsest = number == Self.qualities.count - 1
      // Packing takes seconds: what cannot fit is not tried.
      let predicted = [(content.estimate, estimate), (content.deviation, deviation), (content.input, input)]
        .reduce(Self.textBytes) { $0 + ($1.0?.predictedBytes(levels: $1.1) ?? 0) }
      if predicted > options.sizeLimit, !isCoarsest { continue }
      page = try Self.page(
        content,
        [
          ("estimate", content.estimate.packed(levels: estimate)),
          ("sigma", content.deviation?.packed(levels: deviation)),
          ("input", content.input?.packed(levels: input)),
        ])
      if page.count <= options.sizeLimit { break }
    }
    if page.count > options.sizeLimit {
      notes.append(
        "the page takes \(page.count / 1_000_000) MB, more than \(options.sizeLimit / 1_000_000): a volume of this size does not fit. Browsers open it slowly."
      )
    }
    html = page
    self.notes = notes
  }

  private static func page(_ content: ReportContent, _ volumes: [(String, PackedVolume?)]) throws -> [UInt8] {
    let packed = volumes.compactMap { name, volume in volume.map { (name, $0) } }
    let blobs = packed.map { name, volume in
      "<script type=\"application/octet-stream\" id=\"blob-\(name)\">\(volume.base64)</script>"
    }
    let json = try content.json(volumes: Dictionary(uniqueKeysWithValues: packed))
    let script = [
      PackageResources.volume_js, PackageResources.views_js, PackageResources.plots_js, PackageResources.page_js,
    ].map(text).joined(separator: "\n")
    return PageTemplate(text(PackageResources.page_html)).filled([
      "title": PageTemplate.escaped(content.title), "generator": PageMark.generator,
      "shows": content.mark.shows, "style": text(PackageResources.style_css),
      "report": PageTemplate.inScript(json), "blobs": blobs.joined(separator: "\n"), "script": script,
    ])
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
