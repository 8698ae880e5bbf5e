internal import Codecs
internal import Foundation
internal import Kernels

/// The folder of installed models: `$BIGRAIN_MODELS`, else `$XDG_DATA_HOME/bigrain/models`, else
/// `~/.local/share/bigrain/models`. One folder a model, under its name.
package struct ModelStore {
  package let path: String

  package init(path: String) {
    self.path = path
  }

  package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let own = environment["BIGRAIN_MODELS"], !own.isEmpty {
      path = own
    } else if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      path = data + "/bigrain/models"
    } else {
      path = (environment["HOME"] ?? NSHomeDirectory()) + "/.local/share/bigrain/models"
    }
  }

  /// The names of installed models.
  package func names() throws -> [String] {
    guard let status = try FileSystem.status(path), status.isDirectory else { return [] }
    return try FileSystem.list(path).filter { !$0.hasPrefix(".") && FileSystem.exists("\(path)/\($0)/config.json") }
  }

  /// The folder that `model` means: a path if one is there, else the name of an installed model.
  package func resolve(_ model: String) -> String {
    let installed = folder(model)
    return !FileSystem.exists(model) && !model.contains("/") && FileSystem.exists(installed) ? installed : model
  }

  package func folder(_ name: String) -> String { "\(path)/\(name)" }

  /// Installs a model under `name`: `fill` writes into an empty folder, which becomes the model if it can be opened, and
  /// is removed otherwise. A model that is there is replaced at once; whoever reads the old one keeps its mapped files.
  ///
  /// - Throws: `ModelError`, `FileError`.
  package func install(_ name: String, _ fill: (String) throws -> Void) throws -> ModelFolder {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.utf8.contains(0), name.utf8.count < 200 else {
      throw ModelError(.damaged, path, "\"\(name)\" is no name for a model")
    }
    let attempt = "\(path)/.tmp-\(name)-\(ProcessInfo.processInfo.processIdentifier)"
    try FileSystem.removeTree(attempt)
    try FileSystem.createDirectories(attempt)
    do {
      try fill(attempt)
      _ = try ModelFolder(attempt)
      try synchronize(attempt)
      try replace(folder(name), by: attempt)
    } catch {
      try? FileSystem.removeTree(attempt)
      throw error
    }
    return try ModelFolder(folder(name))
  }

  private func replace(_ target: String, by attempt: String) throws {
    let old = attempt + "-old"
    if FileSystem.exists(target) { try FileSystem.rename(target, to: old) }
    try FileSystem.rename(attempt, to: target)
    try FileSystem.synchronizeDirectory(path)
    try FileSystem.removeTree(old)
  }

  private func synchronize(_ folder: String) throws {
    for name in try FileSystem.list(folder) {
      let path = "\(folder)/\(name)"
      if let status = try FileSystem.status(path), status.isDirectory { try synchronize(path) }
    }
    try FileSystem.synchronizeDirectory(folder)
  }
}
