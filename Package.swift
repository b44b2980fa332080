// swift-tools-version: 6.0
import PackageDescription

// Two wings on a floor of C: numbers on the left (Tensors, Neural, Diffusion), medicine on the
// right (Volumes, ImageQuality); they meet in SuperResolution. Imports point down only.
let package = Package(
  name: "Residua",
  products: [
    // `import SuperResolution` brings the others along (Docs/Decisions/0015-one-import.md).
    .library(
      name: "Residua", targets: ["SuperResolution", "Diffusion", "Tensors", "ImageQuality", "Volumes", "Figures"]),
    .library(name: "ResiduaTraining", targets: ["SuperResolutionTraining"]),
    .executable(name: "residua", targets: ["residua"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // MARK: The ground: C
    .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("openblas")]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "CNifti",
      cSettings: [.headerSearchPath("private")],
      linkerSettings: [.linkedLibrary("nifti2"), .linkedLibrary("znz"), .linkedLibrary("z")]
    ),
    .target(
      name: "CDicom",
      linkerSettings: [
        .linkedLibrary("dcmpmap"), .linkedLibrary("dcmfg"), .linkedLibrary("dcmiod"),
        .linkedLibrary("dcmjpeg"), .linkedLibrary("dcmjpls"), .linkedLibrary("dcmimgle"),
        .linkedLibrary("dcmdata"), .linkedLibrary("oflog"), .linkedLibrary("ofstd"),
        .linkedLibrary("openjp2"), .linkedLibrary("z"),
      ]
    ),
    .systemLibrary(
      name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]
    ),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]
    ),

    // MARK: The left wing: numbers, nothing of medicine
    .target(name: "Tensors", dependencies: ["COpenBLAS", "CKernels"]),
    .target(name: "Neural", dependencies: ["CKernels", "Tensors"]),
    .target(name: "Diffusion", dependencies: ["Neural", "Tensors"]),

    // MARK: The right wing: medicine, nothing of networks
    .target(name: "Volumes", dependencies: ["CDicom", "CNifti"]),
    .target(name: "ImageQuality", dependencies: ["Neural", "Tensors"]),
    .target(name: "Figures", dependencies: ["CCairo"]),

    // MARK: Where they meet
    .target(
      name: "SuperResolution",
      dependencies: ["Diffusion", "Tensors", "Volumes", "ImageQuality", "Figures", "COpenSSL"],
      resources: [.copy("Models")]
    ),

    .target(
      name: "SuperResolutionTraining",
      dependencies: [
        "SuperResolution", "Diffusion", "Neural", "Tensors", "ImageQuality", "Volumes", "Figures",
        .product(name: "Yams", package: "Yams"),
      ]
    ),

    .target(name: "BulkProcessing", dependencies: ["SuperResolution", "Tensors", "Volumes"]),

    .target(
      name: "Evaluation",
      dependencies: ["SuperResolution", "ImageQuality", "Neural", "Tensors", "Volumes", "Figures"]),

    .target(
      name: "Reports", dependencies: ["SuperResolution", "Diffusion", "Tensors", "Volumes", "Figures"],
      resources: [
        "page.html", "style.css", "volume.js", "views.js", "plots.js", "page.js", "index.html", "index.css", "index.js",
      ].map { .embedInCode("Page/\($0)") }
    ),

    // MARK: The door
    .executableTarget(
      name: "residua",
      dependencies: [
        "BulkProcessing", "Evaluation", "Reports",
        "SuperResolutionTraining", "SuperResolution",
        "Diffusion", "Tensors", "ImageQuality", "Volumes",
        "Figures", "Neural",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),

    // MARK: Examples
    .executableTarget(
      name: "BenchmarkRunner", dependencies: ["Diffusion", "Neural", "Tensors"], path: "Examples/Benchmarks/Runner"
    ),

    .executableTarget(
      name: "TrainingBenchmark", dependencies: ["Diffusion", "Neural", "Tensors"],
      path: "Examples/Benchmarks/TrainingStep"
    ),

    .executableTarget(name: "LedgerBenchmark", dependencies: ["BulkProcessing"], path: "Examples/Benchmarks/Ledger"),

    .executableTarget(name: "UpscaleVolume", dependencies: ["SuperResolution"], path: "Examples/UpscaleVolume"),
    .executableTarget(name: "UpscaleFolder", dependencies: ["SuperResolution"], path: "Examples/UpscaleFolder"),
    .executableTarget(name: "UpscaleSeries", dependencies: ["SuperResolution"], path: "Examples/UpscaleSeries"),
    .executableTarget(
      name: "UncertaintyByRegion", dependencies: ["SuperResolution"], path: "Examples/UncertaintyByRegion"),
    .executableTarget(name: "CustomDegradation", dependencies: ["SuperResolution"], path: "Examples/CustomDegradation"),
    .executableTarget(name: "CustomSampler", dependencies: ["SuperResolution"], path: "Examples/CustomSampler"),
    .executableTarget(
      name: "TrainTinyModel", dependencies: ["SuperResolutionTraining"], path: "Examples/TrainTinyModel"),

    .executableTarget(
      name: "ValidationTable",
      dependencies: [
        "Diffusion", "ImageQuality", "SuperResolution", "Tensors", "Volumes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Examples/ValidationTable"
    ),

    // MARK: Tests, one target per room
    .testTarget(
      name: "TensorsTests", dependencies: ["CKernels", "COpenBLAS", "Neural", "Tensors"], exclude: ["Golden"]),
    .testTarget(name: "NeuralTests", dependencies: ["Neural"]),
    .testTarget(
      name: "DiffusionTests", dependencies: ["Diffusion"], exclude: ["Golden", "Network/network_reference.py"]),
    .testTarget(name: "VolumesTests", dependencies: ["Volumes"], exclude: ["Golden"]),
    .target(name: "DicomSamples", path: "Tests/DicomSamples"),
    .testTarget(name: "DicomTests", dependencies: ["DicomSamples", "Volumes"], exclude: ["Golden", "Seeds"]),
    .testTarget(name: "ImageQualityTests", dependencies: ["ImageQuality", "Neural", "Tensors"], exclude: ["Golden"]),
    .testTarget(name: "FiguresTests", dependencies: ["Figures"]),
    .testTarget(name: "SuperResolutionTests", dependencies: ["ImageQuality", "SuperResolution", "Tensors", "Volumes"]),
    .testTarget(
      name: "SuperResolutionTrainingTests",
      dependencies: ["SuperResolution", "SuperResolutionTraining", "Tensors", "Volumes"]),
    .testTarget(
      name: "BulkProcessingTests", dependencies: ["BulkProcessing", "SuperResolution", "Volumes"], exclude: ["Golden"]),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "ImageQuality", "SuperResolution", "Tensors", "Volumes"],
      exclude: ["Golden"]),
    .testTarget(
      name: "CommandTests", dependencies: ["DicomSamples", "residua", "ImageQuality", "SuperResolution", "Volumes"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
