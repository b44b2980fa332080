import Diffusion
import Foundation
import SuperResolution
import Testing
import Volumes

@Suite struct ExplainCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try write(phantom((22, 26, 3)), to: folder.path("in.nii"))
  }

  private func explain(_ arguments: [String]) throws -> Tool.Outcome {
    try Tool.run(["explain", folder.path("in.nii")] + arguments + ["--samples", "2", "--quiet"])
  }

  /// Width and height as a PNG's first chunk has them.
  private func pngSize(_ name: String) throws -> (width: Int, height: Int) {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path(name))))
    try #require(bytes.count > 24 && bytes[0..<8] == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
  }

  @Test func aFolderOfPicturesOrOne() throws {
    let names = ["slice.png", "forward.png", "reverse.png", "schedule.png"]
    let outcome = try explain([folder.path("figures"), "--steps", "3", "--at", "99,50,0"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == names.map { folder.path("figures/\($0)") + "\n" }.joined())
    let (forward, reverse) = try (pngSize("figures/forward.png"), pngSize("figures/reverse.png"))
    #expect(reverse.height > 2 * forward.height && forward.width > 3 * 150, "three pictures across, three rows")

    let one = try explain([folder.path("all.png"), "--steps", "3", "--reduce", "--slice", "1"])
    #expect(one.status == 0 && one.output == folder.path("all.png") + "\n", "\(one.errors)")
    #expect(try pngSize("all.png").height > reverse.height)

    let again = try explain([folder.path("figures"), "--steps", "3"])
    #expect(again.status == 1 && again.errors.contains("--overwrite"))
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.path("figures/reverse.png")))
    #expect(try explain([folder.path("figures"), "--steps", "3", "--at", "99,50,0", "--overwrite"]).status == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("figures/reverse.png"))) == before)
  }

  @Test func aStepThatIsNotVisitedIsSaid() throws {
    let arguments = ["explain", folder.path("in.nii"), folder.path("one.png"), "--samples", "2", "--steps", "3"]
    let outcome = try Tool.run(arguments + ["--at", "99,40,0"])
    #expect(outcome.status == 0 && outcome.errors.contains(" for 40"), "\(outcome.errors)")
    #expect(!outcome.errors.contains(" for 99") && !outcome.errors.contains(" for 0"))
    #expect(try !Tool.run(arguments + ["--at", "99,0", "--overwrite"]).errors.contains("does not stop"))
  }

  @Test func mistakesAreSentences() throws {
    let cases: [([String], Int32, String)] = [
      (["--slice", "4"], 1, "1 to 3"), (["--slice", "0"], 64, "--slice"), (["--frame", "2"], 1, "1 to 1"),
      (["--at", "100"], 1, "0 (nearly clean) to 99"), (["--at", "x"], 64, "--at"),
      (["--steps", "101"], 1, "101 steps"),
      (["--model", "nothing"], 1, "nothing"),
    ]
    for (arguments, status, words) in cases {
      let outcome = try explain([folder.path("figures")] + arguments)
      #expect(outcome.status == status && outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("figures")))
    }
    #expect(try Tool.run(["explain", folder.path("none.nii"), folder.path("figures")]).status == 1)
    #expect(try Tool.run(["explain", folder.path("in.nii"), folder.path("f"), "--samples", "1"]).status == 64)
  }

  @Test func whatIsDrawnIsWhatAnUpscaleComputes() throws {
    var upscale = UpscaleJob(
      input: URL(fileURLWithPath: folder.path("in.nii")), output: URL(fileURLWithPath: folder.path("out.nii")))
    upscale.settings.samples = 2
    upscale.settings.seed = 5
    var job = ExplainJob(upscale)
    (job.slice, job.steps, job.shown) = (1, 6, [99, 40, 0])
    let explanation = try job.run()

    // The end of the reverse process is the sample that the sampler gives by itself.
    let outcome = try Tool.run([
      "upscale", folder.path("in.nii"), folder.path("out.nii"), "--estimate", "sample", "--samples", "2", "--sampler",
      "ddpm", "--steps", "6", "--seed", "5", "--background", "keep", "--quiet",
    ])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let volume = try readVolume(folder.path("out.nii"))
    let slice = try volume.readSlice(1, across: .k, frame: 0)
    #expect(zip(slice.values, explanation.slice.sample.values).allSatisfy { Float($0) == Float($1) })
    // The last step's prediction is the result (SRDiff: no noise at t = 0); six uniform steps are 99, 79, 59, 40, 20, 0.
    #expect(explanation.slice.moments.map(\.step) == [99, 40, 0])
    let last = try #require(explanation.slice.moments.last)
    #expect(zip(last.image.values, explanation.slice.sample.values).allSatisfy { abs($0 - $1) < 1e-3 })
    // Mean and deviation are those of an upscale with its own settings.
    let plain = try Tool.run([
      "upscale", folder.path("in.nii"), folder.path("mean.nii"), "--samples", "2", "--seed", "5", "--background",
      "keep",
      "--quiet",
    ])
    try #require(plain.status == 0, "\(plain.errors)")
    let mean = try readVolume(folder.path("mean.nii")).readSlice(1, across: .k, frame: 0)
    #expect(zip(mean.values, explanation.result.mean.values).allSatisfy { Float($0) == Float($1) })
  }

  @Test func theForwardProcessIsThePapers() throws {
    var job = ExplainJob(
      UpscaleJob(
        input: URL(fileURLWithPath: folder.path("in.nii")), output: URL(fileURLWithPath: folder.path("out.nii"))))
    job.job.settings.samples = 2
    (job.steps, job.reduces, job.shown) = (100, true, [99, 50, 10, 0])
    let slice = try job.run().slice
    let truth = try #require(slice.truth)
    // The truth is the file's slice, cropped to whole pixels of the low resolution, of which there are half as many.
    let file = try readVolume(folder.path("in.nii")).readSlice(1, across: .k, frame: 0)
    #expect(truth.values == file.values && slice.lowResolution.width == 11 && slice.lowResolution.height == 13)
    // r = clamp(2·(x − base)/half the range, ±1), with one range for all pixels.
    let pairs = zip(slice.residual, zip(truth.values, slice.bicubic.values)).filter {
      abs($0.0) > 0.05 && abs($0.0) < 0.99
    }
    let ratios = pairs.map { Double($0) / ($1.0 - $1.1) }
    let first = try #require(ratios.first)
    #expect(first > 0 && ratios.allSatisfy { abs($0 / first - 1) < 1e-3 })
    // √ᾱ and √(1 − ᾱ) of the paper's schedule (SRDiff, T = 100), in Double.
    let known = [99: 2.428572279e-07, 50: 0.4782646329, 10: 0.9667167049, 0: 0.9993687184]
    let noise = slice.moments.map { moment -> [Double] in
      let alpha = known[moment.step] ?? .nan
      return zip(moment.noised, slice.residual).map {
        (Double($0) - alpha.squareRoot() * Double($1)) / (1 - alpha).squareRoot()
      }
    }
    // It is one and the same noise at every step, N(0, 1).
    for other in noise.dropFirst() { #expect(zip(noise[0], other).allSatisfy { abs($0 - $1) < 1e-3 }) }
    let square = noise[0].reduce(0) { $0 + $1 * $1 } / Double(noise[0].count)
    #expect(abs(square - 1) < 0.25, "572 values")
    // And it is what sampling starts from.
    #expect(zip(slice.moments[0].noisy, noise[0]).allSatisfy { abs(Double($0) - $1) < 1e-3 })
  }
}
