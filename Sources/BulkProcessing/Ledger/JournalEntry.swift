import Foundation
import SuperResolution

/// One line of a journal.
package struct JournalEntry: Codable, Sendable {
  package enum Event: String, Codable, Sendable {
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

  package var time = Timestamp.now()
  package let event: Event
  package var job: String?
  /// Counted from 1.
  package var attempt: Int?
  package var reason: String?
  /// The digest of settings, model and kernels that the job ran under, and the input's stamp.
  package var terms: JobTerms?
  package var result: JobResult?
  package var run: RunDescription?

  package init(_ event: Event, job: String? = nil, attempt: Int? = nil, reason: String? = nil) {
    self.event = event
    self.job = job
    self.attempt = attempt
    self.reason = reason
  }
}

/// What a result depends on beside the tool: change one, and the job is done again.
package struct JobTerms: Codable, Equatable, Sendable {
  /// Digest of `RunDescription.settings`.
  package var settings: String
  /// SHA-256 of the model file.
  package var model: String
  package var kernels: String
  /// Names, sizes and times of change of the input's files and of what goes with it, as a digest: cheap to look at.
  package var stamp: String

  package init(settings: String, model: String, kernels: String, stamp: String) {
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
package struct JobResult: Codable, Equatable, Sendable {
  /// SHA-256 of the input's files in order.
  package var input = ""
  /// SHA-256 of what went with it, by role: mask, regions, labels.
  package var companions: [String: String]?
  /// Paths below the output folder, with bytes (or, for a folder of DICOM files, how many files).
  package var outputs: [String: Int] = [:]
  package var slices = 0
  /// Those that this attempt computed; the others were kept from earlier ones.
  package var computed = 0
  package var meanDeviation: Double?
  /// The unit of `meanDeviation`.
  package var unit = ""
  package var warnings: [String] = []
  /// Seconds of this attempt, by kind of work.
  package var seconds: [String: Double] = [:]
  /// The worker's largest resident memory, in bytes.
  package var memory: Int?

  package init() {}
}

/// One run of the command: a process that claims jobs.
package struct RunDescription: Codable, Sendable {
  package var id: String
  package var host: String
  package var process: Int32
  package var version: String
  package var workers: Int
  package var threads: Int
  package var kernels: String
  package var modelFile: String
  package var model: String
  /// Everything that decides a result's bytes, beside input, model and kernels.
  package var settings: [String: String]
  package var slurmJob: String?

  package init(
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
