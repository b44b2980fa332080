import Foundation

/// A process, told apart from every other that ever ran: what a claim says about its owner.
public struct ProcessIdentity: Codable, Equatable, Sendable {
  /// Unique: the time of the start and a random number. Names the owner's files.
  public let id: String
  public let host: String
  /// The kernel's boot (`/proc/sys/kernel/random/boot_id`); empty where there is none.
  public let boot: String
  /// In which process numbers mean something: containers of one host have spaces of their own.
  public let space: String
  public let process: Int32
  /// Ticks between boot and the start of the process (`/proc/PID/stat`, field 22): a number that was given again has another.
  public let start: UInt64

  public enum Vitality: Sendable {
    case alive, dead
    /// On another host, or in another container: only its heartbeat tells.
    case unknown
  }

  public static func ofThisProcess() -> ProcessIdentity {
    let number = getpid()
    let suffix = String(UInt32.random(in: .min ... .max), radix: 16)
    return ProcessIdentity(
      id: "\(Timestamp.now().compact)-\(String(repeating: "0", count: 8 - suffix.count))\(suffix)",
      host: ProcessInfo.processInfo.hostName, boot: line(of: "/proc/sys/kernel/random/boot_id"),
      space: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? "",
      process: number, start: startTime(of: number) ?? 0)
  }

  public init(id: String, host: String, boot: String, space: String, process: Int32, start: UInt64) {
    self.id = id
    self.host = host
    self.boot = boot
    self.space = space
    self.process = process
    self.start = start
  }

  /// Whether the process still runs, as far as `observer` can see.
  public func vitality(seenBy observer: ProcessIdentity) -> Vitality {
    guard !boot.isEmpty, host == observer.host else { return .unknown }
    // The host was started again since.
    if boot != observer.boot { return .dead }
    guard space == observer.space, !space.isEmpty else { return .unknown }
    return Self.startTime(of: process) == start ? .alive : .dead
  }

  /// Ticks after boot; `nil` where no such process runs (a zombie does not).
  static func startTime(of process: Int32) -> UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      // The second field is the program's name in parentheses and may hold anything.
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return UInt64(fields[19])
  }

  private static func line(of path: String) -> String {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
