import Volumes

extension UpscaleRecord {
  /// What can be said of an upscale when its slices are done.
  /// - Parameters:
  ///   - input: the input's name, without folders.
  ///   - digest: of the input, 64 hexadecimal digits.
  ///   - files: last components of the outputs' names, by what they are.
  init(of upscaler: VolumeUpscaler, input: String, digest: String, files: [String: String]) {
    let source = upscaler.reader.header
    let settings = upscaler.settings
    let information = upscaler.model.engine.information
    self.init(
      model: .init(
        file: upscaler.model.url.lastPathComponent, sha256: upscaler.model.digest,
        scale: upscaler.model.scale),
      input: .init(
        file: input, sha256: digest, size: source.sizeList,
        frames: source.frames, spacing: source.spacingList, orientation: source.geometry.affine.orientationCode,
        findings: source.findings.map(\.description)),
      output: .init(
        size: upscaler.header.sizeList, spacing: upscaler.header.spacingList,
        unit: upscaler.header.intensityUnit.description, estimate: settings.estimate.rawValue, files: files),
      settings: .init(
        samples: settings.samples, sampler: settings.samplerName, steps: upscaler.steps, seed: settings.seed,
        plane: settings.plane.rawValue, slicesAcross: ["i", "j", "k"][upscaler.axis.rawValue],
        acquiredAxisFrom: source.acquiredAxisReason.text, tile: settings.tile, noise: settings.noise.description,
        consistency: settings.consistency.rawValue, voxelType: OutputVoxelType.float32.rawValue, allowGaps: false,
        deidentify: false),
      intensityMapping: upscaler.mapping,
      inputVoxels: .init(
        minimum: upscaler.statistics.minimum, maximum: upscaler.statistics.maximum,
        nonFinite: upscaler.statistics.nonFinite),
      background: upscaler.background,
      engine: .init(
        kernels: information.kernels, products: information.products,
        openBLAS: "\(information.openBLAS), \(information.openBLASCore)", threads: information.threads),
      warnings: upscaler.warnings, notes: upscaler.notes, timings: upscaler.timings)
  }
}

extension VolumeHeader {
  package var sizeList: [Int] { [size.0, size.1, size.2] }
  package var spacingList: [Double] { (0..<3).map { geometry.spacing[$0] } }
}
