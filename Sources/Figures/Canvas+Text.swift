import CCairo

/// How a piece of text looks.
struct TextStyle {
  var size: Double
  var isBold = false
  var colour: Colour
}

/// Where a point lies on the text that is drawn at it.
enum TextAnchor {
  case leading, centre, trailing

  var share: Double {
    switch self {
    case .leading: 0
    case .centre: 0.5
    case .trailing: 1
    }
  }
}

extension Canvas {
  /// Width of one line of text. 0 where no font can be had: the figure is then drawn without words.
  func textWidth(_ text: String, _ style: TextStyle) -> Double {
    guard select(style) else { return 0 }
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// Draws one line with its baseline at `y`.
  func drawText(_ text: String, x: Double, y: Double, _ style: TextStyle, anchor: TextAnchor = .leading) {
    guard !text.isEmpty, select(style) else { return }
    set(style.colour)
    cairo_move_to(context, x - textWidth(text, style) * anchor.share, y)
    cairo_show_text(context, text)
    cairo_new_path(context)
  }

  /// Draws one line that reads upwards, centred at (x, y), `x` being its baseline.
  func drawUpwardText(_ text: String, x: Double, centreY: Double, _ style: TextStyle) {
    guard !text.isEmpty, select(style) else { return }
    cairo_save(context)
    cairo_translate(context, x, centreY)
    cairo_rotate(context, -.pi / 2)
    drawText(text, x: 0, y: 0, style, anchor: .centre)
    cairo_restore(context)
  }

  /// Draws text with a dark rim, legible on any picture.
  func drawRimmedText(_ text: String, x: Double, y: Double, _ style: TextStyle, anchor: TextAnchor = .leading) {
    guard !text.isEmpty, select(style) else { return }
    cairo_move_to(context, x - textWidth(text, style) * anchor.share, y)
    cairo_text_path(context, text)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    set(.black, opacity: 0.85)
    cairo_set_line_width(context, style.size / 5)
    cairo_stroke_preserve(context)
    set(style.colour)
    cairo_fill(context)
  }

  /// The text cut into lines no wider than `width`, at spaces where possible and inside a word where not; line breaks in
  /// the text stay.
  func wrapped(_ text: String, _ style: TextStyle, width: Double) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = ""
      for word in paragraph.split(separator: " ") {
        let longer = line.isEmpty ? String(word) : line + " " + word
        if textWidth(longer, style) <= width {
          line = longer
          continue
        }
        if !line.isEmpty { lines.append(line) }
        line = ""
        for character in word {
          if !line.isEmpty, textWidth(line + String(character), style) > width {
            lines.append(line)
            line = ""
          }
          line.append(character)
        }
      }
      lines.append(line)
    }
    return lines == [""] ? [] : lines
  }

  /// Chooses the font. Without any font file Cairo takes its own strokes, which know plain ASCII; should even that fail, the
  /// answer is false and the figure goes without words, for a failing font would spoil everything drawn after it.
  private func select(_ style: TextStyle) -> Bool {
    guard cairo_status(context) == CAIRO_STATUS_SUCCESS else { return false }
    let weight = style.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
    guard let face = cairo_toy_font_face_create("DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, weight) else { return false }
    defer { cairo_font_face_destroy(face) }
    guard cairo_font_face_status(face) == CAIRO_STATUS_SUCCESS else { return false }
    var size = cairo_matrix_t()
    cairo_matrix_init_scale(&size, style.size, style.size)
    var place = cairo_matrix_t()
    cairo_get_matrix(context, &place)
    let options = cairo_font_options_create()
    defer { cairo_font_options_destroy(options) }
    cairo_get_font_options(context, options)
    guard let font = cairo_scaled_font_create(face, &size, &place, options) else { return false }
    defer { cairo_scaled_font_destroy(font) }
    guard cairo_scaled_font_status(font) == CAIRO_STATUS_SUCCESS else { return false }
    cairo_set_scaled_font(context, font)
    return true
  }
}
