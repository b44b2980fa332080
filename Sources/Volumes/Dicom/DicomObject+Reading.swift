import CDicom

extension DicomObject {
  /// Reads what a scan needs of one file. Throws where the file is no DICOM or damaged; an object that is sound and no part of
  /// a volume (a mosaic, a report, a colour picture) comes back with `refusal` set and without frames.
  init(path: String, subject: String, tolerances: DicomTolerances) throws {
    let file = try DicomFile(reading: path, subject: subject)
    let dataset = file.dataset
    self.init(
      path: path, subject: subject, seriesUID: dataset.string(.seriesInstanceUID) ?? "",
      seriesNumber: dataset.integer(.seriesNumber), modality: dataset.string(.modality) ?? "",
      seriesDescription: dataset.text(.seriesDescription) ?? "", sopClass: dataset.string(.sopClassUID) ?? "",
      sopInstance: dataset.string(.sopInstanceUID) ?? "", transferSyntax: file.transferSyntax, frames: [], refusal: nil,
      findings: [])
    if dataset.itemCount(DicomTag(0x0004_1220)) > 0 {
      throw VolumeError(.notAVolume, subject: subject, reason: "is a DICOMDIR, an index of other files")
    }
    if seriesUID.isEmpty {
      throw VolumeError(
        .corrupt, subject: subject,
        reason: "has no SeriesInstanceUID, so it belongs to no series. Export it again from its source")
    }
    if sopInstance.isEmpty { findings.append(.note("SOPInstanceUID is missing")) }
    if sopClass.isEmpty { findings.append(.note("SOPClassUID is missing; read as \(modality) by its Modality")) }
    refusal = Self.refusal(of: file, modality: modality, sopClass: sopClass)
    guard refusal == nil, let pixels = file.pixels else { return }
    try readFrames(of: file, pixels: pixels, tolerances: tolerances)
  }

  private mutating func readFrames(of file: DicomFile, pixels: cdicom_pixels, tolerances: DicomTolerances) throws {
    let dataset = file.dataset
    guard pixels.rows > 0, pixels.columns > 0 else {
      throw VolumeError(.corrupt, subject: subject, reason: "Rows or Columns is missing or zero")
    }
    guard pixels.frames > 0, let count = Int(exactly: pixels.frames) else {
      throw VolumeError(.corrupt, subject: subject, reason: "NumberOfFrames is not positive")
    }
    try Self.checkAmount(of: pixels, subject: subject)
    let perFrameCount = dataset.itemCount(.perFrameFunctionalGroups)
    let isEnhanced = perFrameCount > 0 || dataset.has(.sharedFunctionalGroups)
    if isEnhanced, perFrameCount != count {
      throw VolumeError(
        .corrupt, subject: subject,
        reason: "announces \(count) frames and describes \(perFrameCount) (PerFrameFunctionalGroupsSequence)")
    }
    if !isEnhanced, count > 1 {
      refusal = "several frames in one object without functional groups: the position of each frame is not known"
      return
    }
    guard count <= 1 << 16 else {
      throw VolumeError(
        .corrupt, subject: subject, reason: "announces \(count) frames: more than any scanner writes into one object")
    }
    frames.reserveCapacity(count)
    let shared = dataset.item(.sharedFunctionalGroups)
    for index in 0..<count {
      let attributes = DicomFrameAttributes(
        dataset: dataset, shared: shared,
        perFrame: isEnhanced ? dataset.item(.perFrameFunctionalGroups, at: index) : nil)
      switch Self.frame(attributes, index: index, object: self, pixels: pixels, tolerances: tolerances) {
      case .success(let frame): frames.append(frame)
      case .failure(let problem):
        refusal = (count > 1 ? "frame \(index + 1): " : "") + problem.text
        frames = []
        return
      }
    }
  }

  /// Announced pixels against what the file holds, so that nobody allocates for a claim.
  private static func checkAmount(of pixels: cdicom_pixels, subject: String) throws {
    if pixels.encapsulated != 0 {
      guard pixels.fragments >= pixels.frames else {
        throw VolumeError(
          .truncated, subject: subject,
          reason: "announces \(pixels.frames) compressed frames and holds \(pixels.fragments) fragments")
      }
      let pixelCount = UInt64(pixels.rows) * UInt64(pixels.columns)
      guard pixelCount <= 1 << 24 || pixelCount / 1000 <= pixels.compressed else {
        throw VolumeError(
          .corrupt, subject: subject,
          reason:
            "the frame announced (\(pixels.rows) × \(pixels.columns)) is larger than its compressed bytes can hold")
      }
      return
    }
    let perFrame = UInt64(pixels.rows) * UInt64(pixels.columns) * UInt64(max(8, pixels.allocated)) / 8
    let (needed, overflow) = (perFrame * UInt64(max(1, pixels.samples))).multipliedReportingOverflow(by: pixels.frames)
    guard !overflow, needed <= pixels.length else {
      throw VolumeError(
        .truncated, subject: subject,
        reason: "pixel data is shorter than announced: \(pixels.rows) × \(pixels.columns) × \(pixels.frames) need "
          + "\(overflow ? "more than 16 EiB" : "\(needed) bytes"), there are \(pixels.length). Fetch the file again from its source"
      )
    }
  }

  private struct Problem: Error { let text: String }

  private static func frame(
    _ attributes: DicomFrameAttributes, index: Int, object: DicomObject, pixels: cdicom_pixels,
    tolerances: DicomTolerances
  ) -> Result<DicomFrame, Problem> {
    guard let position = attributes.position else {
      return .failure(
        .init(text: "no position in the patient (ImagePositionPatient): a screenshot or secondary capture"))
    }
    guard let orientation = attributes.orientation(tolerances: tolerances) else {
      return .failure(.init(text: "no usable orientation in the patient (ImageOrientationPatient)"))
    }
    guard let spacing = attributes.pixelSpacing else {
      return .failure(.init(text: "no usable PixelSpacing, so the size of a pixel is not known"))
    }
    let isSigned = pixels.representation != 0
    guard let transform = attributes.transform(isSigned: isSigned) else {
      return .failure(.init(text: "a modality transform (rescale or LUT) that cannot be read or contradicts itself"))
    }
    let frameTypes: DicomTag =
      attributes.group(.mrImageFrameTypeSequence) != nil ? .mrImageFrameTypeSequence : .ctImageFrameTypeSequence
    let frameType = attributes.strings(.frameType, in: frameTypes)
    let diffusion = attributes.group(.mrDiffusionSequence)
    let content = DicomTag.frameContentSequence
    return .success(
      DicomFrame(
        path: object.path, subject: object.subject, index: index, sopClass: object.sopClass,
        sopInstance: object.sopInstance, frameOfReference: attributes.dataset.string(.frameOfReferenceUID) ?? "",
        rows: Int(pixels.rows), columns: Int(pixels.columns),
        allocatedBits: Int(pixels.allocated), storedBits: Int(pixels.stored), isSigned: isSigned,
        photometric: attributes.dataset.string(.photometricInterpretation) ?? "MONOCHROME2", transform: transform,
        padding: attributes.padding(isSigned: isSigned),
        rescaleType: attributes.string(.rescaleType, in: .pixelValueTransformationSequence), position: position,
        rowDirection: orientation.row, columnDirection: orientation.column, columnSpacing: spacing.column,
        rowSpacing: spacing.row,
        sliceThickness: attributes.number(.sliceThickness, in: .pixelMeasuresSequence).flatMap { $0 > 0 ? $0 : nil },
        spacingBetweenSlices: attributes.number(.spacingBetweenSlices, in: .pixelMeasuresSequence),
        imageType: frameType.isEmpty ? attributes.dataset.strings(.imageType) : frameType,
        component: attributes.string(.complexImageComponent, in: .mrImageFrameTypeSequence) ?? "",
        echoTime: attributes.number(.effectiveEchoTime, in: .mrEchoSequence) ?? attributes.number(.echoTime),
        stack: attributes.string(.stackID, in: content) ?? "",
        acquisition: attributes.integer(.frameAcquisitionNumber, in: content)
          ?? attributes.integer(.acquisitionNumber),
        temporalPosition: attributes.integer(.temporalPositionIndex, in: content)
          ?? attributes.integer(.temporalPositionIdentifier),
        triggerTime: attributes.number(.triggerTime),
        inversionTime: attributes.number(.inversionTime, in: .mrModifierSequence),
        bValue: diffusion?.number(.diffusionBValue) ?? attributes.number(.diffusionBValue),
        gradient: diffusion?.item(.diffusionGradientDirectionSequence)?.numbers(.diffusionGradientOrientation)
          ?? attributes.numbers(.diffusionGradientOrientation) ?? [],
        clock: (attributes.string(.acquisitionDate) ?? "") + (attributes.string(.acquisitionTime) ?? ""),
        instanceNumber: attributes.integer(.instanceNumber)))
  }

  /// Why an object that is sound DICOM is nevertheless no part of a volume that is read here.
  private static func refusal(of file: DicomFile, modality: String, sopClass: String) -> String? {
    let dataset = file.dataset
    let types = dataset.strings(.imageType).map { $0.uppercased() }
    if sopClass == DicomUID.segmentation || modality == "SEG" { return "a segmentation: labels, not measured values" }
    if dataset.has(.floatPixelData) || dataset.has(.doublePixelData) {
      return "a parametric map (floating-point pixels): a result, not a scan"
    }
    guard let pixels = file.pixels else {
      return "no picture in it (a report, presentation state or the like)"
    }
    let photometric = dataset.string(.photometricInterpretation) ?? ""
    if pixels.samples != 1 || !["", "MONOCHROME1", "MONOCHROME2"].contains(photometric) {
      return "a colour picture (\(photometric.isEmpty ? "\(pixels.samples) samples per pixel" : photometric)): "
        + "screenshots and colour maps are no measured values"
    }
    if types.contains("MOSAIC") {
      return
        "a Siemens mosaic: many slices tiled into one picture. Export it as an enhanced object, or convert it first"
    }
    if types.contains("LOCALIZER") { return "a localiser: single pictures for planning, no volume" }
    guard modality == "MR" || modality == "CT" else {
      return "modality \(modality.isEmpty ? "unknown" : modality): only MR and CT are read"
    }
    if pixels.allocated != 8 && pixels.allocated != 16 && pixels.allocated != 32 {
      return "\(pixels.allocated) bits allocated per pixel: 8, 16 and 32 are read"
    }
    if !DicomUID.isReadable(transferSyntax: file.transferSyntax) {
      return "transfer syntax \(file.transferSyntax) is not decoded here. Ask the archive for another one"
    }
    return nil
  }
}
