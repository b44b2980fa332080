import Neural

/// All that has to be known about a model besides its weights.
///
/// Sizes come from the shapes of the tensors; the rest from the `config` entry of the file's metadata, a JSON object. What the file
/// does not say has the published value.
public struct ModelConfiguration: Sendable, Hashable {
  /// The sizes of the network.
  public var network: NetworkShape
  /// T of the cosine schedule, 100 as published.
  public var timesteps: Int
  /// How differences become residuals.
  public var residual: ResidualMapping
  /// How a scan's values become the model's.
  public var intensity: IntensityDescription
  /// Whether the file itself says so; otherwise `intensity` is our standard.
  public var statesIntensity: Bool
  /// What the bicubic base is multiplied with, in [0, 1]. 1 unless the file says otherwise; 255/256 reproduces published checkpoints,
  /// whose authors divided the base alone by 256.
  public var baseScale: Double
  /// How the low-resolution images of training were made, in words.
  public var degradation: String?
  /// Further texts of the configuration, as notes and warnings, by name.
  public var notes: [String: String]

  /// A configuration of these parts; each is explained at its property.
  public init(
    network: NetworkShape, timesteps: Int = 100, residual: ResidualMapping = .published,
    intensity: IntensityDescription? = nil, baseScale: Double = 1, degradation: String? = nil,
    notes: [String: String] = [:]
  ) {
    self.network = network
    self.timesteps = timesteps
    self.residual = residual
    self.intensity = intensity ?? .standard
    self.statesIntensity = intensity != nil
    self.baseScale = baseScale
    self.degradation = degradation
    self.notes = notes
  }

  /// The cosine schedule of `timesteps` steps.
  public var schedule: NoiseSchedule { NoiseSchedule(cosine: timesteps) }
}

extension ModelConfiguration {
  /// The configuration as text for the metadata; the same text for equal configurations.
  public var encoded: String {
    func integers(_ values: [Int]) -> String { "[\(values.map(String.init).joined(separator: ", "))]" }
    var fields = [
      "\"channels\": \(network.channels)", "\"scale\": \(network.scale)", "\"timesteps\": \(timesteps)",
      "\"schedule\": \"cosine\"",
    ]
    switch residual {
    case .linear(let rescale): fields.append("\"residual_rescale\": \(rescale)")
    case .asinh(let knee, let reach):
      fields.append("\"residual\": {\"kind\": \"asinh\", \"knee\": \(knee), \"reach\": \(reach)}")
    }
    if baseScale != 1 { fields.append("\"base_scale\": \(baseScale)") }
    fields.append("\"rrdb\": {\"features\": \(network.encoderFeatures), \"blocks\": \(network.encoderBlocks)}")
    fields.append("\"unet\": {\"dim\": \(network.dim), \"mults\": \(integers(network.mults))}")
    if statesIntensity { fields.append("\"intensity\": \(intensity.json.encoded)") }
    if let degradation { fields.append("\"degradation\": \(JSONValue.quoted(degradation))") }
    for (name, text) in notes.sorted(by: { $0.key < $1.key }) {
      fields.append("\(JSONValue.quoted(name)): \(JSONValue.quoted(text))")
    }
    return "{\(fields.joined(separator: ", "))}"
  }
}

/// What the `config` entry of a file's metadata says; nil where it says nothing.
struct StatedConfiguration {
  var channels: Int?
  var scale: Int?
  var encoderFeatures: Int?
  var encoderBlocks: Int?
  var dim: Int?
  var mults: [Int]?
  var timesteps: Int?
  var residual: ResidualMapping?
  var intensity: IntensityDescription?
  var baseScale: Double?
  var degradation: String?
  var notes: [String: String] = [:]
  var problems: [String] = []

  /// - Parameter text: the entry, or nil where the file has none.
  init(_ text: String?) {
    guard let text else { return }
    let json: JSONValue
    switch JSONValue.parsed(text) {
    case .failure(let error):
      problems.append("config in the metadata is not valid JSON: \(error.reason)")
      return
    case .success(let value): json = value
    }
    guard let members = json.members else {
      problems.append("config in the metadata should be an object, but is \(json.described)")
      return
    }
    let names = members.map(\.name)
    for name in Set(names).sorted() where names.filter({ $0 == name }).count > 1 {
      problems.append("config names \(JSONValue.quoted(name)) more than once")
    }
    channels = size(json["channels"], "channels")
    scale = size(json["scale"], "scale")
    timesteps = size(json["timesteps"], "timesteps")
    if let timesteps, !(1...NoiseSchedule.mostTimesteps).contains(timesteps) {
      problems.append("config: timesteps is \(timesteps), expected 1…\(NoiseSchedule.mostTimesteps)")
      self.timesteps = nil
    }
    encoderFeatures = size(json["rrdb"]?["features"], "rrdb.features")
    encoderBlocks = size(json["rrdb"]?["blocks"], "rrdb.blocks")
    dim = size(json["unet"]?["dim"], "unet.dim")
    if let list = json["unet"]?["mults"] {
      mults = list.array?.compactMap(\.integer)
      if mults?.count != list.array?.count || mults == nil {
        mults = nil
        problems.append("config: unet.mults should be a list of whole numbers, but is \(list.described)")
      }
    }
    if let schedule = json["schedule"], schedule.string != "cosine" {
      problems.append("config: schedule is \(schedule.described), but only \"cosine\" is known")
    }
    readResidual(json)
    if let object = json["intensity"] { intensity = IntensityDescription(object, problems: &problems) }
    if let value = json["base_scale"] {
      baseScale = value.double.flatMap { $0 > 0 && $0 <= 1 ? $0 : nil }
      if baseScale == nil {
        problems.append("config: base_scale is \(value.described), expected a number above 0 and up to 1")
      }
    }
    degradation = json["degradation"]?.string
    for member in members where member.name != "degradation" && member.name != "schedule" {
      if let text = member.value.string { notes[member.name] = text }
    }
  }

  private mutating func size(_ value: JSONValue?, _ name: String) -> Int? {
    guard let value else { return nil }
    if let number = value.integer, number > 0 { return number }
    problems.append("config: \(name) is \(value.described), expected a whole number above 0")
    return nil
  }

  private mutating func readResidual(_ json: JSONValue) {
    if let value = json["residual_rescale"] {
      if let rescale = value.double {
        residual = .linear(rescale: rescale)
      } else {
        problems.append("config: residual_rescale is \(value.described), expected a number above 0")
      }
    }
    if let object = json["residual"] {
      if json["residual_rescale"] != nil { problems.append("config has both residual and residual_rescale; keep one") }
      if object["kind"]?.string == "asinh", let knee = object["knee"]?.double, let reach = object["reach"]?.double {
        residual = .asinh(knee: knee, reach: reach)
      } else {
        problems.append("config: residual should be {\"kind\": \"asinh\", \"knee\": k, \"reach\": D}")
      }
    }
    if let problem = residual?.problem {
      problems.append("config: \(problem)")
      residual = nil
    }
  }
}
