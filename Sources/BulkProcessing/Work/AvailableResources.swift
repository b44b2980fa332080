import Foundation

/// What this process may take of the machine: what a scheduler or a container gives it, else all of it.
package enum AvailableResources {
  /// Bytes of memory.
  /// - Parameters:
  ///   - root: where `proc` and `sys` are found.
  package static func memory(
    environment: [String: String] = ProcessInfo.processInfo.environment, root: String = "/"
  ) -> Int {
    let ofMachine = Int(ProcessInfo.processInfo.physicalMemory)
    return
      ([ofMachine] + [ofSlurm(environment)].compactMap(\.self)
      + limits("memory.max", v1: ("memory", "memory.limit_in_bytes"), root))
      .min() ?? ofMachine
  }

  /// Cores, rounded up.
  package static func cores(
    environment: [String: String] = ProcessInfo.processInfo.environment, root: String = "/"
  ) -> Int {
    let given = environment["SLURM_CPUS_PER_TASK"] ?? environment["SLURM_CPUS_ON_NODE"]
    let own = given.flatMap { Int($0) } ?? ProcessInfo.processInfo.activeProcessorCount
    return max(1, min(own, quotas(root).min() ?? own))
  }

  /// Slurm states megabytes; 0 for all of the node.
  private static func ofSlurm(_ environment: [String: String]) -> Int? {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
    if let ofNode = number("SLURM_MEM_PER_NODE") { return ofNode << 20 }
    guard let each = number("SLURM_MEM_PER_CPU") else { return nil }
    return each * (number("SLURM_CPUS_PER_TASK") ?? number("SLURM_CPUS_ON_NODE") ?? 1) << 20
  }

  /// A limit of one of the control groups that this process is in holds for all below it.
  private static func limits(_ name: String, v1: (controller: String, file: String), _ root: String) -> [Int] {
    groups(v1.controller, root).flatMap { folder, isUnified in
      text("\(folder)/\(isUnified ? name : v1.file)").flatMap { Int($0) }.map { [$0] } ?? []
    }
  }

  private static func quotas(_ root: String) -> [Int] {
    groups("cpu", root).compactMap { folder, isUnified in
      let words =
        isUnified
        ? text("\(folder)/cpu.max")?.split(separator: " ").map(String.init) ?? []
        : [text("\(folder)/cpu.cfs_quota_us"), text("\(folder)/cpu.cfs_period_us")].compactMap(\.self)
      guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0 else {
        return nil
      }
      return Int((quota / period).rounded(.up))
    }
  }

  /// The folders of this process's groups, from its own up (cgroups(7): `0::/path` is the unified hierarchy).
  private static func groups(_ controller: String, _ root: String) -> [(folder: String, isUnified: Bool)] {
    let lines = text("\(root)/proc/self/cgroup")?.split(separator: "\n") ?? []
    return lines.flatMap { line -> [(String, Bool)] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3 else { return [] }
      let isUnified = parts[1].isEmpty
      guard isUnified || parts[1].split(separator: ",").contains(Substring(controller)) else { return [] }
      let mount = "\(root)/sys/fs/cgroup" + (isUnified ? "" : "/\(controller)")
      var path = parts[2]
      var folders = [(mount, isUnified)]
      while path.count > 1 {
        folders.append((mount + path, isUnified))
        path = (path as NSString).deletingLastPathComponent
      }
      return folders
    }
  }

  private static func text(_ path: String) -> String? {
    (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
