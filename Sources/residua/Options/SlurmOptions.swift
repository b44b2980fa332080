import ArgumentParser

/// A batch on a cluster.
struct SlurmOptions: ParsableArguments {
  @Flag(help: "Submit the batch to Slurm as a job array, with a job behind it that writes the summary.")
  var slurm = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Options for sbatch, separated by spaces, as \"--partition=long --time=8:00:00 --cpus-per-task=8 --mem=16G\".",
      valueName: "options"))
  var slurmArgs = ""

  @Option(help: ArgumentHelp("Tasks in the array. (default: 16, or one per scan)", valueName: "n"))
  var slurmTasks: Int?

  /// How a task is called.
  @Flag(help: .hidden) var slurmTask = false

  /// Made when the batch was submitted.
  @Option(help: .hidden) var plan: String?

  func validate() throws {
    if let slurmTasks, slurmTasks < 1 || slurmTasks > 100_000 {
      throw ValidationError("--slurm-tasks is 1 to 100000, not \(slurmTasks).")
    }
    if !slurm, !slurmArgs.isEmpty || slurmTasks != nil {
      throw ValidationError("--slurm-args and --slurm-tasks go with --slurm.")
    }
  }
}
