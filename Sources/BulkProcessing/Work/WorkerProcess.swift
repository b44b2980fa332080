import Foundation

/// A worker seen from its parent: a child process, two pipes for the conversation and one for what it says on standard error.
final class WorkerProcess {
  /// What a worker is started with.
  struct Program {
    var executable: String
    var arguments: [String]
  }

  /// How a process ended.
  enum Ending: Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  let number: Int32
  private(set) var isReady = false
  var assignment: ClaimedJob?
  /// Slices of the job in work, and how many of them are done.
  var slices = 0
  var slicesDone = 0.0
  var largestMemory = 0
  /// What the system had killed for want of memory when the job was assigned.
  private(set) var killsBefore = 0
  /// Why the parent ended it, where it did.
  var verdict: String?
  /// When the conversation stopped; the process may still be ending.
  var isStopping: Bool { input < 0 }

  private var input: Int32
  private(set) var output: Int32
  private(set) var errors: Int32
  private var answers = LineBuffer()
  private var lastWords: [UInt8] = []
  private static let mostLastWords = 8192

  /// The system has no room for another process now, and may have in a moment.
  struct Shortage: Error {
    let error: BatchError
  }

  private static func failure(_ program: Program, _ what: String, _ number: Int32) -> any Error {
    let error = BatchError.system(.workers, program.executable, what, errno: number)
    return [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(number) ? Shortage(error: error) : error
  }

  /// - Throws: `BatchError`, or `Shortage` where another attempt may succeed.
  init(_ program: Program) throws {
    var pipes: [[Int32]] = []
    func closeAll() { pipes.joined().forEach { close($0) } }
    for _ in 0..<3 {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else {
        closeAll()
        throw Self.failure(program, "no pipe to a worker", errno)
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      pipes.append(ends)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[0][0], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, pipes[2][1], STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Ctrl-C reaches the whole group of processes; what it means for a worker is the parent's to say.
    var (blocked, ignored) = (sigset_t(), sigset_t())
    sigemptyset(&blocked)
    sigemptyset(&ignored)
    sigaddset(&ignored, SIGTERM)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setsigdefault(&attributes, &ignored)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var environment = ProcessInfo.processInfo.environment
    // A crash is told in one sentence; the backtrace takes seconds and megabytes. Who wants it asks for it.
    if environment["SWIFT_BACKTRACE"] == nil { environment["SWIFT_BACKTRACE"] = "enable=no" }
    var words: [UnsafeMutablePointer<CChar>?] = ([program.executable] + program.arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (words + settings).forEach { free($0) } }
    var child: pid_t = 0
    let failure = posix_spawn(&child, program.executable, &actions, &attributes, &words, &settings)
    guard failure == 0 else {
      closeAll()
      throw Self.failure(program, "cannot be started", failure)
    }
    number = child
    close(pipes[0][0])
    close(pipes[1][1])
    close(pipes[2][1])
    (input, output, errors) = (pipes[0][1], pipes[1][0], pipes[2][0])
    for descriptor in [output, errors] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    for descriptor in [input, output, errors] where descriptor >= 0 { close(descriptor) }
  }

  /// - Returns: false where the worker is gone; its end will be seen on the other pipes.
  func assign(_ job: ClaimedJob, _ assignment: Assignment) -> Bool {
    guard var line = try? JSONEncoder().encode(assignment) else { return false }
    line.append(UInt8(ascii: "\n"))
    self.assignment = job
    (slices, slicesDone, largestMemory) = (0, 0, 0)
    killsBefore = OutOfMemory.kills
    return line.withUnsafeBytes { all in
      var sent = 0
      while sent < all.count {
        let count = write(input, all.baseAddress.map { $0 + sent }, all.count - sent)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }

  /// Asks it to stop between two steps.
  func stop() {
    guard input >= 0 else { return }
    close(input)
    input = -1
  }

  func kill() { _ = Glibc.kill(number, SIGKILL) }

  /// What has arrived; closes a pipe at its end.
  func receive() -> [WorkerMessage] {
    if let said = drain(&errors) { lastWords = (lastWords + said).suffix(Self.mostLastWords) }
    guard let bytes = drain(&output) else { return [] }
    let messages = answers.lines(adding: bytes).compactMap {
      try? JSONDecoder().decode(WorkerMessage.self, from: Data($0))
    }
    if messages.contains(where: { if case .ready = $0 { true } else { false } }) { isReady = true }
    return messages
  }

  private func drain(_ descriptor: inout Int32) -> [UInt8]? {
    guard descriptor >= 0 else { return nil }
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count > 0 {
        all += piece.prefix(count)
      } else if count < 0, errno == EINTR {
        continue
      } else {
        if count == 0 {
          close(descriptor)
          descriptor = -1
        }
        return all
      }
    }
  }

  /// The line of standard error that says most about an end.
  var lastWord: String? {
    let lines = String(decoding: lastWords, as: UTF8.self).split(separator: "\n").map {
      $0.trimmingCharacters(in: .whitespaces)
    }.filter { !$0.isEmpty }
    return lines.first { $0.contains("Fatal error") } ?? lines.last
  }

  /// How it ended; `nil` while it runs.
  func ending() -> Ending? {
    var status: Int32 = 0
    guard waitpid(number, &status, WNOHANG) == number else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }

  /// Resident bytes now.
  func measureMemory() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/\(number)/statm", encoding: .utf8) else { return 0 }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let bytes = pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    largestMemory = max(largestMemory, bytes)
    return bytes
  }
}
