import Foundation
import Tensors
import Volumes

/// A model and how it is sampled: volume in, volume and uncertainty out. What `residua upscale` does, for Swift.
///
/// ```swift
/// import SuperResolution
///
/// let volume = try VolumeFile.open(URL(fileURLWithPath: "scan.nii.gz"))
/// let result = try SuperResolver().upscale(volume)
/// result.volume      // the super-resolved volume, in the scan's unit
/// result.deviation   // σ over the samples, voxel by voxel, in the same unit
/// ```
///
/// It goes the same way as the command: same model, settings, kernels and input give the same bytes. Research use only, not for diagnosis.
///
/// A resolver is a value without state of its own and may be used from several threads; each upscale needs a reader of its own.
public struct SuperResolver: Sendable {
  /// The model, with the engine that it runs on.
  public let model: LoadedModel
  /// Samples, steps, sampler, seed, plane, background and the rest; as the command's options, with their defaults.
  public var settings: UpscaleSettings

  /// Takes a model that is in memory.
  public init(_ model: LoadedModel, settings: UpscaleSettings = UpscaleSettings()) {
    self.model = model
    self.settings = settings
  }

  /// Loads a model.
  /// - Parameters:
  ///   - name: a model file, or the name of one on the search path; `nil` for the one that ships for `scale`.
  ///   - scale: 2, 3 or 4; `nil` for 2, or whatever the named model does.
  ///   - settings: how it is sampled; may be changed afterwards.
  ///   - threads: 1 or more; `nil` for one per core. Does not change results.
  ///   - kernels: `nil` for the widest that this processor has. Other kernels round differently.
  ///   - searchPath: the folders with models. A program of your own finds those that ship by `RESIDUA_MODELS`, in the folders of an installed
  ///     Residua, or beside itself (`ModelSearchPath`).
  /// - Throws: `SuperResolutionError` where the model is not found or has another scale, `ModelError` where it is damaged, `EngineError` where
  ///   this processor lacks the kernels.
  public init(
    model name: String? = nil, scale: Int? = nil, settings: UpscaleSettings = UpscaleSettings(), threads: Int? = nil,
    kernels: KernelSet? = nil, searchPath: ModelSearchPath = ModelSearchPath()
  ) throws {
    let engine = try Engine(threads: threads, kernels: kernels)
    self.init(
      try LoadedModel(named: name, scale: scale, searchPath: searchPath, engine: engine), settings: settings)
  }

  /// Upscales a whole volume in memory: `scale` times as many voxels along the two axes of the slices, 8 bytes each, for the volume, for σ and
  /// for every sample that is kept. For volumes larger than that take `upscaler(for:mask:)`, which hands out slices, or
  /// `job(from:to:)`, which goes from file to file.
  ///
  /// - Parameters:
  ///   - volume: a `Volume`, or any reader (`VolumeFile.open`); 3-D, or 4-D frame by frame. Values in any unit; what is not finite stays so.
  ///   - mask: what to compute, instead of what is found by itself: on the volume's grid, tissue where it is finite and not 0.
  ///   - keepsSamples: whether every sample is kept, for statistics of your own.
  ///   - progress: called often, with the share that is done, 0…1; what it throws ends the work and comes out here.
  /// - Throws: `SuperResolutionError` for settings that do not fit, `SamplingError` for impossible steps, `VolumeError` for a volume that cannot
  ///   be read or a mask on another grid, `CancellationError` in a task that is cancelled, or what `progress` throws.
  public func upscale(
    _ volume: any VolumeReader, mask: (any VolumeReader)? = nil, keepsSamples: Bool = false,
    progress: (Double) throws -> Void = { _ in }
  ) throws -> UpscaleResult {
    let clock = Date()
    func check(_ share: Double) throws {
      try Task.checkCancellation()
      try progress(share)
    }
    let upscaler = try VolumeUpscaler(
      reader: volume, model: model, settings: settings, mask: mask, checkpoint: { try check(0) })
    upscaler.keepsSamples = keepsSamples
    let estimate = Volume(header: upscaler.header)
    let deviation = settings.samples > 1 ? Volume(header: upscaler.header.ofDeviation) : nil
    let samples = (0..<(keepsSamples ? settings.samples : 0)).map { _ in Volume(header: upscaler.header) }
    var run = UpscaleRun(upscaler)
    try run.forEachSlice(progress: { try check($0 / Double(upscaler.sliceCount)) }) { slice in
      func put(_ values: VolumeSlice, _ volume: Volume) throws {
        try volume.writeSlice(values, at: slice.index, across: upscaler.axis, frame: slice.frame)
      }
      try put(slice.estimate, estimate)
      if let values = slice.deviation, let deviation { try put(values, deviation) }
      for (values, volume) in zip(slice.samples, samples) { try put(values, volume) }
    }
    var record = run.amended(
      UpscaleRecord(
        of: upscaler, input: UpscaleResult.inputName, digest: try FileDigest.sha256(of: volume), files: [:]))
    record.timings.total = Date().timeIntervalSince(clock)
    return UpscaleResult(
      volume: estimate, deviation: deviation, samples: samples, record: record, source: volume.header,
      settings: settings)
  }

  /// The same, slice by slice at the caller's pace, in the memory of a few slices: `while let slice = try upscaler.next() { … }`.
  /// - Throws: as `upscale`.
  public func upscaler(for volume: any VolumeReader, mask: (any VolumeReader)? = nil) throws -> VolumeUpscaler {
    try VolumeUpscaler(reader: volume, model: model, settings: settings, mask: mask)
  }

  /// The same from file to files, in the memory of a few slices, as the command does it: NIfTI or DICOM in and out, with sidecar, and what else
  /// the job is asked for (`uncertainty`, `regions`, `interval`, `preview`, …) before it is run.
  ///
  /// ```swift
  /// var job = resolver.job(from: series, to: output)
  /// job.uncertainty = sigma
  /// let record = try job.run()
  /// ```
  /// - Parameters:
  ///   - input: a NIfTI file, or a folder with a DICOM series.
  ///   - output: a name that ends in .nii or .nii.gz, or any other for a folder of DICOM files.
  public func job(from input: URL, to output: URL) -> UpscaleJob {
    var job = UpscaleJob(input: input, output: output, settings: settings)
    job.loadedModel = model
    return job
  }
}
