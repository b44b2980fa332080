/// What the classic MR and CT objects say at their top level, from the functional groups of an enhanced object's frame.
struct DicomClassicHeader {
  let attributes: DicomFrameAttributes
  let modality: String

  init(_ attributes: DicomFrameAttributes, modality: String) {
    self.attributes = attributes
    self.modality = modality
  }

  func fill(_ target: DicomItem) throws {
    try copyGroup(.pixelMeasuresSequence, [.sliceThickness, .spacingBetweenSlices], to: target)
    try copyGroup(
      .frameVOILUTSequence, [.windowCenter, .windowWidth, DicomTag(0x0028_1055), DicomTag(0x0028_1056)], to: target)
    if let anatomy = attributes.group(DicomTag(0x0020_9071)) {
      try target.copy(.anatomicRegionSequence, from: anatomy)
      if let laterality = anatomy.string(DicomTag(0x0020_9072)), laterality == "L" || laterality == "R" {
        try target.put(DicomTag(0x0020_0062), laterality)
      }
    }
    if let content = attributes.group(.frameContentSequence) {
      if let number = content.integer(.frameAcquisitionNumber) { try target.put(.acquisitionNumber, integer: number) }
      if let moment = content.string(DicomTag(0x0018_9074)), moment.count >= 14 {
        try target.put(.acquisitionDate, String(moment.prefix(8)))
        try target.put(
          .acquisitionTime, String(moment.dropFirst(8).prefix { $0 != "+" && $0 != "-" && $0 != "&" }.prefix(13)))
      }
    }
    if modality == "CT" { try fillCT(target) } else { try fillMR(target) }
  }

  private func fillMR(_ target: DicomItem) throws {
    try copyGroup(
      .mrTimingSequence, [.repetitionTime, .flipAngle, DicomTag(0x0018_0091)], to: target)
    let known: Set<String> = ["PER", "RG", "CG", "PPG", "FC", "PFF", "PFP", "SP", "FS", "CT"]
    // Enhanced objects have terms, such as OTHER, that the classic ScanOptions has not.
    let options = attributes.strings(DicomTag(0x0018_0022), in: .mrModifierSequence).filter { known.contains($0) }
    try target.put(DicomTag(0x0018_0022), options.joined(separator: "\\"))
    try copyGroup(DicomTag(0x0018_9119), [DicomTag(0x0018_0083)], to: target)
    try copyGroup(DicomTag(0x0018_9006), [DicomTag(0x0018_0095)], to: target)
    try copyGroup(DicomTag(0x0018_9125), [DicomTag(0x0018_0093), DicomTag(0x0018_0094)], to: target)
    // Zero stands for pictures computed from several echoes, a field map say: they have none.
    if let echo = attributes.number(.effectiveEchoTime, in: .mrEchoSequence), echo > 0 {
      try target.put(.echoTime, decimals: [echo])
    }
    if let frequency = attributes.number(DicomTag(0x0018_9098), in: DicomTag(0x0018_9006)) {
      try target.put(DicomTag(0x0018_0084), decimals: [frequency])
    }
    if let nucleus = attributes.dataset.string(DicomTag(0x0018_9100)) { try target.put(DicomTag(0x0018_0085), nucleus) }
    // The names that PS3.3 C.8.3.1 gives to what C.8.13.4 says in separate attributes.
    func says(_ element: UInt32, _ value: String) -> Bool {
      attributes.dataset.string(DicomTag(0x0018_0000 | element)) == value
    }
    var scanning: [String] = []
    switch attributes.dataset.string(DicomTag(0x0018_9008)) {
    case "SPIN": scanning = ["SE"]
    case "GRADIENT": scanning = ["GR"]
    case "BOTH": scanning = ["SE", "GR"]
    default: break
    }
    if says(0x9018, "YES") { scanning.append("EP") }
    let isInversion = attributes.string(DicomTag(0x0018_9009), in: .mrModifierSequence) == "YES"
    if isInversion { scanning.append("IR") }
    if !target.hasValue(DicomTag(0x0018_0020)) {
      try target.put(DicomTag(0x0018_0020), scanning.isEmpty ? "RM" : scanning.joined(separator: "\\"))
    }
    if isInversion,
      let time = attributes.number(.inversionTime, in: .mrModifierSequence)
        ?? attributes.number(DicomTag(0x0018_9079), in: .mrModifierSequence)
    {
      try target.put(.inversionTime, decimals: [time])
    }
    if !target.hasValue(DicomTag(0x0018_0021)) {
      var variant: [String] = []
      if let traversal = attributes.dataset.string(DicomTag(0x0018_9033)), traversal != "SINGLE" {
        variant.append("SK")
      }
      if let state = attributes.dataset.string(DicomTag(0x0018_9017)), state != "NONE" { variant.append("SS") }
      if let spoiling = attributes.dataset.string(DicomTag(0x0018_9016)), spoiling != "NONE" { variant.append("SP") }
      if isInversion { variant.append("MP") }
      try target.put(DicomTag(0x0018_0021), variant.isEmpty ? "NONE" : variant.joined(separator: "\\"))
    }
  }

  private func fillCT(_ target: DicomItem) throws {
    try copyGroup(DicomTag(0x0018_9325), [.kvp, DicomTag(0x0018_1160)], to: target)
    try copyGroup(
      DicomTag(0x0018_9314), [DicomTag(0x0018_1210), DicomTag(0x0018_1100)], to: target)
    try copyGroup(DicomTag(0x0018_9304), [.gantryTilt], to: target)
    if let current = attributes.number(DicomTag(0x0018_9330), in: DicomTag(0x0018_9321)) {
      try target.put(DicomTag(0x0018_1151), integer: Int(min(max(current.rounded(), 0), 100_000)))
    }
  }

  private func copyGroup(_ sequence: DicomTag, _ tags: [DicomTag], to target: DicomItem) throws {
    guard let group = attributes.group(sequence) else { return }
    for tag in tags { try target.copy(tag, from: group) }
  }
}
