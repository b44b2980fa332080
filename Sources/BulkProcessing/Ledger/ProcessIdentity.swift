import Foundation

/// A process, told apart from every other that ever ran: what a claim says about its owner.
package struct ProcessIdentity: Codable, Equatable, Sendable {
  /// Unique: the time of the start and a random number. Names the owner's files.
  package let id: String
  package let host: String
  /// The kernel's boot (`/proc/sys/kernel/random/boot_id`); empty where there is none.
  package let boot: String
  /// In which process numbers mean something: containers of one host have spaces of their own.
  package let space: String
  package let process: Int32
  /// Ticks between boot and the start of the process (`/proc/PID/stat`, field 22): a number that was given again has another.
  package let start: UInt64
  /// What it works with (`RunAgreement`).
  package var agreement: String?

  package enum Vitality: Sendable {
    case alive, dead
    /// On another host, in another container, or hidden: only its heartbeat tells.
    case unknown
  }

  package static func ofThisProcess() -> ProcessIdentity {
    let number = getpid()
    let suffix = String(UInt32.random(in: .min ... .max), radix: 16)
    return ProcessIdentity(
      id: "\(Timestamp.now().compact)-\(String(repeating: "0", count: 8 - suffix.count))\(suffix)",
      host: ProcessInfo.processInfo.hostName, boot: line(of: "/proc/sys/kernel/random/boot_id"),
      space: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? "",
      process: number, start: startTime(of: number) ?? 0)
  }

  package init(id: String, host: String, boot: String, space: String, process: Int32, start: UInt64) {
    self.id = id
    self.host = host
    self.boot = boot
    self.space = space
    self.process = process
    self.start = start
  }

  /// What a look at a process number of this machine shows.
  package enum Sight: Equatable, Sendable {
    /// Ticks after boot.
    case running(start: UInt64)
    /// No such process, or one that has ended and was not waited for.
    case gone
    /// There is one, and what it is may not be seen (`/proc` mounted with hidepid).
    case hidden
  }

  /// Whether the process still runs, as far as `observer` can see.
  ///
  /// Hosts may share a name, as containers and machines of one image do: another boot may be this machine before it was started again, or
  /// another machine. Only the heartbeat tells then.
  package func vitality(seenBy observer: ProcessIdentity, look: (Int32) -> Sight = Self.look(at:)) -> Vitality {
    guard !boot.isEmpty, host == observer.host, boot == observer.boot, space == observer.space, !space.isEmpty else {
      return .unknown
    }
    switch look(process) {
    case .running(let now): return now == start ? .alive : .dead
    case .gone: return .dead
    case .hidden: return .unknown
    }
  }

  package static func look(at process: Int32) -> Sight {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
      return kill(process, 0) != 0 && errno == ESRCH ? .gone : .hidden
    }
    // The second field is the program's name in parentheses and may hold anything.
    guard let end = text.lastIndex(of: ")") else { return .hidden }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let start = UInt64(fields[19]) else { return .hidden }
    return ["Z", "X"].contains(fields[0]) ? .gone : .running(start: start)
  }

  private static func startTime(of process: Int32) -> UInt64? {
    if case .running(let start) = look(at: process) { start } else { nil }
  }

  private static func line(of path: String) -> String {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
