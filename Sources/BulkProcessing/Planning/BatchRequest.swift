import Foundation
import SuperResolution

/// What a batch was asked for: where the scans are and what is wanted of them.
package struct BatchRequest: Sendable {
  /// Where scans are looked for.
  package enum Source: Sendable {
    /// A folder: NIfTI files, DICOM series, or a BIDS dataset.
    case folder(URL)
    /// A CSV file that names them.
    case list(URL)
  }

  package enum Layout: String, CaseIterable, Sendable {
    /// BIDS where the folder is a BIDS dataset, else a tree.
    case auto
    case tree, bids
  }

  /// What is written for every scan beside the volume.
  package struct Results: Sendable {
    package var uncertainty = false
    package var preview = false
    package var samples = false
    package var calibratedUncertainty = false
    package var interval = false

    package init(uncertainty: Bool = false, preview: Bool = false, samples: Bool = false) {
      self.uncertainty = uncertainty
      self.preview = preview
      self.samples = samples
    }
  }

  /// What DICOM series become.
  package enum DicomOutput: String, CaseIterable, Sendable { case dicom, nifti }

  package var source: Source
  package var output: URL
  package var layout = Layout.auto
  package var selection = BidsSelection()
  package var results = Results()
  package var companions = CompanionPatterns()
  /// Of the model.
  package var scale = 2
  package var settings = UpscaleSettings()
  package var dicomOutput = DicomOutput.dicom
  package var uncertaintyFormat: UncertaintyFormat?
  package var allowGaps = false
  /// Folders are numbered rather than named in what comes of DICOM series.
  package var deidentify = false
  /// Take scans with several volumes (fMRI, diffusion), which are left out of folders otherwise.
  package var includes4D = false
  /// For the sidecars of a BIDS derivative, where the dataset does not say.
  package var isSkullStripped = false

  package init(source: Source, output: URL) {
    self.source = source
    self.output = output
  }
}

/// Which files of a BIDS dataset are taken; empty for all (of the usual suffixes).
package struct BidsSelection: Sendable {
  /// With or without `sub-`.
  package var participants: [String] = []
  /// With or without `ses-`.
  package var sessions: [String] = []
  package var suffixes: [String] = []

  package init(participants: [String] = [], sessions: [String] = [], suffixes: [String] = []) {
    self.participants = participants
    self.sessions = sessions
    self.suffixes = suffixes
  }

  package var isEmpty: Bool { participants.isEmpty && sessions.isEmpty && suffixes.isEmpty }

  /// Those that were asked for, else the usual ones.
  var wantedSuffixes: [String] { suffixes.isEmpty ? Self.usualSuffixes : suffixes }

  /// Structural images whose values are intensities of one contrast.
  package static let usualSuffixes = ["FLAIR", "PDw", "T1w", "T2starw", "T2w", "inplaneT1", "inplaneT2"]
}
