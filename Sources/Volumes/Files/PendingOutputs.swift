import CNifti

/// Files that are being written and must not stay behind where the process is ended by a signal.
///
/// Every writer here notes its temporary files by itself. The table lives in C, and what a signal handler calls on it allocates
/// nothing and takes no lock.
public enum PendingOutputs {
  /// Has SIGINT, SIGTERM and SIGHUP remove all unfinished files, write `message` to stderr and leave with 128 + signal
  /// (130 for Ctrl-C, 143 for SIGTERM). For a program's first lines; a hang-up ignored by `nohup` stays ignored.
  public static func removeOnTermination(message: String) {
    cnifti_pending_install_handlers(message)
  }

  /// Removes all unfinished files now; how many. Async-signal-safe.
  @discardableResult
  public static func removeAll() -> Int { Int(cnifti_pending_unlink_all()) }

  /// Notes a file; -1 where the table (128 paths) is full, and then only its own writer removes it.
  static func add(_ path: String) -> Int32 { cnifti_pending_add(path) }
  static func remove(_ slot: Int32) { cnifti_pending_remove(slot) }
}

enum FileSizeLimit {
  /// Reaching `ulimit -f` would end the process by SIGXFSZ; ignored, it shows as a failing write.
  static func becomesAnError() { cnifti_ignore_file_size_signal() }
}
