import Foundation
import Volumes

/// A volume below a folder, and whose it is.
package struct FoundScan: Hashable, Sendable {
  /// The NIfTI file, or the folder that holds the series.
  package let url: URL
  /// Who was scanned, as far as names tell: scans of one subject are one draw.
  package let subject: String
  /// Which series, for a folder of DICOM slices.
  package var series: String?

  package init(url: URL, series: String? = nil) {
    self.url = url
    self.series = series
    subject = Self.subject(of: url)
  }

  /// The name's `sub-…` part as BIDS has it, in the file's name or in a folder's above it; else the file's name without extensions.
  package static func subject(of file: URL) -> String {
    for part in file.pathComponents.reversed() {
      if part.hasPrefix("sub-") { return String(part.prefix { $0 != "_" && $0 != "." }) }
    }
    return String(file.lastPathComponent.prefix { $0 != "." })
  }
}

/// The volumes in files and folders: NIfTI files, and series of DICOM slices, told by their content.
package struct ScanSearch: Sendable {
  /// NIfTI files by path, then DICOM series by folder, each once.
  package let scans: [FoundScan]
  /// What looked like a scan and cannot be used, and why.
  package let skipped: [String]

  /// - Parameter urls: files and folders, which exist; folders are searched to the bottom (`FolderWalk`).
  /// - Throws: `VolumeError` where a folder cannot be listed.
  package init(_ urls: [URL]) throws {
    var files: [String: FoundScan] = [:]
    var dicomFolders: Set<String> = []
    for file in try urls.flatMap(Self.files(under:)) {
      guard let format = try? VolumeFormat.detect(file) else { continue }
      switch format {
      case .nifti1, .nifti2:
        // The image half of a pair is read by way of its header.
        if file.pathExtension == "img" { continue }
        files[file.path] = FoundScan(url: file)
      case .dicomFile: dicomFolders.insert(file.deletingLastPathComponent().path)
      default: continue
      }
    }
    var skipped: [String] = []
    var all = files.values.sorted { $0.url.path < $1.url.path }
    // An archive is read to the bottom: folders within folders belong to the outermost.
    for path in dicomFolders.sorted() where !dicomFolders.contains(where: { path.hasPrefix($0 + "/") }) {
      let url = URL(fileURLWithPath: path)
      let archive = try DicomArchive.scan(url)
      skipped += archive.damaged.map { "\(path): \($0)" }
      for series in archive.series {
        if series.isUsable {
          all.append(FoundScan(url: url, series: series.selector))
        } else {
          skipped.append("\(path): \(series.summary): \(series.suitability.sentence ?? "cannot be used")")
        }
      }
    }
    scans = all
    self.skipped = skipped
  }

  private static func files(under url: URL) throws -> [URL] {
    guard FileIdentity(url.path)?.isFolder == true else { return [url] }
    let walk = try FolderWalk(url)
    return walk.files.map(walk.url)
  }
}

extension FoundScan {
  /// The files whose bytes identify the scan.
  package var files: [URL] {
    get throws {
      switch try VolumeFormat.detect(url) {
      case .dicomFile, .directory: return try DicomArchive.scan(url).select(series).files
      default:
        let voxels = (try VolumeFile.open(url) as? NiftiReader)?.voxelURL
        return [url] + (voxels == nil || voxels == url ? [] : [voxels].compactMap(\.self))
      }
    }
  }
}
