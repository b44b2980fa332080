import Foundation

/// The folders in which models are looked for, so that they are found wherever the program was moved to.
///
/// In this order: the folders in `RESIDUA_MODELS` (separated by colons), the program's own folder, the share folder beside it
/// (`bin/residua` → `share/residua/models`), the user's data folder, and the system's.
public struct ModelSearchPath: Sendable {
  /// In the order in which they are searched.
  public let folders: [URL]

  /// - Parameters:
  ///   - executable: the running program, with links resolved.
  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: URL = ModelSearchPath.runningProgram
  ) {
    var paths = (environment["RESIDUA_MODELS"] ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
    let programs = executable.deletingLastPathComponent()
    paths.append(programs.appendingPathComponent("models"))
    // Where the build leaves what ships with the library.
    paths.append(programs.appendingPathComponent("Residua_SuperResolution.resources/Models"))
    paths.append(programs.deletingLastPathComponent().appendingPathComponent("share/residua/models"))
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      paths.append(URL(fileURLWithPath: data).appendingPathComponent("residua/models"))
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      paths.append(URL(fileURLWithPath: home).appendingPathComponent(".local/share/residua/models"))
    }
    paths.append(URL(fileURLWithPath: "/usr/local/share/residua/models"))
    paths.append(URL(fileURLWithPath: "/usr/share/residua/models"))
    folders = paths
  }

  /// The program that runs, with links resolved.
  public static var runningProgram: URL {
    let link = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return link.path == "/proc/self/exe" ? URL(fileURLWithPath: CommandLine.arguments.first ?? "residua") : link
  }

  /// Every model file on the path; of two with one name the earlier wins.
  public func models() -> [URL] {
    var seen: Set<String> = []
    return folders.flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.filter { $0.hasSuffix(".safetensors") }.sorted().map { folder.appendingPathComponent($0) }
    }.filter { seen.insert($0.lastPathComponent).inserted }
  }

  /// The model that ships for a scale: `default-x2.safetensors` for 2.
  /// - Throws: `SuperResolutionError` naming every folder that was searched.
  public func defaultModel(scale: Int) throws -> URL {
    let name = "default-x\(scale).safetensors"
    if let found = models().first(where: { $0.lastPathComponent == name }) { return found }
    let scales = (2...8).filter { s in models().contains { $0.lastPathComponent == "default-x\(s).safetensors" } }
    let remedy =
      scales.isEmpty
      ? "Set RESIDUA_MODELS to the folder that holds the models, or name a model file with --model."
      : "Models for scale \(scales.map(String.init).joined(separator: ", ")) are here; name a file of your own with --model."
    throw SuperResolutionError(
      .modelNotFound, "scale \(scale)", "no model named \(name) was found in \(list(folders)). \(remedy)")
  }

  /// A model by file path, or by name with or without its ending.
  public func model(named name: String) throws -> URL {
    if name.contains("/") || FileManager.default.fileExists(atPath: name) {
      guard FileManager.default.fileExists(atPath: name) else {
        throw SuperResolutionError(
          .modelNotFound, name, "there is no such file. `residua model list` shows the models found.")
      }
      return URL(fileURLWithPath: name)
    }
    let wanted = name.hasSuffix(".safetensors") ? name : name + ".safetensors"
    if let found = models().first(where: { $0.lastPathComponent == wanted }) { return found }
    throw SuperResolutionError(
      .modelNotFound, name,
      "neither a file here nor a model in \(list(folders)). `residua model list` shows the models found.")
  }

  private func list(_ folders: [URL]) -> String { folders.map(\.path).joined(separator: ", ") }
}
