import Foundation
import SuperResolution
import Volumes

/// Finds the series among DICOM files, wherever they lie and whatever they are called.
///
/// A series is named by the folder that holds all of its files, relative to the input, and its number; no text of a header enters a name.
/// With `deidentify` the folders are numbered instead, since archives call them after people.
struct DicomPlanner {
  let request: BatchRequest
  let root: URL
  let checkpoint: @Sendable () throws -> Void

  struct Found {
    var scans: [PlannedScan] = []
    var refused: [BatchPlan.Refusal] = []
    var notes: [String] = []
  }

  /// - Parameter files: relative to the root.
  func find(_ files: [String]) throws -> Found {
    let archive = try DicomArchive.scan(
      files.map { (root.path + "/" + $0, $0) }, archive: root.path, checkpoint: checkpoint)
    var found = Found()
    found.refused = archive.damaged.map { .init(what: $0.subject, reason: $0.reason, isDamage: $0.isDamage) }
    let folders = archive.series.map { relative($0.folder) }
    let numbers = request.deidentify ? NumberedFolders(folders) : nil
    let screening = Screening(request: request, isExplicit: false)
    let names = TreeNames(request: request)
    for (series, folder) in zip(archive.series, folders) {
      let own = name(of: series)
      let what = Self.joined(folder, own)
      switch judge(series, by: screening, called: what) {
      case .scan(let header):
        found.scans.append(
          PlannedScan(
            what: what, name: Self.joined(numbers?.numbered(folder) ?? folder, own),
            distinction: request.deidentify ? nil : Self.digest(series.uid),
            input: root.appendingPathComponent(folder, isDirectory: true), series: series.lastingSelector,
            files: candidates(for: series, among: archive),
            shape: ScanShape(header, settings: request.settings), outputs: names.dicom()))
      case .refused(let reason, let isDamage):
        found.refused.append(.init(what: what, reason: reason, isDamage: isDamage))
      default: break
      }
    }
    if let numbers {
      found.notes = numbers.all.map { "\($0.folder) → \($0.number)" }
    }
    return found
  }

  private func judge(_ series: DicomSeries, by screening: Screening, called what: String) -> Screening.Outcome {
    do {
      let header = try series.open(DicomReadingOptions(allowGaps: request.allowGaps)).header
      if series.isMade(by: ToolVersion.name) {
        return .refused("is an output of \(ToolVersion.name)", isDamage: false)
      }
      return screening.judge(header, called: "")
    } catch let error as VolumeError {
      return .refused(error.reason, isDamage: error.isDamage)
    } catch { return .refused("\(error)", isDamage: true) }
  }

  /// Its own files, those of its other parts, without which the parts would be numbered otherwise, and the damaged ones in its folder: they may
  /// be slices of it, which the upscale is to say.
  private func candidates(for series: DicomSeries, among archive: DicomArchive) -> [String] {
    let prefix = series.folder.hasSuffix("/") ? series.folder : series.folder + "/"
    let damaged = archive.damaged.map { root.path + "/" + $0.subject }.filter { $0.hasPrefix(prefix) }
    return (series.allPaths + damaged).map { String($0.dropFirst(prefix.count)) }.sorted()
  }

  private func relative(_ folder: String) -> String {
    folder.count > root.path.count ? String(folder.dropFirst(root.path.count + 1)) : ""
  }

  /// `series-3`, `series-3-part-2`; without a number what is made of its UID.
  private func name(of series: DicomSeries) -> String {
    let uid = request.deidentify ? nil : Self.digest(series.uid)
    let name = (["series"] + [series.number.map(String.init) ?? uid].compactMap(\.self)).joined(separator: "-")
    return series.part.map { "\(name)-part-\($0)" } ?? name
  }

  /// Eight digits that stand for a UID without showing it.
  static func digest(_ uid: String) -> String { String(FileDigest.sha256(ofText: uid).prefix(8)) }

  private static func joined(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : "\(folder)/\(name)" }
}

/// Folders by numbers, from 1 in every folder, in the order of their names.
struct NumberedFolders {
  private var numbers: [String: String] = ["": ""]
  private(set) var all: [(folder: String, number: String)] = []

  init(_ folders: [String]) {
    var children: [String: Set<String>] = [:]
    for folder in folders {
      var parent = ""
      for part in folder.split(separator: "/").map(String.init) {
        children[parent, default: []].insert(part)
        parent = parent.isEmpty ? part : "\(parent)/\(part)"
      }
    }
    number("", as: "", children)
  }

  func numbered(_ folder: String) -> String { numbers[folder] ?? "" }

  private mutating func number(_ parent: String, as prefix: String, _ children: [String: Set<String>]) {
    let names = (children[parent] ?? []).sorted()
    let digits = max(3, String(names.count).count)
    for (index, name) in names.enumerated() {
      let path = parent.isEmpty ? name : "\(parent)/\(name)"
      let padded = String(String(index + 1).reversed()).padding(toLength: digits, withPad: "0", startingAt: 0)
      let number = (prefix.isEmpty ? "" : "\(prefix)/") + String(padded.reversed())
      numbers[path] = number
      all.append((path, number))
      self.number(path, as: number, children)
    }
  }
}
