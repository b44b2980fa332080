import Figures
import Foundation
import Testing

@Suite struct RasterImageTests {
  private let image = RasterImage(width: 2, height: 3, pixels: (0..<18).map { UInt8($0 * 14) })

  @Test func `pixels survive the file`() throws {
    #expect(try reread(image, name: "tiny.png") == image)
    #expect(image[1, 2] == Colour(red: 15 * 14 / 255, green: 16 * 14 / 255, blue: 17 * 14 / 255))
    #expect(try image.pngBytes().prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  @Test func `an existing file is replaced only when that is allowed, and no other file stays behind`() throws {
    let folder = try FigureFolder()
    let path = folder.file("a.png")
    try image.write(to: path)
    #expect { try image.write(to: path) } throws: { ($0 as? FigureError)?.code == .outputExists }
    let other = RasterImage(width: 1, height: 1, pixels: [1, 2, 3])
    try other.write(to: path, overwrite: true)
    #expect(try RasterImage(readingPNG: path) == other)
    #expect(try folder.names() == ["a.png"])
  }

  @Test func `a folder, a missing folder and a nameless path are refused`() throws {
    let folder = try FigureFolder()
    for path in [folder.path, folder.file("no/such/a.png"), folder.path + "/", ""] {
      #expect { try image.write(to: path, overwrite: true) } throws: { ($0 as? FigureError)?.code == .cannotWrite }
    }
    #expect(try folder.names() == [])
  }

  @Test func `what is no PNG is refused`() throws {
    let folder = try FigureFolder()
    try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.file("x.png")))
    let cut = try Array(image.pngBytes().prefix(40))
    try Data(cut).write(to: URL(fileURLWithPath: folder.file("cut.png")))
    for name in ["x.png", "cut.png", "absent.png"] {
      #expect { try RasterImage(readingPNG: folder.file(name)) } throws: { ($0 as? FigureError)?.code == .cannotRead }
    }
  }
}
