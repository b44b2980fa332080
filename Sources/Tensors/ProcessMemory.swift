import Foundation

/// What the system says about this process's memory.
public enum ProcessMemory {
  /// The most that was ever resident, in bytes.
  public static var peak: Int {
    var usage = rusage()
    #if os(Linux)
      return getrusage(RUSAGE_SELF.rawValue, &usage) == 0 ? usage.ru_maxrss * 1024 : 0
    #else
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
    #endif
  }
}
