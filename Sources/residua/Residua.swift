import ArgumentParser

@main
struct Residua: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Super-resolves MRI and CT volumes.")
}
