import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Orthanc on loopback with storage of its own, for one test.
final class OrthancServer {
  let dicomPort: Int
  let httpPort: Int
  private let process = Process()
  private let folder: URL

  /// nil, and said, where it is not installed or does not start.
  init?(for test: String) throws {
    guard let tool = Tool("Orthanc", for: test) else { return nil }
    folder = try TestData.folder("orthanc")
    dicomPort = Int.random(in: 20000..<30000)
    httpPort = dicomPort + 1
    let configuration = """
      { "Name": "test", "StorageDirectory": "\(folder.path)", "IndexDirectory": "\(folder.path)", "HttpPort": \(httpPort),
        "DicomPort": \(dicomPort), "DicomAet": "ORTHANC", "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
        "Plugins": [], "DicomServerEnabled": true, "OverwriteInstances": true }
      """
    let file = folder.appendingPathComponent("orthanc.json")
    try Data(configuration.utf8).write(to: file)
    process.executableURL = URL(fileURLWithPath: tool.path)
    process.arguments = [file.path]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try Tool.start(process)
    for _ in 0..<300 {
      if get("system") != nil { return }
      guard process.isRunning else { break }
      Thread.sleep(forTimeInterval: 0.1)
    }
    print("not run: \(test): Orthanc did not start")
    stop()
    return nil
  }

  func stop() {
    // Test threads block SIGTERM and their children inherit that: ask by REST, then insist.
    _ = post("tools/shutdown", "")
    for _ in 0..<50 where process.isRunning { Thread.sleep(forTimeInterval: 0.1) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  func get(_ path: String) -> Data? { request(path, body: nil) }
  func post(_ path: String, _ body: String) -> Data? { request(path, body: Data(body.utf8)) }

  /// The instance's file as Orthanc gives it back.
  func file(sopInstance: String) throws -> Data? {
    guard let found = post("tools/lookup", sopInstance),
      let list = try JSONSerialization.jsonObject(with: found) as? [[String: Any]],
      let id = list.first(where: { $0["Type"] as? String == "Instance" })?["ID"] as? String
    else { return nil }
    return get("instances/\(id)/file")
  }

  private func request(_ path: String, body: Data?) -> Data? {
    guard let url = URL(string: "http://127.0.0.1:\(httpPort)/\(path)") else { return nil }
    var request = URLRequest(url: url)
    request.httpMethod = body == nil ? "GET" : "POST"
    request.httpBody = body
    request.timeoutInterval = 10
    let done = DispatchSemaphore(value: 0)
    let box = Box()
    URLSession.shared.dataTask(with: request) { data, response, _ in
      if (response as? HTTPURLResponse)?.statusCode == 200 { box.data = data }
      done.signal()
    }.resume()
    done.wait()
    return box.data
  }

  /// Written before the semaphore is signalled and read after it: never at the same time.
  private final class Box: @unchecked Sendable { var data: Data? }
}
