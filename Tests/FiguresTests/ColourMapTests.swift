import Figures
import Testing

@Suite struct ColourMapTests {
  @Test func `gray is the identity on bytes`() {
    #expect(ColourMap.gray.entries.map { $0.bytes.green } == (0...255).map { UInt8($0) })
  }

  @Test(arguments: [ColourMap.ember, .meadow, .balance])
  func `steps look equally large`(map: ColourMap) {
    #expect(map.entries.count == 256)
    let points = map.entries.map(OklabColour.init)
    // Over 15 entries rounding to bytes does not show. In the middle the diverging map turns round.
    let steps = stride(from: 0, to: 255, by: 15).filter { map != .balance || $0 != 120 }.map {
      points[$0].distance(to: points[$0 + 15])
    }
    let mean = steps.reduce(0, +) / Double(steps.count)
    for step in steps { #expect(abs(step / mean - 1) < 0.12, "\(map.name): \(step) of \(mean)") }
  }

  @Test(arguments: [ColourMap.ember, .meadow])
  func `lightness only rises`(map: ColourMap) {
    let lightness = stride(from: 0, through: 255, by: 5).map { OklabColour(map.entries[$0]).lightness }
    for (a, b) in zip(lightness, lightness.dropFirst()) { #expect(b > a) }
    #expect(lightness[0] < 0.2 && lightness[lightness.count - 1] > 0.9)
  }

  @Test func `the diverging map is light in the middle and equally dark at both ends`() {
    let lightness = ColourMap.balance.entries.map { OklabColour($0).lightness }
    #expect(abs(lightness[0] - lightness[255]) < 0.01)
    let top = lightness.indices.max { lightness[$0] < lightness[$1] }
    #expect(abs((top ?? 0) - 127) < 12)
  }

  @Test func `positions outside and no numbers are the ends`() {
    let map = ColourMap.ember
    #expect(map.colour(at: -3) == map.entries[0])
    #expect(map.colour(at: .nan) == map.entries[0])
    #expect(map.colour(at: 7) == map.entries[255])
    #expect(map.colour(at: .infinity) == map.entries[255])
  }

  @Test func `Oklab agrees with its published example and inverts`() {
    // From the table of the Oklab page: XYZ (0.950, 1.000, 1.089) is white.
    let white = OklabColour(Colour.white)
    #expect(abs(white.lightness - 1) < 1e-6 && abs(white.a) < 1e-6 && abs(white.b) < 1e-6)
    // sRGB red, as every implementation of the page has it.
    let red = OklabColour(Colour(hex: 0xFF0000))
    #expect(abs(red.lightness - 0.62796) < 1e-4 && abs(red.a - 0.22486) < 1e-4 && abs(red.b - 0.12585) < 1e-4)
    let back = OklabColour(Colour(hex: 0x3B82C4)).colour.bytes
    #expect(back.red == 0x3B && back.green == 0x82 && back.blue == 0xC4)
  }
}
