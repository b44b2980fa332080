import Foundation
import SuperResolution
import Volumes

/// Plans what a list names. Nothing is guessed: every row is a job, or the reason why not is told.
struct ListPlanner: Sendable {
  let request: BatchRequest
  let list: URL
  let checkpoint: @Sendable () throws -> Void

  /// - Throws: `SuperResolutionError` for a list that contradicts itself, with line numbers; a scan that cannot be upscaled is refused only.
  func plan() throws -> BatchPlan {
    let rows = try JobList(list).rows
    try checkTwice(rows)
    let finder = try CompanionFinder(request.companions)
    var refused: [BatchPlan.Refusal] = []
    let outcomes = try rows.concurrentMap(checkpoint: checkpoint) { row in self.scan(row, finder) }
    let scans = outcomes.compactMap { outcome -> PlannedScan? in
      switch outcome {
      case .success(let scan): return scan
      case .failure(let refusal):
        refused.append(refusal.refusal)
        return nil
      }
    }
    let naming = OutputNaming(scans)
    return BatchPlan(
      jobs: naming.jobs, refused: refused + naming.refused,
      notes: naming.renamed.map { "\($0.what): another scan has the same name; its results are called \($0.name)" })
  }

  private struct Refused: Error { let refusal: BatchPlan.Refusal }

  /// One output for two rows is a mistake in the list.
  private func checkTwice(_ rows: [JobList.Row]) throws {
    var lines: [String: Int] = [:]
    var problems: [(line: Int, text: String)] = []
    for row in rows {
      guard let output = row.output else { continue }
      let key = OutputNaming.key(TreeNames.stem(output).stem)
      if let other = lines[key] {
        problems.append((row.line, "the output \(output) is that of line \(other) already"))
      } else {
        lines[key] = row.line
      }
    }
    guard problems.isEmpty else { throw JobList.error(list, problems) }
  }

  private func scan(_ row: JobList.Row, _ finder: CompanionFinder) -> Result<PlannedScan, Refused> {
    let what = "line \(row.line): \(row.input)" + (row.series.map { ", series \($0)" } ?? "")
    func refuse(_ reason: String) -> Result<PlannedScan, Refused> {
      // Who names a scan means it.
      .failure(Refused(refusal: .init(what: what, reason: reason, isDamage: true)))
    }
    let screening = Screening(request: request, isExplicit: true)
    do {
      var isDicom = false
      var header: VolumeHeader?
      var selector: String?
      switch try VolumeFormat.detect(row.url) {
      case .dicomFile, .directory:
        isDicom = true
        let series = try DicomArchive.scan(row.url).select(row.series)
        header = try series.open(DicomReadingOptions(allowGaps: request.allowGaps)).header
        selector = series.lastingSelector
      default:
        if row.series != nil { return refuse("a series is named, and the input is no DICOM") }
        header = try VolumeFile.open(row.url).header
      }
      guard let header else { return refuse("is no volume") }
      if case .refused(let reason, _) = screening.judge(header, called: row.input) { return refuse(reason) }
      var scan = found(row, what: what, header: header, selector: selector, isDicom: isDicom)
      let folder = (ownName(row) as NSString).deletingLastPathComponent
      scan.companions = try finder.companions(of: scan, relativeFolder: folder, found: row.companions)
      if let (role, url) = row.companions.all.first(where: { !FileManager.default.fileExists(atPath: $0.url.path) }) {
        return refuse("its \(role) is not there: \(url.path)")
      }
      return .success(TreeNames(request: request).withCompanions(scan))
    } catch let refusal as BatchPlan.Refusal {
      return .failure(Refused(refusal: refusal))
    } catch let error as VolumeError {
      return refuse(error.reason)
    } catch { return refuse("\(error)") }
  }

  private func found(_ row: JobList.Row, what: String, header: VolumeHeader, selector: String?, isDicom: Bool)
    -> PlannedScan
  {
    let names = TreeNames(request: request)
    let (ownStem, isPacked) = TreeNames.stem(ownName(row))
    var name = ownStem
    var outputs = isDicom ? names.dicom() : names.nifti(isPacked: isPacked)
    if isDicom, row.output == nil { name += "/series" + (row.series.map { "-\($0)" } ?? "") }
    if let output = row.output {
      let (stem, outputIsPacked) = TreeNames.stem(output)
      name = stem
      let isPlainNifti = output.lowercased().hasSuffix(".nii")
      let ending =
        isPlainNifti ? ".nii" : isDicom && request.dicomOutput == .dicom && !outputIsPacked ? "" : ".nii.gz"
      outputs = names.chosen(
        ending: ending, deviationEnding: ending.isEmpty && request.uncertaintyFormat == .nifti ? ".nii.gz" : ending)
    }
    return PlannedScan(
      what: what, name: name, input: row.url, series: selector, shape: ScanShape(header, settings: request.settings),
      outputs: outputs)
  }

  /// Below the list's folder the path, elsewhere the last part: the names of far folders are nobody's wish.
  private func ownName(_ row: JobList.Row) -> String {
    let folder = list.deletingLastPathComponent().standardizedFileURL.path
    guard row.url.path.hasPrefix(folder + "/") else { return row.url.lastPathComponent }
    return String(row.url.path.dropFirst(folder.count + 1))
  }
}
