import Foundation
import SuperResolution

/// What a batch was asked for: where the scans are and what is wanted of them.
public struct BatchRequest: Sendable {
  /// Where scans are looked for.
  public enum Source: Sendable {
    /// A folder: NIfTI files, DICOM series, or a BIDS dataset.
    case folder(URL)
    /// A CSV file that names them.
    case list(URL)
  }

  public enum Layout: String, CaseIterable, Sendable {
    /// BIDS where the folder is a BIDS dataset, else a tree.
    case auto
    case tree, bids
  }

  /// What is written for every scan beside the volume.
  public struct Results: Sendable {
    public var uncertainty = false
    public var preview = false
    public var samples = false
    public var calibratedUncertainty = false
    public var interval = false

    public init(uncertainty: Bool = false, preview: Bool = false, samples: Bool = false) {
      self.uncertainty = uncertainty
      self.preview = preview
      self.samples = samples
    }
  }

  /// What DICOM series become.
  public enum DicomOutput: String, CaseIterable, Sendable { case dicom, nifti }

  public var source: Source
  public var output: URL
  public var layout = Layout.auto
  public var selection = BidsSelection()
  public var results = Results()
  public var companions = CompanionPatterns()
  /// Of the model.
  public var scale = 2
  public var settings = UpscaleSettings()
  public var dicomOutput = DicomOutput.dicom
  public var uncertaintyFormat: UncertaintyFormat?
  public var allowGaps = false
  /// Folders are numbered rather than named in what comes of DICOM series.
  public var deidentify = false
  /// Take scans with several volumes (fMRI, diffusion), which are left out of folders otherwise.
  public var includes4D = false
  /// For the sidecars of a BIDS derivative, where the dataset does not say.
  public var isSkullStripped = false

  public init(source: Source, output: URL) {
    self.source = source
    self.output = output
  }
}

/// Which files of a BIDS dataset are taken; empty for all (of the usual suffixes).
public struct BidsSelection: Sendable {
  /// With or without `sub-`.
  public var participants: [String] = []
  /// With or without `ses-`.
  public var sessions: [String] = []
  public var suffixes: [String] = []

  public init(participants: [String] = [], sessions: [String] = [], suffixes: [String] = []) {
    self.participants = participants
    self.sessions = sessions
    self.suffixes = suffixes
  }

  public var isEmpty: Bool { participants.isEmpty && sessions.isEmpty && suffixes.isEmpty }

  /// Those that were asked for, else the usual ones.
  var wantedSuffixes: [String] { suffixes.isEmpty ? Self.usualSuffixes : suffixes }

  /// Structural images whose values are intensities of one contrast.
  public static let usualSuffixes = ["FLAIR", "PDw", "T1w", "T2starw", "T2w", "inplaneT1", "inplaneT2"]
}
