import Foundation
import SuperResolution

/// Gives every scan a name of its own, and with it its outputs.
///
/// Names are compared as the least discerning file system would: capitals and ways to write an accent do not count. Where several scans
/// want one name the first keeps it, in the order of their inputs, and the others take what distinguishes them, or a number.
struct OutputNaming {
  private(set) var jobs: [BatchJob] = []
  private(set) var refused: [BatchPlan.Refusal] = []
  private(set) var renamed: [(what: String, name: String)] = []

  /// Longest name of a file that common file systems take, in bytes; the temporary files are named shorter.
  private static let longestName = 255

  init(_ scans: [PlannedScan]) {
    // A name that several want, each of which can be told by what it is, is nobody's: a newcomer must not take it from the first.
    var scans = scans
    let wanted = Dictionary(grouping: scans) { Self.key($0.name) }
    for (index, scan) in scans.enumerated() {
      guard let all = wanted[Self.key(scan.name)], all.count > 1, let distinction = scan.distinction,
        all.allSatisfy({ $0.distinction != nil }), Set(all.map(\.distinction)).count == all.count
      else { continue }
      scans[index].name += "-\(distinction)"
      renamed.append((scan.what, scans[index].name))
    }
    scans.sort { ($0.what, $0.series ?? "") < ($1.what, $1.series ?? "") }
    // What everyone wants is known first, so that a number does not take a name that another has by right.
    var taken = Set(scans.map { Self.key($0.name) })
    var first: Set<String> = []
    var outputs: [String: String] = [:]
    for scan in scans {
      var name = scan.name
      if !first.insert(Self.key(name)).inserted {
        guard !scan.insistsOnName else {
          refuse(scan, "another file has the same name but for its ending or its capitals; keep one of them")
          continue
        }
        name = Self.free(scan, taken: &taken)
        renamed.append((scan.what, name))
      }
      var job = BatchJob(
        name: name, input: scan.input, series: scan.series, outputs: scan.outputs(name), scan: scan.shape)
      job.files = scan.files
      job.bids = scan.bids
      job.companions = scan.companions
      if let long = job.outputs.all.first(where: Self.isTooLong) {
        refuse(scan, "the name of its output would be too long for a file system (\(Self.longestName) bytes): \(long)")
      } else if let other = job.outputs.all.lazy.compactMap({ outputs[Self.key($0)] }).first {
        refuse(scan, "its output would be that of \(other); give one of them another name")
      } else {
        for output in job.outputs.all { outputs[Self.key(output)] = scan.what }
        jobs.append(job)
      }
    }
  }

  private mutating func refuse(_ scan: PlannedScan, _ reason: String) {
    // A scan that could be upscaled and is not.
    refused.append(BatchPlan.Refusal(what: scan.what, reason: reason, isDamage: true))
  }

  private static func free(_ scan: PlannedScan, taken: inout Set<String>) -> String {
    if let distinction = scan.distinction {
      let name = "\(scan.name)-\(distinction)"
      if taken.insert(key(name)).inserted { return name }
    }
    var number = 2
    while !taken.insert(key("\(scan.name)_\(number)")).inserted { number += 1 }
    return "\(scan.name)_\(number)"
  }

  /// What two names share that some file system would take for one.
  static func key(_ name: String) -> String {
    name.precomposedStringWithCanonicalMapping.lowercased().precomposedStringWithCanonicalMapping
  }

  private static func isTooLong(_ path: String) -> Bool {
    // A sidecar's ending is as long as that of a volume.
    path.split(separator: "/").contains { $0.utf8.count > longestName - 5 }
  }
}
