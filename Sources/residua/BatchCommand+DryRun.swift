import ArgumentParser
import BulkProcessing
import Foundation
import SuperResolution

extension BatchCommand {
  /// The plan, with what it will take by a short measurement. Nothing is written but scratch files in the temporary folder.
  func tell(of plan: BatchPlan, for request: BatchRequest) throws {
    var estimate: BatchEstimate?
    if !plan.jobs.isEmpty {
      let model = try LoadedModel(named: sampling.choice.model, scale: sampling.choice.scale, engine: computing.engine)
      estimate = try BatchEstimate(
        of: plan, for: request, model: model, voxelType: results.type, checkpoint: Interruption.check)
    }
    let report = BatchPlanReport(plan, estimate: estimate)
    print(study.json ? try report.json() : report.text)
    if plan.jobs.isEmpty, plan.damaged.isEmpty { throw ExitCode(2) }
  }
}
