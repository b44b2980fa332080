import Foundation

/// The DICOM series found in a folder (or one file), whatever the files are called and however deep they lie.
public struct DicomArchive: Sendable {
  /// Every series, by number, then in the order found. What cannot be upscaled is listed too, with its reason.
  public let series: [DicomSeries]
  /// Files that looked like DICOM and could not be read, each with one sentence.
  public let damaged: [VolumeError]
  /// How many files were no DICOM at all.
  public let otherFileCount: Int
  /// The folder or file that was searched, as given.
  public let subject: String

  /// Searches `url` to the bottom and reads every header once; no pixel is touched.
  ///
  /// Links are followed; hidden files, and folders below that hold the results of a batch, are passed over (`FolderWalk`).
  /// - Throws: `VolumeError` (`notFound`, `permissionDenied`) where nothing can be listed, and nothing else: what is wrong with
  ///   a single file stands in `damaged`.
  public static func scan(_ url: URL, tolerances: DicomTolerances = .standard) throws -> DicomArchive {
    try scan(files(under: url), archive: url.path, tolerances: tolerances)
  }

  /// The series in files that are known already.
  /// - Parameters:
  ///   - files: paths, and the names that messages give them.
  ///   - archive: the folder that they all lie in.
  ///   - checkpoint: called for every file; what it throws ends the scan.
  package static func scan(
    _ paths: [(path: String, subject: String)], archive: String, tolerances: DicomTolerances = .standard,
    checkpoint: () throws -> Void = {}
  ) throws -> DicomArchive {
    var objects: [DicomObject] = []
    var damaged: [VolumeError] = []
    var others = 0
    for (path, subject) in paths {
      try checkpoint()
      do {
        objects.append(try DicomObject(path: path, subject: subject, tolerances: tolerances))
      } catch let error as VolumeError {
        if error.code == .notAVolume { others += 1 } else { damaged.append(error) }
      }
    }
    // A damaged file may be the first or last slice of any series here, where no gap would tell.
    let shared: [VolumeFinding] =
      damaged.isEmpty
      ? []
      : [
        .warning(
          "\(damaged.count) damaged \(damaged.count == 1 ? "file lies" : "files lie") beside this series: slices may be missing"
        )
      ]
    let series = DicomSeries.assembled(from: objects, archive: archive, tolerances: tolerances, findings: shared)
    return DicomArchive(series: series, damaged: damaged, otherFileCount: others, subject: archive)
  }

  /// The series that `choice` names: a SeriesInstanceUID, a series number, or the `selector` that the listing shows. Without a
  /// choice the only usable series.
  /// - Throws: `VolumeError` with code `invalidRequest` that lists the candidates where the choice is open, names none or
  ///   several; with the reason of the series where it is refused.
  public func select(_ choice: String? = nil) throws -> DicomSeries {
    guard !series.isEmpty else {
      let reason =
        damaged.isEmpty
        ? "holds no DICOM series (\(otherFileCount) other files)"
        : "holds no readable DICOM series; \(damaged.count) files are damaged, the first: \(damaged[0])"
      throw VolumeError(.notAVolume, subject: subject, reason: reason)
    }
    if let choice {
      let exact = series.filter { $0.selector == choice }
      let matching = exact.isEmpty ? series.filter { $0.isMeant(by: choice) } : exact
      let usable = matching.filter(\.isUsable)
      if let only = usable.count == 1 ? usable.first : (matching.count == 1 ? matching.first : nil) { return only }
      throw VolumeError(
        .invalidRequest, subject: subject,
        reason: matching.isEmpty
          ? "no series is called \(choice). There are:\n\(listing(series))"
          : "\(choice) names several volumes; choose one with --series:\n\(listing(matching))")
    }
    let usable = series.filter(\.isUsable)
    if usable.count == 1 { return usable[0] }
    if usable.isEmpty {
      if series.count == 1 { return series[0] }
      throw VolumeError(
        .unsupported, subject: subject,
        reason: "none of the series can be upscaled:\n\(listing(series, withReasons: true))")
    }
    throw VolumeError(
      .invalidRequest, subject: subject, reason: "holds several series; choose one with --series:\n\(listing(usable))")
  }

  private func listing(_ series: [DicomSeries], withReasons: Bool = false) -> String {
    series.map { "  \($0.summary)" + (withReasons ? $0.suitability.sentence.map { ": \($0)" } ?? "" : "") }
      .joined(separator: "\n")
  }

  /// Regular files with the names that messages give them: the path relative to the folder searched.
  private static func files(under url: URL) throws -> [(path: String, subject: String)] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw VolumeError(.notFound, subject: url.path, reason: "no such file or folder")
    }
    guard isFolder.boolValue else { return [(url.path, url.lastPathComponent)] }
    return try FolderWalk(url).files.map { (url.path + "/" + $0, $0) }
  }
}
