import Neural

/// Holds the tensors of a file against its metadata and against the network that they describe, and gathers all that is wrong.
struct ModelSurvey {
  private(set) var configuration: ModelConfiguration?
  private(set) var weightNames: [String] = []
  private(set) var bufferNames: [String] = []
  private(set) var problems: [String] = []

  init(_ file: SafetensorsFile) {
    let stated = StatedConfiguration(file.metadata["config"])
    problems += stated.problems
    // "pt" is what PyTorch's own writer puts there.
    if let format = file.metadata["format"], !["srdiff", "pt"].contains(format) {
      problems.append("format in the metadata is \(JSONValue.quoted(format)), expected \"srdiff\"")
    }
    let shapes = file.entries.mapValues(\.shape)
    let inferred = InferredSizes(shapes)
    problems += inferred.problems
    bufferNames = file.names.filter(NoiseSchedule.publishedBufferNames.contains)
    weightNames = file.names.filter { !NoiseSchedule.publishedBufferNames.contains($0) }

    let network = network(inferred, stated)
    if let network { compare(file, with: network) }
    let timesteps = timesteps(file, stated)
    if let timesteps { checkBuffers(file, NoiseSchedule(cosine: timesteps)) }
    guard problems.isEmpty, let network, let timesteps else { return }
    configuration = ModelConfiguration(
      network: network, timesteps: timesteps, residual: stated.residual ?? .published, intensity: stated.intensity,
      baseScale: stated.baseScale ?? 1, degradation: stated.degradation, notes: stated.notes)
  }

  /// The sizes from the shapes; one that they do not tell, because a tensor is missing, from the metadata, so that the rest can still be checked.
  private mutating func network(_ inferred: InferredSizes, _ stated: StatedConfiguration) -> NetworkShape? {
    func agree<Size: Equatable>(_ name: String, _ shapes: Size?, _ metadata: Size?, _ problems: inout [String]) -> Size?
    {
      if let shapes, let metadata, shapes != metadata {
        problems.append("the metadata says \(name) = \(metadata), but the shapes of the tensors say \(shapes)")
      }
      return shapes ?? metadata
    }
    let channels = agree("channels", inferred.channels, stated.channels, &problems)
    let scale = agree("scale", inferred.scale, stated.scale, &problems)
    let features = agree("rrdb.features", inferred.encoderFeatures, stated.encoderFeatures, &problems)
    let blocks = agree("rrdb.blocks", inferred.encoderBlocks, stated.encoderBlocks, &problems)
    let dim = agree("unet.dim", inferred.dim, stated.dim, &problems)
    let mults = agree("unet.mults", inferred.mults, stated.mults, &problems)
    guard let channels, let scale, let features, let blocks, let dim, let mults else {
      let sources = [
        ("rrdb.conv_first.weight", channels == nil || features == nil), ("rrdb.RRDB_trunk.…", blocks == nil),
        ("denoise_fn.cond_proj.weight", dim == nil || (scale == nil && inferred.problems.isEmpty)),
        ("denoise_fn.downs.…", mults == nil && dim != nil && inferred.problems.isEmpty),
      ].filter(\.1).map { "missing: \($0.0), which tells the sizes of the network" }
      problems += sources
      if problems.isEmpty { problems.append("the sizes of the network cannot be told: this is not an SRDiff model") }
      return nil
    }
    let shape = NetworkShape(
      channels: channels, scale: scale, encoderFeatures: features, encoderBlocks: blocks, dim: dim, mults: mults)
    guard shape.problems.isEmpty else {
      // Wrong multiples were reported where they were inferred, more precisely.
      if inferred.problems.isEmpty { problems += shape.problems }
      return nil
    }
    return shape
  }

  private mutating func compare(_ file: SafetensorsFile, with network: NetworkShape) {
    let expected = network.tensorShapes
    for (name, shape) in expected.sorted(by: { $0.key < $1.key }) {
      guard let entry = file.entries[name] else {
        problems.append("missing: \(name) \(shape)")
        continue
      }
      if entry.shape != shape { problems.append("wrong shape: \(name) is \(entry.shape), expected \(shape)") }
      if !entry.type.isFloatingPoint {
        problems.append("wrong type: \(name) is \(entry.type.rawValue), expected F16, BF16, F32 or F64")
      }
    }
    for name in weightNames where expected[name] == nil {
      problems.append("not used: \(name) \(file.entries[name]?.shape ?? [])")
    }
  }

  /// T from the metadata or from the length of the buffers; 100 where neither says.
  private mutating func timesteps(_ file: SafetensorsFile, _ stated: StatedConfiguration) -> Int? {
    var length = stated.timesteps
    for name in bufferNames {
      guard let entry = file.entries[name] else { continue }
      guard entry.shape.count == 1, (1...NoiseSchedule.mostTimesteps).contains(entry.shape[0]),
        entry.type.isFloatingPoint
      else {
        problems.append(
          "wrong shape: \(name) is \(entry.shape) of \(entry.type.rawValue), expected a list of T numbers, at most \(NoiseSchedule.mostTimesteps)"
        )
        continue
      }
      if let length, length != entry.shape[0] {
        let source = stated.timesteps == nil ? "other buffers have" : "the metadata says"
        problems.append("wrong shape: \(name) has \(entry.shape[0]) steps, but \(source) \(length)")
      }
      length = length ?? entry.shape[0]
    }
    return length ?? 100
  }

  private mutating func checkBuffers(_ file: SafetensorsFile, _ schedule: NoiseSchedule) {
    let expected = schedule.publishedBuffers
    for name in bufferNames {
      guard let values = expected[name], let entry = file.entries[name], entry.type.isFloatingPoint,
        entry.shape == [schedule.timesteps]
      else { continue }
      // Half precision keeps three digits; single precision may have been used to compute, not only to store.
      let half = entry.type == .float16 || entry.type == .bfloat16
      // The logarithm of the first variance, which is 0, is cut off somewhere: where differs from program to program.
      let first = name == "posterior_log_variance_clipped" ? 1 : 0
      do {
        let found = try file.doubles(name)
        for step in first..<schedule.timesteps {
          let allowed = abs(values[step]) * (half ? 2e-2 : 1e-3) + (half ? 1e-4 : 1e-6)
          if !(abs(found[step] - values[step]) <= allowed) {
            problems.append(
              "\(name) at step \(step) is \(found[step]), but the cosine schedule of \(schedule.timesteps) steps has \(values[step])"
            )
            break
          }
        }
      } catch { problems += error.problems }
    }
  }
}
