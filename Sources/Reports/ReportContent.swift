import Figures
import Foundation
import SuperResolution
import Tensors
import Volumes

/// Everything that a page shows, before the voxels are packed.
struct ReportContent {
  let title: String
  let estimate: QuantisedVolume
  let deviation: QuantisedVolume?
  let input: QuantisedVolume?
  let mark: PageMark
  private(set) var notes: [String] = []
  private let output: UpscaleOutput
  private let header: VolumeHeader
  private let sliceAxis: VoxelAxis
  private let scale: Int
  private let agreement: Agreement?
  private let card: ModelCard
  private var inputMissing: String?
  private var deviationMissing: String?

  init(
    of output: UpscaleOutput, options: ReportPage.Options, card: ModelCard, checkpoint: () throws -> Void
  ) throws {
    self.output = output
    mark = PageMark(of: output, options: options)
    self.card = card
    let reader = try VolumeFile.open(output.url)
    header = reader.header
    guard (0..<header.frames).contains(options.frame) else {
      throw ReportError(
        .mismatch, output.url.path, "has \(header.frames) time points; \(options.frame + 1) is none of them.")
    }
    title = Self.title(of: output)
    sliceAxis = VoxelAxis(recorded: output.record)
    scale = (output.record["model"] as? [String: Any])?["scale"] as? Int ?? 2
    guard (1...16).contains(scale) else {
      throw ReportError(.mismatch, output.url.path, "has a sidecar that says scale \(scale); 2, 3 or 4 is expected.")
    }
    estimate = try QuantisedVolume(reader, frame: options.frame, checkpoint: checkpoint)

    (inputMissing, deviationMissing) = (output.inputMissing, output.uncertaintyMissing)
    var deviation: QuantisedVolume?
    if let url = output.uncertainty {
      do {
        let reader = try VolumeFile.open(url)
        try Self.requireSameGrid(reader.header, header, url)
        deviation = try QuantisedVolume(reader, frame: options.frame, checkpoint: checkpoint)
      } catch let error as VolumeError where error.code == .unsupported || error.code == .notAVolume {
        deviationMissing =
          "σ is not shown: \(url.lastPathComponent) is no volume that can be read back (\(error.reason)). Write it with --uncertainty-format series or nifti."
      }
    }
    self.deviation = deviation
    var input: QuantisedVolume?
    if let url = output.input {
      let reader = try VolumeFile.open(url, series: options.series)
      let grid = reader.header.upscaled(by: scale, across: sliceAxis)
      try Self.requireSameGrid(grid, header, url)
      if reader is NiftiReader, try output.isRecordedInput([url]) == false {
        notes.append(
          "\(url.lastPathComponent) is not the very file that was upscaled: its digest differs from the sidecar's.")
      }
      // Frames between samples come one set of input frames after the other.
      input = try QuantisedVolume(reader, frame: options.frame % reader.header.frames, checkpoint: checkpoint)
    }
    self.input = input
    let (estimate, sliceAxis, scale) = (estimate, sliceAxis, scale)
    agreement =
      try Agreement(recorded: output.record, frame: options.frame)
      ?? input.map {
        try Agreement(
          measuring: estimate, with: $0, across: sliceAxis, scale: scale, degradation: card.degradation,
          range: Self.range(of: output.record, or: $0.range), checkpoint: checkpoint)
      }
    if header.frames > 1 { notes.append("time point \(options.frame + 1) of \(header.frames) is shown.") }
  }

  private static func title(of output: UpscaleOutput) -> String {
    // Folders of DICOM files are often called after people.
    let name = (output.record["input"] as? [String: Any])?["file"] as? String
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: output.url.path, isDirectory: &isFolder)
    return isThere && isFolder.boolValue ? name ?? "DICOM series" : output.url.lastPathComponent
  }

  private static func range(of record: [String: Any], or range: ClosedRange<Double>) -> Double {
    let mapping = record["intensityMapping"] as? [String: Any]
    if let low = mapping?["low"] as? Double, let high = mapping?["high"] as? Double, high > low { return high - low }
    return range.upperBound - range.lowerBound
  }

  private static func requireSameGrid(_ found: VolumeHeader, _ expected: VolumeHeader, _ url: URL) throws {
    let tolerance = 0.01
    func text(_ h: VolumeHeader) -> String { "\(h.size.0)×\(h.size.1)×\(h.size.2)" }
    guard found.size == expected.size else {
      throw ReportError(
        .mismatch, url.path,
        "does not belong to this output: expected a grid of \(text(expected)) voxels, found \(text(found)).")
    }
    let distance = found.geometry.affine.largestDisplacement(from: expected.geometry.affine, size: found.size)
    guard distance <= tolerance else {
      throw ReportError(
        .mismatch, url.path,
        "does not belong to this output: it has as many voxels, and lies up to \(String(format: "%.4g", distance)) mm from where they should be (\(tolerance) allowed)."
      )
    }
  }

  // MARK: JSON

  private struct View: Encodable {
    let name: String
    let axis: Int
    let transposed: Bool
    let flippedAcross: Bool
    let flippedDown: Bool
    let spacing: [Double]
    let letters: [String: String]

    init(of geometry: VolumeGeometry, _ plane: AnatomicalPlane) {
      let across = geometry.affine.axis(across: plane)
      let view = AnatomicalView(of: geometry, across: across)
      name = plane.rawValue
      axis = across.rawValue
      transposed = view.transposed
      flippedAcross = view.flippedAcross
      flippedDown = view.flippedDown
      spacing = [view.spacing.x, view.spacing.y]
      letters = [
        "left": view.letters.left, "right": view.letters.right, "top": view.letters.top, "bottom": view.letters.bottom,
      ]
    }
  }

  func json(volumes: [String: PackedVolume]) throws -> String {
    let affine = header.geometry.affine
    let rows = (0..<3).map { r in [affine.columns.0[r], affine.columns.1[r], affine.columns.2[r], affine.origin[r]] }
    let top = deviation.flatMap { $0.quantile(0.998, positive: true) } ?? 1
    let brightest = estimate.quantile(0.998, positive: true) ?? estimate.range.upperBound
    let darkest = max(estimate.range.lowerBound, min(0, estimate.quantile(0.02) ?? 0))
    let display = [darkest, max(brightest, darkest + estimate.range.upperBound.ulp)]
    // A number needs no unit that says nothing.
    let unit = header.intensityUnit == .arbitrary ? "" : header.intensityUnit.description
    var object: [String: Any] = [
      "title": title,
      "subtitle":
        "\(header.size.0)×\(header.size.1)×\(header.size.2) voxels of \(header.spacingList.map { String(format: "%.3g", $0) }.joined(separator: "×")) mm, \(affine.orientationCode)",
      "tool": "\(ToolVersion.name) \(ToolVersion.number). Research use only. Not for diagnosis.",
      "unit": unit, "scale": scale, "sliceAxis": sliceAxis.rawValue, "affine": rows,
      "window": [min(display[0], estimate.range.lowerBound), max(display[1], estimate.range.upperBound)],
      "display": display, "sigmaTop": top > 0 ? top : 1,
      "start": [header.size.0 / 2, header.size.1 / 2, header.size.2 / 2],
      "colours": Data(ColourMap.ember.entries.flatMap { [$0.bytes.red, $0.bytes.green, $0.bytes.blue] })
        .base64EncodedString(),
      "warnings": (output.record["warnings"] as? [String] ?? []) + notes,
      "record": output.record.filter { $0.key != "warnings" }, "card": card.entries, "cardMissing": card.missing,
      "inputMissing": inputMissing ?? "", "sigmaMissing": deviationMissing ?? "",
      "consistencyText": agreement?.text ?? "",
    ]
    if let agreement { object["consistency"] = agreement.decibels.map { $0 as Any? ?? NSNull() } }
    object["volumes"] = try Self.plain(volumes)
    object["views"] = try Self.plain(
      [AnatomicalPlane.axial, .coronal, .sagittal].map { View(of: header.geometry, $0) })
    let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }

  private static func plain(_ value: some Encodable) throws -> Any {
    try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
  }
}
