import ArgumentParser
import BulkProcessing
import Foundation
import Reports
import SuperResolution
import Volumes

/// Reports on batches: what the ledger says of every job becomes a row of the index, and what is done gets a page.
extension ReportCommand {
  /// One output, or one job of a batch, on its way into an index.
  private struct Entry {
    var row: ReportIndex.Row
    let output: URL?
    let page: URL
    var input: URL?
    var series: String?
    var uncertainty: URL?
  }

  /// Writes an index in each batch, or one over all, and the pages that are missing or out of date.
  func reportOnMany(_ urls: [URL], batches: Set<URL>) throws {
    if !batches.isEmpty, uncertainty != nil || page != nil || series != nil {
      throw ValidationError("--uncertainty, --page and --series are for one volume, not for a batch.")
    }
    var failures = 0
    var all = ReportIndex(title: "Super-resolved volumes")
    let common = file(index)
    try common.map { try requireOwn($0, isIndex: true) }
    for url in urls {
      guard batches.contains(url) else {
        let entry = Entry(
          row: .init(name: url.lastPathComponent, state: .done), output: url,
          page: file(page) ?? Self.page(beside: url),
          input: file(input), uncertainty: file(uncertainty))
        // Alone beside an index it must be there; in a batch the row says what is wrong.
        _ = try UpscaleOutput(url)
        let side = ReportIndex.thumbnailSide(rows: urls.count, sizeLimit: sizeLimit * 1_000_000)
        if let common {
          all.rows.append(try row(entry, from: common, side: side, &failures))
        } else {
          _ = try row(entry, from: url, side: 0, &failures)
        }
        continue
      }
      let folder = url.appendingPathComponent("report", isDirectory: true)
      let target = common ?? folder.appendingPathComponent("index.html")
      try requireOwn(target, isIndex: true)
      let (entries, refused) = try entries(of: url, pages: folder.appendingPathComponent("volumes"))
      let side = ReportIndex.thumbnailSide(rows: entries.count * urls.count, sizeLimit: sizeLimit * 1_000_000)
      var index = ReportIndex(title: url.lastPathComponent)
      index.refused = refused
      for entry in entries {
        var row = try row(entry, from: target, side: side, &failures)
        if common != nil, urls.count > 1 { row.name = "\(url.lastPathComponent)/\(row.name)" }
        index.rows.append(row)
      }
      all.rows += index.rows
      all.refused += refused
      if common == nil { try write(index, to: target) }
    }
    if let common {
      all.title = urls.count == 1 ? urls[0].lastPathComponent : all.title
      try write(all, to: common)
    }
    if all.rows.isEmpty, common != nil || urls.allSatisfy(batches.contains), failures == 0, isEmpty(urls) {
      StandardError.write("residua: there is no job in \(outputs.joined(separator: ", ")) yet.\n")
      throw ExitCode(2)
    }
    if failures > 0 { throw ExitCode(3) }
  }

  private func isEmpty(_ urls: [URL]) -> Bool {
    urls.allSatisfy { (try? LedgerTable(reading: LedgerFolder(output: $0)).rows.isEmpty) ?? false }
  }

  /// An index is made anew each time, and so is a page that is out of date; anything else is only replaced when told so.
  private func requireOwn(_ target: URL, isIndex: Bool) throws {
    guard !overwrite, FileManager.default.fileExists(atPath: target.path) else { return }
    if let mark = PageMark(of: target), mark.shows.isEmpty == isIndex { return }
    throw SuperResolutionError(
      .outputExists, target.path,
      "exists and is no \(isIndex ? "index" : "page of a volume") of `residua report`. Pass --overwrite to replace it.")
  }

  private func write(_ index: ReportIndex, to target: URL) throws {
    try makeFolder(target.deletingLastPathComponent())
    try writeAtomically(index.html, to: target, overwrite: true)
    print(target.path)
  }

  // MARK: Jobs

  private func entries(of folder: URL, pages: URL) throws -> ([Entry], [(what: String, reason: String)]) {
    let table = try LedgerTable(reading: LedgerFolder(output: folder))
    let inputs = try inputs(of: folder, table)
    let entries = table.rows.map { job in
      var row = ReportIndex.Row(name: job.job, state: ReportIndex.State(rawValue: job.state.rawValue) ?? .open)
      row.changed = job.changed?.text
      if job.state == .failed { row.reason = sentence(of: job) }
      // A ledger may have been tampered with: pages stay below the batch.
      let isSafe = JobList.problem(ofOutput: job.job) == nil
      let output = job.state == .done && isSafe ? job.history?.result.flatMap { estimate(of: $0, in: folder) } : nil
      if !isSafe {
        row.reason = "its name is no path below the output folder: the ledger is damaged."
      } else if job.state == .done, output == nil {
        row.reason = "its output is no longer there, or its sidecar is not. Run the batch again."
      }
      let input = inputs[job.job]
      return Entry(
        row: row, output: output, page: pages.appendingPathComponent(job.job + ".html"), input: input?.input,
        series: input?.series)
    }
    return (entries, table.refused.map { ($0.what, $0.reason) })
  }

  /// Why a job failed; its row has its name already.
  private func sentence(of job: LedgerTable.Row) -> String {
    let reason = job.reason ?? "no reason was recorded"
    return reason.hasPrefix("\(job.job): ") ? String(reason.dropFirst(job.job.count + 2)) : reason
  }

  /// The one of a job's outputs whose sidecar speaks for all.
  private func estimate(of result: JobResult, in folder: URL) -> URL? {
    result.outputs.keys.sorted()
      .filter { JobList.problem(ofOutput: $0.hasSuffix("/") ? String($0.dropLast()) : $0) == nil }
      .map { folder.appendingPathComponent($0) }.first { (try? UpscaleOutput($0)) != nil }
  }

  /// Where the scans of a batch lie, by job: the ledger does not say, the batch's INPUT does.
  private func inputs(of folder: URL, _ table: LedgerTable) throws -> [String: BatchJob] {
    guard let source = file(input) else { return [:] }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder) else {
      throw SuperResolutionError(.unreadable, source.path, "there is no such file or folder.")
    }
    var request = BatchRequest(source: isFolder.boolValue ? .folder(source) : .list(source), output: folder)
    request.includes4D = true
    // Numbered folders instead of names: the names of the jobs say so themselves.
    request.deidentify = table.rows.contains { $0.history?.settings["deidentify"] == "true" }
    let jobs = try BatchPlanner(request).plan(checkpoint: Interruption.check).jobs
    let found = Dictionary(jobs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let missing = table.rows.filter { $0.state == .done && found[$0.job] == nil }
    if !missing.isEmpty {
      let names = missing.prefix(3).map(\.job).joined(separator: ", ") + (missing.count > 3 ? ", …" : "")
      StandardError.warn(
        "\(source.lastPathComponent) has no scan for \(missing.count) of the jobs (\(names)): their pages show no bicubic."
      )
    }
    return found
  }

  // MARK: Rows

  /// Writes a page where one is due, and says in a row what there is. What goes wrong with one volume is told there, and the others go on.
  private func row(_ entry: Entry, from index: URL, side: Int, _ failures: inout Int) throws -> ReportIndex.Row {
    var row = entry.row
    guard let url = entry.output else { return row }
    do {
      let output = try UpscaleOutput(url, uncertainty: entry.uncertainty, input: entry.input)
      row.summary = try OutputSummary(of: output, thumbnailSide: side)
      if row.changed == nil { row.changed = Self.date(of: Sidecar.url(beside: url)) }
      if !noPages, overwrite || !isCurrent(entry, output) {
        if entry.page.standardizedFileURL == index.standardizedFileURL {
          throw SuperResolutionError(
            .outputExists, index.path, "is the name of a volume's page. Give the index another name: --index.")
        }
        try requireOwn(entry.page, isIndex: false)
        try makeFolder(entry.page.deletingLastPathComponent())
        try writePage(of: output, to: entry.page, series: entry.series)
      }
    } catch let stop as Interruption.Stop {
      throw stop
    } catch {
      failures += 1
      row.reason = "no page: \(error)"
      StandardError.warn("\(row.name): \(error)")
    }
    if PageMark(of: entry.page)?.shows.isEmpty == false {
      row.page = BidsDerivative.relativePath(from: index.deletingLastPathComponent(), to: entry.page)
    }
    return row
  }

  /// Whether a page shows all that there is, as it is now.
  private func isCurrent(_ entry: Entry, _ output: UpscaleOutput) -> Bool {
    PageMark(of: entry.page)?.covers(PageMark(of: output, options: options(series: entry.series))) == true
  }

  /// The time of change, ISO 8601.
  private static func date(of url: URL) -> String? {
    let date = (try? FileManager.default.attributesOfItem(atPath: url.path))?[.modificationDate] as? Date
    return date.map { $0.formatted(.iso8601.time(includingFractionalSeconds: true)) }
  }
}
