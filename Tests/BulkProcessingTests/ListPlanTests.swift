import BulkProcessing
import Foundation
import SuperResolution
import Testing

@Suite struct ListPlanTests {
  let study: StudyFolder

  init() throws { study = try StudyFolder() }

  private func plan(_ list: String) throws -> BatchPlan {
    try study.put(list, at: "jobs.csv")
    return try BatchPlanner(
      BatchRequest(source: .list(study.file("jobs.csv")), output: URL(fileURLWithPath: "/nowhere/out"))
    ).plan()
  }

  @Test func aListIsTakenAsItIs() throws {
    try study.scan("in/a.nii")
    try study.scan("in/b_mask.nii.gz")
    try study.scan("in/with, comma.nii", frames: 2)
    try study.scan("in/d.nii")
    let other = try StudyFolder()
    try other.scan("far.nii.gz")
    let plan = try plan(
      "output,input,series\r\n,in/a.nii,\r\nlabels,in/b_mask.nii.gz,\r\n,\"in/with, comma.nii\",\r\n"
        + "x/d.nii.gz,in/d.nii,\r\n,\(other.url.path)/far.nii.gz,\r\n,in/none.nii,\r\n,in/d.nii,3\r\n")
    #expect(plan.names == ["far", "in/a", "in/with, comma", "labels", "x/d"])
    #expect(
      plan.jobs.map(\.outputs.estimate) == [
        "far_srx2.nii.gz", "in/a_srx2.nii", "in/with, comma_srx2.nii", "labels.nii.gz", "x/d.nii.gz",
      ])
    #expect(plan.refused.map(\.what) == ["line 7: in/none.nii", "line 8: in/d.nii, series 3"])
  }

  @Test func everyMistakeIsToldWithItsLine() throws {
    func lines(_ list: String) throws -> [Int] {
      let error = #expect(throws: SuperResolutionError.self) { _ = try plan(list) }
      return (error?.reason ?? "").matches(of: /line (\d+):/).compactMap { Int($0.1) }
    }
    #expect(
      try lines("input,output\na.nii,../up\nb.nii\n,x\n\"c\nd.nii\",.hidden\ne.nii,/abs\nf.nii,a//b\n")
        == [2, 3, 4, 5, 7, 8])
    #expect(try lines("file,output\na,b\n") == [1, 1])
    #expect(try lines("input,output\na.nii,same\nb.nii,SAME.nii\n") == [3])
    #expect(try lines("input\n\"a.nii\"x\n\"open\n") == [2, 3])
    #expect(throws: SuperResolutionError.self) { _ = try plan("") }
    try Data([0x69, 0xFF, 0xFE]).write(to: study.file("jobs.csv"))
    let request = BatchRequest(source: .list(try study.file("jobs.csv")), output: URL(fileURLWithPath: "/nowhere/out"))
    let error = #expect(throws: SuperResolutionError.self) { _ = try BatchPlanner(request).plan() }
    #expect(error?.reason.contains("UTF-8") == true)
  }

  /// `python3 Tests/BulkProcessingTests/Golden/make_csv.py`: what Python's csv module reads.
  @Test func csvAsPythonReadsIt() throws {
    struct Case: Decodable {
      let text: String
      let rows: [[String]]
    }
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/csv.json")
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    #expect(cases.count > 10)
    for one in cases {
      let table = CSVTable(one.text)
      #expect(table.records.map(\.fields) == one.rows, "\(one.text.debugDescription)")
      #expect(table.problems.isEmpty)
    }
    #expect(CSVTable("a\n\"b\nc\"\r\n\rd\n").records.map(\.line) == [1, 2, 5])
    #expect(CSVTable("\u{FEFF}input;output\na,1;b\n").records.last?.fields == ["a,1", "b"])
  }
}
