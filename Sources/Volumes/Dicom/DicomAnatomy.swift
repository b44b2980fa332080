/// The body part of a series as a SNOMED CT code (PS3.16 annex L, CID 4031).
enum DicomAnatomy {
  /// Said where the source says nothing.
  static let unknown = DicomCode(value: "38266002", scheme: "SCT", meaning: "Entire body")

  static func code(of dataset: DicomItem) -> DicomCode? {
    let shared = dataset.item(.sharedFunctionalGroups) ?? dataset
    let perFrame = dataset.item(.perFrameFunctionalGroups)
    let holders = [
      perFrame?.item(DicomTag(0x0020_9071)), shared.item(DicomTag(0x0020_9071)), dataset,
    ].compactMap { $0 }
    for holder in holders {
      if let item = holder.item(.anatomicRegionSequence), let value = item.string(.codeValue),
        let scheme = item.string(.codingSchemeDesignator), let meaning = item.string(.codeMeaning),
        value.utf8.count <= 16, scheme == "SCT" || scheme == "SRT" || scheme == "FMA"
      {
        return DicomCode(value: value, scheme: scheme, meaning: meaning)
      }
    }
    guard let part = dataset.string(.bodyPartExamined)?.uppercased(), let entry = terms[part] else { return nil }
    return DicomCode(value: entry.0, scheme: "SCT", meaning: entry.1)
  }

  private static let terms: [String: (String, String)] = [
    "ABDOMEN": ("818981001", "Abdomen"), "ANKLE": ("70258002", "Ankle joint"), "ARM": ("40983000", "Upper arm"),
    "BRAIN": ("12738006", "Brain"), "BREAST": ("76752008", "Breast"), "CHEST": ("816094009", "Chest"),
    "CSPINE": ("122494005", "Cervical spine"), "ELBOW": ("16953009", "Elbow joint"), "FOOT": ("56459004", "Foot"),
    "FOREARM": ("14975008", "Forearm"), "HAND": ("85562004", "Hand"), "HEAD": ("69536005", "Head"),
    "HEART": ("80891009", "Heart"), "HIP": ("24136001", "Hip joint"), "KIDNEY": ("64033007", "Kidney"),
    "KNEE": ("72696002", "Knee"), "LEG": ("30021000", "Lower leg"), "LIVER": ("10200004", "Liver"),
    "LSPINE": ("122496007", "Lumbar spine"), "NECK": ("45048000", "Neck"), "PELVIS": ("816092008", "Pelvis"),
    "PROSTATE": ("41216001", "Prostate"), "SHOULDER": ("16982005", "Shoulder"), "SKULL": ("89546000", "Skull"),
    "SPINE": ("421060004", "Spine"), "THIGH": ("68367000", "Thigh"), "TSPINE": ("122495006", "Thoracic spine"),
    "WHOLEBODY": ("38266002", "Entire body"), "WRIST": ("74670003", "Wrist joint"),
  ]
}
