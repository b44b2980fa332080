/// The times and names of a magnetic resonance sequence, and the weighting that follows from them by custom.
///
/// The limits are those of textbooks (Westbrook, "MRI in Practice", on spin and gradient echo; Hajnal et al. 1992 on FLAIR), wide enough for 1.5 and 3 T;
/// what lies between them is not called anything.
struct SequenceTiming {
  /// Milliseconds.
  var echo: Double?
  var repetition: Double?
  var inversion: Double?
  /// Degrees.
  var flipAngle: Double?
  /// Defined terms of ScanningSequence (PS3.3 C.8.3.1.1.1): SE, IR, GR, EP, RM.
  var sequences: Set<String> = []
  /// Defined terms of SequenceVariant: SK, SS, SP, MP, …
  var variants: Set<String> = []

  var kind: AcquiredContrast.Kind? {
    if sequences.contains("EP") { return .echoPlanar }
    guard let echo, echo > 0 else { return nil }
    let isGradientEcho = sequences.contains("GR")
    if let inversion, inversion > 0, isGradientEcho || sequences.contains("IR") || variants.contains("MP") {
      if inversion >= 1500, echo >= 70 { return .flair }
      // MPRAGE and its like; below 300 ms the inversion suppresses fat.
      if inversion >= 300, inversion <= 1500, echo <= 30 { return .t1 }
      return nil
    }
    guard let repetition, repetition > 0 else { return nil }
    if isGradientEcho {
      if echo >= 15 { return .t2star }
      let isSpoiled = variants.contains("SP")
      return isSpoiled && repetition <= 50 && echo <= 10 && (flipAngle ?? 0) >= 10 ? .t1 : nil
    }
    guard sequences.contains("SE") else { return nil }
    if repetition >= 1800 { return echo >= 60 ? .t2 : echo <= 30 ? .protonDensity : nil }
    return repetition <= 1000 && echo <= 35 ? .t1 : nil
  }
}

extension AcquiredContrast {
  /// By a BIDS sidecar: its EchoTime, RepetitionTime, InversionTime (seconds), FlipAngle, ScanningSequence and SequenceVariant.
  init?(sidecar json: JSONObjectText) {
    func milliseconds(_ key: String) -> Double? { json.number(key).map { $0 * 1000 } }
    // dcm2niix joins several terms by "_", others by a backslash or a comma.
    func terms(_ key: String) -> Set<String> {
      Set((json.string(key) ?? "").uppercased().split { "_\\, ".contains($0) }.map(String.init))
    }
    let timing = SequenceTiming(
      echo: milliseconds("EchoTime"), repetition: milliseconds("RepetitionTime"),
      inversion: milliseconds("InversionTime"), flipAngle: json.number("FlipAngle"),
      sequences: terms("ScanningSequence"), variants: terms("SequenceVariant"))
    guard let kind = timing.kind else { return nil }
    self.init(kind, source: "the echo, repetition and inversion times of its sidecar")
  }

  /// By a DICOM header: AcquisitionContrast where the object has it (PS3.3 C.8.13.3.1), else the sequence's times and names.
  init?(_ attributes: DicomFrameAttributes) {
    let stated = attributes.string(.acquisitionContrast, in: .mrImageFrameTypeSequence)
    if let stated, let kind = Self.acquisitionContrasts[stated] {
      self.init(kind, source: "its header")
      return
    }
    let timing = SequenceTiming(
      echo: attributes.number(.effectiveEchoTime, in: .mrEchoSequence) ?? attributes.number(.echoTime),
      repetition: attributes.number(.repetitionTime, in: .mrTimingSequence),
      inversion: attributes.number(.inversionTime, in: .mrModifierSequence),
      flipAngle: attributes.number(.flipAngle, in: .mrTimingSequence),
      sequences: Set(attributes.dataset.strings(.scanningSequence) + Self.enhancedSequences(attributes)),
      variants: Set(attributes.dataset.strings(.sequenceVariant)))
    guard let kind = timing.kind else { return nil }
    self.init(kind, source: "the echo, repetition and inversion times of its header")
  }

  private static let acquisitionContrasts: [String: Kind] = [
    "T1": .t1, "T2": .t2, "T2_STAR": .t2star, "PROTON_DENSITY": .protonDensity, "FLUID_ATTENUATED": .flair,
    "DIFFUSION": .echoPlanar,
  ]

  /// The classic terms for what an enhanced object says in separate attributes (PS3.3 C.8.13.4).
  private static func enhancedSequences(_ attributes: DicomFrameAttributes) -> [String] {
    var terms: [String] = []
    switch attributes.dataset.string(.echoPulseSequence) {
    case "SPIN": terms = ["SE"]
    case "GRADIENT": terms = ["GR"]
    case "BOTH": terms = ["SE", "GR"]
    default: break
    }
    if attributes.dataset.string(.echoPlanarPulseSequence) == "YES" { terms.append("EP") }
    return terms
  }
}
