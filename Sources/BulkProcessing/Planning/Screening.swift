import Foundation
import SuperResolution
import Volumes

/// Whether something that was found is a scan to be upscaled. What `upscale` would refuse is refused here with the same sentence; what it
/// would take, but nobody who points at a folder means, is left out with a sentence that says how to have it nevertheless.
struct Screening {
  let request: BatchRequest
  /// Named one by one by the user: then nobody has to guess what was meant.
  let isExplicit: Bool

  enum Outcome {
    case scan(VolumeHeader)
    case dicom
    case refused(String, isDamage: Bool)
    /// Belongs to a scan that is found by another file: the voxels of a pair.
    case part
    /// Neither a volume nor like one.
    case other
  }

  /// A file, by its content.
  func look(at url: URL, called relative: String) -> Outcome {
    // The other half of a pair stands for both.
    if NiftiPair.header(besideImage: url) != nil, !isExplicit { return .part }
    do {
      switch try VolumeFormat.detect(url) {
      case .nifti1, .nifti2: return judge(try NiftiReader(url).header, called: relative)
      case .dicomFile: return .dicom
      case .directory: return .other
      case let format where isExplicit || Self.looksLikeVolume(relative, as: format):
        // An unknown `.hdr` may be anybody's; the other names promise what the content does not hold.
        let isDamage = isExplicit || (format == .unknown && !relative.lowercased().contains(".hdr"))
        return .refused(try VolumeFile.refusal(of: url, format: format).reason, isDamage: isDamage)
      default: return .other
      }
    } catch let error as VolumeError {
      return .refused(error.reason, isDamage: isExplicit || error.isDamage)
    } catch { return .refused("\(error)", isDamage: true) }
  }

  /// A volume by its header.
  func judge(_ header: VolumeHeader, called relative: String) -> Outcome {
    if let obstacle = VolumeUpscaler.obstacle(to: header, settings: request.settings, scale: request.scale) {
      return .refused(obstacle.description, isDamage: isExplicit)
    }
    return unwanted(header, called: relative).map { .refused($0, isDamage: false) } ?? .scan(header)
  }

  /// Why a volume that could be upscaled is not meant.
  private func unwanted(_ header: VolumeHeader, called relative: String) -> String? {
    guard !isExplicit else { return nil }
    if header.description.hasPrefix("\(ToolVersion.name) "), header.description.contains(" SR x") {
      return "is an output of \(ToolVersion.name); name it in a --list to upscale it once more"
    }
    switch header.nifti?.intentCode ?? 0 {
    case 1002, 1005:
      return "holds labels by its header (intent), not intensities; name it in a --list to upscale it nevertheless"
    case 2...24:
      return "is a map of statistics by its header (intent), not a scan; name it in a --list to upscale it nevertheless"
    default: break
    }
    if let word = Self.labelWord(in: relative) {
      return "holds labels by its name (\(word)), not intensities; name it in a --list to upscale it nevertheless"
    }
    return severalVolumes(header.frames)
  }

  /// 4-D scans take as long as so many scans, which nobody should find out by waiting.
  func severalVolumes(_ frames: Int) -> String? {
    guard frames > 1, !request.includes4D, !isExplicit else { return nil }
    return "holds \(frames) volumes (fMRI, diffusion, echoes or the like); pass --include-4d to take such scans too"
  }

  /// Whether a file that cannot be looked into is called as scans are; DICOM files often have no ending.
  static func promisesVolume(_ relative: String) -> Bool {
    let name = (relative as NSString).lastPathComponent.lowercased()
    return !name.contains(".") || [".nii", ".nii.gz", ".dcm", ".ima"].contains { name.hasSuffix($0) }
  }

  /// Other formats and damaged files that a user would miss, were they passed over in silence.
  private static func looksLikeVolume(_ relative: String, as format: VolumeFormat) -> Bool {
    let name = relative.lowercased()
    switch format {
    case .analyze, .mgh, .nrrd, .metaImage: return true
    case .minc: return name.hasSuffix(".mnc") || name.hasSuffix(".mnc.gz")
    case .unknown:
      return [".nii", ".nii.gz", ".hdr", ".hdr.gz", ".dcm", ".ima"].contains { name.hasSuffix($0) }
    default: return false
    }
  }

  /// Names that segmentation tools and BIDS give to label maps, as the last word of the file's name.
  private static let labelWords: Set<String> = [
    "aparc", "aseg", "brainmask", "dseg", "label", "labelmap", "labels", "lesion", "lesions", "mask", "parc",
    "parcellation",
    "probseg", "ribbon", "roi", "rois", "seg", "segmentation", "wmparc",
  ]

  static func labelWord(in relative: String) -> String? {
    let file = (relative as NSString).lastPathComponent.lowercased()
    let stem = file.prefix { $0 != "." }
    guard let last = stem.split(whereSeparator: { !$0.isLetter }).last.map(String.init) else { return nil }
    return labelWords.contains(last) ? last : nil
  }
}

extension VolumeError {
  /// Whether the file is at fault, rather than of another kind than is wanted.
  var isDamage: Bool {
    switch code {
    case .notFound, .permissionDenied, .unreadable, .truncated, .corrupt: true
    default: false
    }
  }
}
