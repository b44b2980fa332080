import Evaluation
import Foundation
import Testing

@Suite struct PlanTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("residua-plan-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func file(_ name: String, _ text: String) throws -> URL {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return url
  }

  private func error(_ body: () throws -> Void) -> EvaluationError? {
    do { try body() } catch { return error as? EvaluationError }
    return nil
  }

  @Test func `a list of pairs names scans and subjects, quotes and all`() throws {
    for name in ["a,b.nii", "low.nii", "c.nii"] { _ = try file(name, "x") }
    let list = try file(
      "pairs.csv",
      "\u{FEFF}high,low,subject,name\r\n\"a,b.nii\",low.nii,one,\r\nc.nii,low.nii,,\"the \"\"best\"\" one\"\r\n\r\n")
    let scans = try EvaluationScan.listed(in: list)
    #expect(scans.map(\.name) == ["a_b", "the__best__one"])
    #expect(scans.map(\.subject) == ["one", "c"])
  }

  @Test func `all that is wrong with a list is said at once`() throws {
    _ = try file("a.nii", "x")
    let missing = error { _ = try EvaluationScan.listed(in: try file("p.csv", "high,low\na.nii,b.nii\nc.nii,\n")) }
    #expect(missing?.code == .invalidList)
    for part in ["line 2: there is no low file b.nii", "line 3: there is no high file c.nii"] {
      #expect(missing?.reason.contains(part) ?? false, "\(missing?.description ?? "")")
    }
    #expect(error { _ = try EvaluationScan.listed(in: try file("q.csv", "high;low\n")) }?.code == .invalidList)
    #expect(
      error { _ = try EvaluationScan.listed(in: try file("r.csv", "high,low\na.nii\n")) }?.reason.contains("line 2")
        ?? false)
    #expect(error { _ = try EvaluationScan.listed(in: try file("s.csv", "")) }?.code == .invalidList)
    #expect(
      error { _ = try EvaluationScan.listed(in: folder.appendingPathComponent("none.csv")) }?.code == .invalidList)
  }

  @Test func `slices are listed by subject`() throws {
    #expect(
      error { _ = try SliceSelection.list(at: try file("s.csv", "subject,slices\nsub-01,3 x\n")) }?.reason.contains(
        "line 2") ?? false)
    #expect(
      error { _ = try SliceSelection.list(at: try file("s.csv", "subject,slices\nsub-01,-3\n")) }?.code == .invalidList)
    guard
      case .listed(let lists) = try SliceSelection.list(at: try file("s.csv", "subject,slices\nsub-01,3 5\nsub-02,1\n"))
    else { return #expect(Bool(false)) }
    #expect(lists == ["sub-01": [3, 5], "sub-02": [1]])
  }
}
