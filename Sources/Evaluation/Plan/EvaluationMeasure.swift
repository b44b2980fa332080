/// One number about an enlarged slice and the truth. The raw values are the columns of the CSV files and the keys of the JSON.
package enum EvaluationMeasure: String, CaseIterable, Codable, Sendable {
  /// PSNR in dB over the foreground, and over everything.
  case psnr
  case psnrAll = "psnr_all"
  /// SSIM with the authors' Gaussian window of 11×11, σ = 1.5.
  case ssim
  case ssimAll = "ssim_all"
  /// SSIM with a uniform window of 7×7, as SRDiff reports it.
  case ssim7
  case ssim7All = "ssim7_all"
  /// LPIPS (AlexNet, version 0.1) of the whole slice.
  case lpips
  /// PSNR of the output made smaller again against the low-resolution input.
  case lrPSNR = "lr_psnr"
  case lrPSNRAll = "lr_psnr_all"
  /// Mean absolute error over tissue, its edges and the background, and the mean error over tissue, in the scan's unit.
  case mae
  case maeEdges = "mae_edges"
  case maeBackground = "mae_background"
  case bias
  /// The paper's σ over the foreground: mean deviation over the samples, on a scale of 0–255.
  case sigma
  /// Variation between neighbouring slices over the truth's own, a measure of a volume.
  case flicker

  /// For people, with the unit.
  package var title: String {
    switch self {
    case .psnr: "PSNR (dB)"
    case .psnrAll: "PSNR, all (dB)"
    case .ssim: "SSIM"
    case .ssimAll: "SSIM, all"
    case .ssim7: "SSIM 7×7"
    case .ssim7All: "SSIM 7×7, all"
    case .lpips: "LPIPS"
    case .lrPSNR: "LR-PSNR (dB)"
    case .lrPSNRAll: "LR-PSNR, all (dB)"
    case .mae: "MAE"
    case .maeEdges: "MAE, edges"
    case .maeBackground: "MAE, background"
    case .bias: "bias"
    case .sigma: "σ (0–255)"
    case .flicker: "flicker"
    }
  }

  /// Digits behind the point in tables.
  var digits: Int {
    switch self {
    case .psnr, .psnrAll, .lrPSNR, .lrPSNRAll, .sigma, .mae, .maeEdges, .maeBackground, .bias: 2
    case .ssim, .ssimAll, .ssim7, .ssim7All, .lpips, .flicker: 4
    }
  }

  /// Those of single slices, in the order of the columns.
  static let ofSlices = allCases.filter { $0 != .flicker }
}
