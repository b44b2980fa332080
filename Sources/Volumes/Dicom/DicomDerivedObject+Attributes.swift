import Foundation

extension DicomDerivedObject {
  func identify(_ target: DicomItem, source: DicomItem) throws {
    let isCT = series.source.modality == "CT"
    try target.put(.sopClassUID, isCT ? DicomUID.ct : DicomUID.mr)
    try target.put(.sopInstanceUID, DicomUID.new())
    try target.put(.seriesInstanceUID, series.uid)
    try target.put(.seriesNumber, integer: series.number)
    let count = repetition * series.grid.sliceCount + index + 1
    try target.put(.instanceNumber, integer: count)
    try target.put(.modality, isCT ? "CT" : "MR")
    target.remove(.instanceCreatorUID)
    if !series.derivation.deidentify {
      for tag in [DicomTag.seriesDate, .contentDate, .instanceCreationDate] { try target.put(tag, series.date) }
      for tag in [DicomTag.seriesTime, .contentTime, .instanceCreationTime] { try target.put(tag, series.time) }
    }
    // Value 3 and those after it say how the source was made; that stays true.
    let kept = template.imageType.dropFirst(2).filter { !$0.isEmpty }
    let type = ["DERIVED", "SECONDARY"] + (kept.isEmpty ? [isCT ? "AXIAL" : "OTHER"] : Array(kept))
    try target.put(.imageType, type.joined(separator: "\\"))
    let description = series.derivation.deidentify ? [] : source.bytes(.seriesDescription) ?? []
    try target.put(.seriesDescription, bytes: labelled(description))
    if series.source.frames > 1, template.temporalPosition != nil {
      try target.put(.temporalPositionIdentifier, integer: repetition + 1)
      try target.put(.numberOfTemporalPositions, integer: series.grid.frames)
    }
  }

  /// "… SR x2" in at most 64 characters (LO). The source's bytes stay in its own character set; escape sequences of ISO 2022 end
  /// before the label, since a value always returns to the first character set at its end.
  private func labelled(_ description: [UInt8]) -> [UInt8] {
    var text = description
    while text.last == 0x20 || text.last == 0 { text.removeLast() }
    let label = Array(series.derivation.label.utf8)
    if text.isEmpty { return Array(label.prefix(64)) }
    let isPlain = text.allSatisfy { (0x20...0x7E).contains($0) }
    if text.count + 1 + label.count > 64 {
      // Bytes count at least as many as characters; cutting is safe only where both are the same.
      guard isPlain, label.count < 63 else { return Array(label.prefix(64)) }
      text = Array(text.prefix(63 - label.count))
    }
    return text + [0x20] + label
  }

  func place(_ target: DicomItem) throws {
    let grid = series.grid
    let position = grid.position(index)
    try target.put(.imagePositionPatient, decimals: [position.x, position.y, position.z])
    try target.put(.imageOrientationPatient, decimals: grid.orientation)
    try target.put(.pixelSpacing, decimals: [grid.rowSpacing, grid.columnSpacing])
    if let thickness = template.sliceThickness {
      try target.put(.sliceThickness, decimals: [thickness / series.sliceFactor])
    }
    let isCT = series.source.modality == "CT"
    if target.has(.spacingBetweenSlices) || (!isCT && grid.sliceCount > 1) {
      try target.put(.spacingBetweenSlices, decimals: [grid.spacing])
    }
    if target.has(.sliceLocation) {
      // Relative to an origin of the vendor's choosing, so only the change is known.
      let shift = dot(position - template.position, grid.normal)
      let sign: Double = dot(grid.normal, template.normal) < 0 ? -1 : 1
      try target.put(.sliceLocation, decimals: [(target.number(.sliceLocation) ?? template.depth) + sign * shift])
    }
  }

  func describePixels(_ target: DicomItem, source: DicomItem, file: DicomFile, padding: Int?) throws {
    let quantisation = series.quantisation
    try target.put(.samplesPerPixel, unsigned: 1)
    try target.put(.photometricInterpretation, template.photometric)
    try target.put(.rows, unsigned: series.grid.rows)
    try target.put(.columns, unsigned: series.grid.columns)
    try target.put(.bitsAllocated, unsigned: 16)
    try target.put(.bitsStored, unsigned: 16)
    try target.put(.highBit, unsigned: 15)
    try target.put(.pixelRepresentation, unsigned: quantisation.isSigned ? 1 : 0)
    if quantisation.writesRescale {
      try target.put(.rescaleIntercept, decimals: [quantisation.intercept])
      try target.put(.rescaleSlope, decimals: [quantisation.slope])
      try target.put(
        .rescaleType, series.source.modality == "CT" ? template.rescaleType ?? "HU" : template.rescaleType ?? "US")
    }
    if let padding {
      try target.put(
        .pixelPaddingValue, binary: [Double(padding)], quantisation.isSigned ? "SS" : "US")
    }
    if series.derivation.content == .uncertainty {
      // The source's window suits the picture, not its deviation.
      target.remove(.voiLUTSequence, .windowCenter, .windowWidth, DicomTag(0x0028_1055), DicomTag(0x0028_1056))
      let top = series.derivation.valueRange?.upperBound ?? quantisation.range.upperBound
      try target.put(.windowCenter, decimals: [top / 2])
      try target.put(.windowWidth, decimals: [max(top, quantisation.slope)])
      // Real values: a LINEAR window may not be narrower than 1 (PS3.3 C.11.2.1.2).
      try target.put(DicomTag(0x0028_1056), "LINEAR_EXACT")
    } else if target.has(.voiLUTSequence), !(quantisation.slope == 1 && template.transform == .identity) {
      // A VOI LUT is indexed by whole output units; it survives only where those stay what they were.
      target.remove(.voiLUTSequence)
    }
    if DicomUID.isLossy(transferSyntax: file.transferSyntax), source.string(.lossyImageCompression) != "01" {
      try target.put(.lossyImageCompression, "01")
      try target.put(.lossyImageCompressionMethod, DicomUID.lossyMethod(transferSyntax: file.transferSyntax))
      if let ratio = file.compressionRatio { try target.put(.lossyImageCompressionRatio, decimals: [ratio]) }
    }
  }

  func describeDerivation(_ target: DicomItem) throws {
    let derivation = series.derivation
    try target.put(
      .derivationDescription, derivation.sentence(quantisation: series.quantisation))
    try target.appendCode(.derivationCodeSequence, .spatialResampling)
    for frame in sources where !frame.sopClass.isEmpty && !frame.sopInstance.isEmpty {
      let item = try target.appendItem(.sourceImageSequence)
      try item.put(.referencedSOPClassUID, frame.sopClass)
      try item.put(.referencedSOPInstanceUID, frame.sopInstance)
      if series.source.isEnhanced { try item.put(.referencedFrameNumber, integer: frame.index + 1) }
      try item.appendCode(.purposeOfReferenceCodeSequence, .sourceImage)
    }
    try derivation.appendEquipment(to: target, date: series.date, time: series.time)
    try target.put(.imageComments, DicomDerivation.warning)
  }

  /// Terms of BodyPartExamined (PS3.16 annex L) for what everybody has one of.
  private static let unpaired: Set<String> = [
    "ABDOMEN", "ABDOMENPELVIS", "AORTA", "BLADDER", "BRAIN", "CERVIX", "CHEST", "CHESTABDOMEN", "CHESTABDPELVIS",
    "CSPINE",
    "COLON", "CTSPINE", "ESOPHAGUS", "HEAD", "HEADNECK", "HEART", "JAW", "LIVER", "LSPINE", "LSSPINE", "MEDIASTINUM",
    "MOUTH", "NECK", "NECKCHEST", "NECKCHESTABDOMEN", "NECKCHESTABDPELV", "NOSE", "PANCREAS", "PELVIS", "PENIS",
    "PROSTATE", "RECTUM", "SKULL", "SPINE", "SPLEEN", "SSPINE", "STERNUM", "STOMACH", "TONGUE", "TLSPINE", "TSPINE",
    "UTERUS", "VAGINA", "WHOLEBODY",
  ]

  /// Mandatory attributes that may be empty (type 2), where the source lacks them.
  func complete(_ target: DicomItem) throws {
    try target.putEmptyIfAbsent(
      .patientName, .patientID, DicomTag(0x0010_0030), DicomTag(0x0010_0040), .studyDate, .studyTime,
      DicomTag(0x0008_0090), .studyID, .accessionNumber, .manufacturer, DicomTag(0x0020_1040), DicomTag(0x0018_5100),
      .acquisitionNumber, .sliceThickness)
    if series.source.modality == "CT" {
      try target.putEmptyIfAbsent(.kvp)
    } else {
      try target.putEmptyIfAbsent(
        DicomTag(0x0018_0022), DicomTag(0x0018_0023), .repetitionTime, .echoTime, DicomTag(0x0018_0091))
      if !target.hasValue(DicomTag(0x0018_0020)) { try target.put(DicomTag(0x0018_0020), "RM") }
      if !target.hasValue(DicomTag(0x0018_0021)) { try target.put(DicomTag(0x0018_0021), "NONE") }
      // Type 2C: may be present only for inversion recovery.
      if !target.strings(DicomTag(0x0018_0020)).contains("IR") { target.remove(.inversionTime) }
    }
    // Type 2C: needed wherever the body part may be one of a pair, and nothing here can know the side.
    if !target.has(DicomTag(0x0020_0060)), !target.has(DicomTag(0x0020_0062)),
      !Self.unpaired.contains(target.string(.bodyPartExamined) ?? ""),
      !["SCT", "SRT"].contains(target.item(.anatomicRegionSequence)?.string(.codingSchemeDesignator) ?? "")
    {
      try target.putEmpty(DicomTag(0x0020_0060))
    }
    // One for the series, as PS3.3 C.7.4.1 wants it, even where the source gives every slice its own.
    let frame = series.source.stack?.frames[0][0].frameOfReference ?? ""
    try target.put(
      .frameOfReferenceUID,
      frame.isEmpty ? DicomIdentifiers.shared.frameOfReference(ofSeries: series.source.uid) : frame)
  }
}

extension DicomDerivation {
  /// The tool in ContributingEquipmentSequence (PS3.3 C.12.1.1.5), after those that the source names.
  func appendEquipment(to target: DicomItem, date: String, time: String) throws {
    let item = try target.appendItem(.contributingEquipmentSequence)
    try item.put(.manufacturer, toolName)
    try item.put(.manufacturerModelName, toolName)
    try item.put(.softwareVersions, String(toolVersion.prefix(64)))
    if !deidentify { try item.put(DicomTag(0x0018_A002), date + time) }
    try item.put(.contributionDescription, contribution)
    try item.appendCode(.purposeOfReferenceCodeSequence, .modifyingEquipment)
  }
}
