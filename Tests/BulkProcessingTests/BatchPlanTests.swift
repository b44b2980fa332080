import BulkProcessing
import Foundation
import Testing

@Suite struct BatchPlanTests {
  @Test func jobsStandInTheOrderOfTheirNames() {
    let jobs = ["sub-02/b", "sub-01/a"].map {
      BatchJob(name: $0, input: URL(fileURLWithPath: "/in/\($0).nii"), outputs: .init(estimate: "\($0).nii.gz"))
    }
    #expect(BatchPlan(jobs: jobs).jobs.map(\.name) == ["sub-01/a", "sub-02/b"])
  }
}
