import ArgumentParser
import BulkProcessing
import Foundation

/// Where a batch finds its scans, and where its results go.
struct StudyOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "INPUT OUTPUT, where INPUT is a folder of NIfTI files, DICOM series or a BIDS dataset; BIDS_DIR OUTPUT participant for a BIDS-App; OUTPUT alone with --list. OUTPUT is made where it is missing.",
      valueName: "folders"))
  var folders: [String] = []

  @Option(
    help:
      "A CSV file instead of INPUT: columns input and, where wanted, output, series, mask, regions, labels; paths from the file's folder."
  )
  var list: String?

  @Option(help: "How INPUT is laid out: auto (BIDS where dataset_description.json says so), tree or bids.")
  var layout: BatchRequest.Layout = .auto

  @Option(
    name: [.long, .customLong("participant_label")], parsing: .upToNextOption,
    help: "BIDS: these participants only, with or without sub-.")
  var participantLabel: [String] = []

  @Option(
    name: [.long, .customLong("session_label")], parsing: .upToNextOption,
    help: "BIDS: these sessions only, with or without ses-.")
  var sessionLabel: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "BIDS: images with these suffixes. (default: \(BidsSelection.usualSuffixes.joined(separator: ", ")))",
      valueName: "suffix"))
  var suffix: [String] = []

  @Flag(help: "BIDS: say that the scans are skull-stripped, where their sidecars do not.")
  var skullStripped = false

  @Flag(name: .customLong("include-4d"), help: "Take scans of several volumes (fMRI, diffusion) found in folders too.")
  var include4D = false

  @Option(help: "What DICOM series become: dicom or nifti.")
  var dicomOutput: BatchRequest.DicomOutput = .dicom

  @Flag(help: "Only say what would be done, with an estimate of time and disk.")
  var dryRun = false

  @Flag(help: "With --dry-run: as JSON.")
  var json = false

  func validate() throws {
    let isBids = folders.count == 3
    if isBids, folders[2] != "participant" {
      throw ValidationError(
        "The third argument is the level of a BIDS-App, and participant is the only one here, not \(folders[2]). Is an option before it misspelt?")
    }
    if list != nil {
      guard folders.count == 1 else {
        throw ValidationError("With --list there is one argument, OUTPUT, not \(folders.count).")
      }
      guard selection.isEmpty, layout == .auto else {
        throw ValidationError(
          "--list names the scans: --layout, --participant-label, --session-label and --suffix do not go with it.")
      }
    } else if folders.count != 2, !isBids {
      throw ValidationError("Expected INPUT and OUTPUT, and found \(folders.count) arguments.")
    }
    if json, !dryRun { throw ValidationError("--json is about --dry-run.") }
    if layout == .tree, isBids || !selection.isEmpty {
      throw ValidationError("--layout tree does not go with what selects from a BIDS dataset.")
    }
  }

  /// The folder for the results.
  var output: URL { URL(fileURLWithPath: folders[list == nil ? 1 : 0], isDirectory: true) }

  /// What the user calls the input.
  var inputName: String { list ?? folders[0] }

  private var selection: BidsSelection {
    BidsSelection(participants: participantLabel, sessions: sessionLabel, suffixes: suffix)
  }

  /// The request, but for what other groups of options say.
  var request: BatchRequest {
    var request = BatchRequest(
      source: list.map { .list(URL(fileURLWithPath: $0)) } ?? .folder(URL(fileURLWithPath: folders[0])), output: output)
    request.layout = folders.count == 3 ? .bids : layout
    request.selection = selection
    request.isSkullStripped = skullStripped
    request.includes4D = include4D
    request.dicomOutput = dicomOutput
    return request
  }
}

extension BatchRequest.Layout: ExpressibleByArgument {}
extension BatchRequest.DicomOutput: ExpressibleByArgument {}
