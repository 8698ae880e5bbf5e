internal import Codecs
internal import Foundation
package import Kernels

/// Where the models are that queries need: an index names models by digest and never by path.
package struct ModelLocations: Sendable {
  /// Digest to folder, from `INDEX/models.json`.
  package var known: [String: String]
  /// Name of a stage, or the empty text for any, to folder: `--model NAME=DIR` and `--model DIR`.
  package var given: [String: String]

  package init(known: [String: String] = [:], given: [String: String] = [:]) {
    self.known = known
    self.given = given
  }

  /// From the values of `--model`: `NAME=DIR` or `DIR`.
  package init(options: [String]) {
    self.init()
    for option in options {
      if let equals = option.firstIndex(of: "="), !option[..<equals].contains("/") {
        given[String(option[..<equals])] = String(option[option.index(after: equals)...])
      } else {
        given[""] = option
      }
    }
  }

  /// The folder to try for the model of a stage. One that was given goes first, whatever its digest: that it is another
  /// model is an error to be told.
  package func folder(stage: String, digest: String) -> String? { given(to: stage) ?? known[digest] }

  /// The folder that `--model` names for a stage.
  package func given(to stage: String) -> String? { given[stage] ?? given[""] }

  /// Throws `UnknownStage` if `--model` names a stage that the index was not made with.
  func checkStages(of contract: IndexContract) throws {
    let names = contract.stages.map(\.name)
    for name in given.keys.sorted() where !name.isEmpty && !names.contains(name) {
      throw UnknownStage(name: name, names: names)
    }
  }

  /// `--model NAME=DIR` where the index has no stage of that name.
  package struct UnknownStage: ExitCoded, CustomStringConvertible {
    let name: String
    let names: [String]
    package var exitCode: ExitCode { .usage }
    package var description: String {
      "--model \(name)=DIR: the index has no stage `\(name)`; there are \(names.joined(separator: ", "))"
    }
  }
}

extension ModelLocations {
  /// In the index's root: `{"models": {"digest": "/folder", ...}, "sha256": "..."}`, a line each, by digest. No part of a
  /// generation, so that an index's bytes do not depend on where models lie; so it has its own seal.
  package static let fileName = "models.json"

  private struct File: Codable {
    let models: [String: String]
    let sha256: String

    init(_ models: [String: String]) {
      self.models = models
      sha256 = Self.digest(models)
    }

    var isSound: Bool { sha256 == Self.digest(models) }

    /// Of the models' digests and their folders, each a field, in the order of the digests.
    private static func digest(_ models: [String: String]) -> String {
      var hasher = FingerprintHasher()
      for (model, folder) in models.sorted(by: { $0.key < $1.key }) {
        hasher.field(model)
        hasher.field(folder)
      }
      return hasher.finalize().description
    }
  }

  /// Where `run` found the models of the index in `root`, and what the command line says instead. Throws `Damaged`.
  package static func of(_ root: String?, options: [String] = []) throws -> ModelLocations {
    var locations = ModelLocations(options: options)
    guard let root, FileSystem.exists("\(root)/\(fileName)") else { return locations }
    let bytes = try MappedFile.open("\(root)/\(fileName)").bytes
    guard let file = try? JSONDecoder().decode(File.self, from: Data(bytes)), file.isSound else {
      throw Damaged(path: "\(root)/\(fileName)")
    }
    locations.known = file.models
    return locations
  }

  /// Adds where models are; an older place of the same model is replaced.
  package static func record(_ uses: [ModelUse], in root: String) throws {
    guard !uses.isEmpty else { return }
    var known = (try? of(root).known) ?? [:]
    for use in uses { known[use.digest.description] = absolute(use.folder) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try DurableFile.write(Array(encoder.encode(File(known))) + [UInt8(ascii: "\n")], to: "\(root)/\(fileName)")
  }

  private static func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
  }

  /// `models.json` is no table of folders.
  package struct Damaged: ExitCoded, CustomStringConvertible {
    package let path: String
    package var exitCode: ExitCode { .badData }
    package var description: String {
      "\(path): it is damaged; delete it and run the job again, or use --model"
    }
  }
}
