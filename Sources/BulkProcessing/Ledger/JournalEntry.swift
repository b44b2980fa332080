import Foundation
import SuperResolution

/// One line of a journal.
public struct JournalEntry: Codable, Sendable {
  public enum Event: String, Codable, Sendable {
    /// A run begins; `run` says which.
    case run
    case started
    /// The outputs are complete under their names.
    case done
    /// The job's own fault; `reason` is the sentence.
    case failed
    /// Given back unfinished, by a signal or because the disk is full.
    case paused
    /// The worker was ended from outside.
    case killed
    /// An input whose date changed while its bytes did not: `result` has the new stamp.
    case confirmed
    case end
  }

  public var time = Timestamp.now()
  public let event: Event
  public var job: String?
  /// Counted from 1.
  public var attempt: Int?
  public var reason: String?
  /// The digest of settings, model and kernels that the job ran under, and the input's stamp.
  public var terms: JobTerms?
  public var result: JobResult?
  public var run: RunDescription?

  public init(_ event: Event, job: String? = nil, attempt: Int? = nil, reason: String? = nil) {
    self.event = event
    self.job = job
    self.attempt = attempt
    self.reason = reason
  }
}

/// What a result depends on beside the tool: change one, and the job is done again.
public struct JobTerms: Codable, Equatable, Sendable {
  /// Digest of `RunDescription.settings`.
  public var settings: String
  /// SHA-256 of the model file.
  public var model: String
  public var kernels: String
  /// Names, sizes and times of change of the input's files and of what goes with it, as a digest: cheap to look at.
  public var stamp: String

  public init(settings: String, model: String, kernels: String, stamp: String) {
    self.settings = settings
    self.model = model
    self.kernels = kernels
    self.stamp = stamp
  }

  /// All of them in 16 hexadecimal digits, for names of files.
  var fingerprint: String { Self.digits(settings, model, kernels, stamp) }

  /// The same without the stamp: for what is told apart by the input's bytes.
  var fingerprintOfWork: String { Self.digits(settings, model, kernels) }

  private static func digits(_ parts: String...) -> String {
    String(FileDigest.sha256(ofText: parts.joined(separator: "\n")).prefix(16))
  }
}

/// What came of a job.
public struct JobResult: Codable, Equatable, Sendable {
  /// SHA-256 of the input's files in order.
  public var input = ""
  /// SHA-256 of what went with it, by role: mask, regions, labels.
  public var companions: [String: String]?
  /// Paths below the output folder, with bytes (or, for a folder of DICOM files, how many files).
  public var outputs: [String: Int] = [:]
  public var slices = 0
  /// Those that this attempt computed; the others were kept from earlier ones.
  public var computed = 0
  public var meanDeviation: Double?
  /// The unit of `meanDeviation`.
  public var unit = ""
  public var warnings: [String] = []
  /// Seconds of this attempt, by kind of work.
  public var seconds: [String: Double] = [:]
  /// The worker's largest resident memory, in bytes.
  public var memory: Int?

  public init() {}
}

/// One run of the command: a process that claims jobs.
public struct RunDescription: Codable, Sendable {
  public var id: String
  public var host: String
  public var process: Int32
  public var version: String
  public var workers: Int
  public var threads: Int
  public var kernels: String
  public var modelFile: String
  public var model: String
  /// Everything that decides a result's bytes, beside input, model and kernels.
  public var settings: [String: String]
  public var slurmJob: String?

  public init(
    id: String, host: String, process: Int32, version: String, workers: Int, threads: Int, kernels: String,
    modelFile: String, model: String, settings: [String: String], slurmJob: String? = nil
  ) {
    self.id = id
    self.host = host
    self.process = process
    self.version = version
    self.workers = workers
    self.threads = threads
    self.kernels = kernels
    self.modelFile = modelFile
    self.model = model
    self.settings = settings
    self.slurmJob = slurmJob
  }
}
