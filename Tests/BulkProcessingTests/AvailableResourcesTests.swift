import BulkProcessing
import Foundation
import Testing

/// What containers and schedulers leave of a machine, from files laid out as cgroups(7) has them.
@Suite struct AvailableResourcesTests {
  let root: StudyFolder

  init() throws { root = try StudyFolder() }

  private func memory(_ environment: [String: String] = [:]) -> Int {
    AvailableResources.memory(environment: environment, root: root.url.path)
  }

  @Test func withoutLimitsItIsTheMachine() {
    #expect(memory() == Int(ProcessInfo.processInfo.physicalMemory))
    #expect(
      AvailableResources.cores(environment: [:], root: root.url.path) == ProcessInfo.processInfo.activeProcessorCount)
  }

  @Test func slurmStatesMegabytes() {
    #expect(memory(["SLURM_MEM_PER_NODE": "512"]) == 512 << 20)
    #expect(memory(["SLURM_MEM_PER_CPU": "100", "SLURM_CPUS_PER_TASK": "3", "SLURM_CPUS_ON_NODE": "8"]) == 300 << 20)
    #expect(memory(["SLURM_MEM_PER_CPU": "100", "SLURM_CPUS_ON_NODE": "4"]) == 400 << 20)
    // All of the node.
    #expect(memory(["SLURM_MEM_PER_NODE": "0"]) == Int(ProcessInfo.processInfo.physicalMemory))
    #expect(AvailableResources.cores(environment: ["SLURM_CPUS_PER_TASK": "1"], root: root.url.path) == 1)
  }

  @Test func theSmallestLimitOfAllGroupsAboveCounts() throws {
    try root.put("0::/user.slice/job\n", at: "proc/self/cgroup")
    try root.put("max\n", at: "sys/fs/cgroup/user.slice/job/memory.max")
    try root.put("1048576\n", at: "sys/fs/cgroup/user.slice/memory.max")
    #expect(memory() == 1 << 20)
    try root.put("50000 100000\n", at: "sys/fs/cgroup/user.slice/job/cpu.max")
    #expect(AvailableResources.cores(environment: [:], root: root.url.path) == 1)
  }

  @Test func theFirstVersionOfControlGroups() throws {
    try root.put("5:cpu,cpuacct:/c\n4:memory:/slurm/uid_0/job_1\n", at: "proc/self/cgroup")
    try root.put("2097152\n", at: "sys/fs/cgroup/memory/slurm/uid_0/job_1/memory.limit_in_bytes")
    // No limit is a number near 2^63.
    try root.put("9223372036854771712\n", at: "sys/fs/cgroup/memory/memory.limit_in_bytes")
    #expect(memory() == 2 << 20)
  }
}
