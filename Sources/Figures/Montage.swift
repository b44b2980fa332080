/// Letters at the four edges of a panel that say which way the patient lies, for example R, L, A, P. Empty ones are left out.
public struct EdgeLetters: Equatable, Sendable {
  /// At the left edge.
  public var left: String
  /// At the right edge.
  public var right: String
  /// At the upper edge.
  public var top: String
  /// At the lower edge.
  public var bottom: String

  /// Letters for the four edges; what is left out stays empty.
  public init(left: String = "", right: String = "", top: String = "", bottom: String = "") {
    self.left = left
    self.right = right
    self.top = top
    self.bottom = bottom
  }
}

/// One labelled picture of a montage.
public struct Panel: Sendable {
  /// What is shown.
  public var picture: Picture
  /// How it is shown.
  public var rendering: Rendering
  /// Text under the picture, wrapped to its width.
  public var caption: String
  /// Which way the patient lies.
  public var letters: EdgeLetters

  /// A picture with what is written at it.
  public init(_ picture: Picture, _ rendering: Rendering, caption: String = "", letters: EdgeLetters = EdgeLetters()) {
    self.picture = picture
    self.rendering = rendering
    self.caption = caption
    self.letters = letters
  }
}

/// Labelled pictures side by side, in rows, on one physical scale.
///
/// All panels share one number of page pixels per millimetre, chosen so that the finest pixels become whole blocks: a
/// low-resolution scan and its enlargement come out equally large, the former with visible pixels, and anisotropic ones
/// keep their shape. Pictures larger than a panel are reduced by averaging.
///
/// ```swift
/// var montage = Montage(title: "sub-08", rows: [[Panel(low, .gray(window), caption: "low resolution")]])
/// montage.footer = "Research use only. Not for diagnosis."
/// try montage.write(to: "sub-08.png", overwrite: true)
/// ```
public struct Montage: Sendable {
  /// One line or several above everything; wrapped to the page.
  public var title: String
  /// A smaller line under the title.
  public var subtitle = ""
  /// Panels row by row; rows may differ in length.
  public var rows: [[Panel]]
  /// A word beside each row, reading upwards, such as "slice 80"; may be shorter than `rows`.
  public var rowLabels: [String] = []
  /// Words above each column; may be shorter than the rows.
  public var columnTitles: [String] = []
  /// A small line below everything; wrapped to the page.
  public var footer = ""
  /// Where to look closer: framed in every panel, and shown enlarged to the panel's width below it.
  public var zoom: ZoomRegion?
  /// Length of a bar drawn into the first panel of each row, in millimetres; nil draws none.
  public var scaleBar: Double?
  /// Pixels of the page that the longer side of the largest picture shall come near to.
  public var panelSize = 360
  /// Enlarges all text and margins; 1 suits a panel of 360.
  public var textScale = 1.0
  /// Light letters on near-black, as radiology rooms have it, or dark ones on white paper.
  public var isDark = true

  /// A montage of these rows; everything else can be set afterwards.
  public init(title: String = "", rows: [[Panel]]) {
    self.title = title
    self.rows = rows
  }

  /// One row of pictures in one window under a label each: for the steps of a diffusion.
  public static func strip(
    title: String, pictures: [Picture], labels: [String], rendering: Rendering, panelSize: Int = 160
  ) -> Montage {
    let panels = zip(pictures.indices, pictures).map { i, picture in
      Panel(picture, rendering, caption: i < labels.count ? labels[i] : "")
    }
    var montage = Montage(title: title, rows: [panels])
    montage.panelSize = panelSize
    return montage
  }

  /// The finished picture.
  /// - Throws: `FigureError` when there is no panel, a panel has no pixels or no usable spacing, or the page gets too large.
  public func drawn() throws -> RasterImage {
    let layout = try MontageLayout(self)
    let canvas = try Canvas(
      width: layout.width, height: layout.height, background: layout.theme.ground, subject: layout.subject)
    layout.draw(on: canvas)
    return try canvas.raster(subject: layout.subject)
  }

  /// Draws and writes a PNG, which appears under its name only when complete.
  /// - Throws: `FigureError`.
  public func write(to path: String, overwrite: Bool = false) throws {
    try drawn().write(to: path, overwrite: overwrite)
  }
}
