internal import Codecs
package import Kernels
internal import Synchronization

/// A folder of a model, through which all of its files are read.
///
/// Names that stand in the model's own files are untrusted: an absolute name, `..`, or a link that leaves the folder is
/// refused (65). Links are followed inside of the folder, and into `blobs` of a Hugging Face cache
/// (`models--x/snapshots/REVISION` is made of links to `models--x/blobs`). Only regular files are opened: a pipe would
/// wait for ever. Remembers what was read, for the model's digest.
package struct ModelRoot: Sendable {
  /// As the user gave it, for messages.
  package let path: String
  /// Below the model's folder: empty, or `1_Pooling`.
  let subfolder: String
  /// Real folders in which files may lie.
  private let allowed: [String]
  private let record: Record

  final class Record: Sendable {
    let names = Mutex<Set<String>>([])
  }

  /// - Throws: `ModelError` (69) if there is no such folder.
  package init(_ path: String) throws {
    guard let status = try FileSystem.status(path), status.isDirectory, let real = FileSystem.resolved(path) else {
      throw ModelError(.unavailable, path, "is no folder; a model is a folder with config.json and model.safetensors")
    }
    let allowed = [real] + [FileSystem.snapshotBlobs(real)].compactMap { $0 }
    self.init(path: path, subfolder: "", allowed: allowed, record: Record())
  }

  private init(path: String, subfolder: String, allowed: [String], record: Record) {
    self.path = path
    self.subfolder = subfolder
    self.allowed = allowed
    self.record = record
  }

  /// The names of all files read through this root or a folder of it, ascending by bytes.
  var filesRead: [String] {
    record.names.withLock { $0.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
  }

  /// Counts a file that others read (a tokenizer's) as part of the model, if it is there.
  func note(_ name: String) throws {
    guard try holds(name) else { return }
    _ = record.names.withLock { $0.insert(relative(name)) }
  }

  /// `name`, joined to the folder's path, for messages.
  func full(_ name: String) -> String {
    let relative = relative(name)
    return relative.isEmpty ? path : path.hasSuffix("/") ? path + relative : "\(path)/\(relative)"
  }

  private func relative(_ name: String) -> String {
    subfolder.isEmpty ? name : name.isEmpty ? subfolder : "\(subfolder)/\(name)"
  }

  /// - Parameter name: components joined by `/`; empty for this folder itself.
  /// - Throws: `ModelError` (65) if the name leaves the folder, (69) if nothing is there.
  func folder(_ name: String) throws -> ModelRoot {
    if name.isEmpty || name == "." || name == "./" { return self }
    guard let status = try checked(name), status.isDirectory else {
      throw ModelError(.unavailable, full(name), "the model names this folder, and it is missing")
    }
    return ModelRoot(path: path, subfolder: relative(name), allowed: allowed, record: record)
  }

  func holds(_ name: String) throws -> Bool { try checked(name)?.isRegular == true }

  func holdsFolder(_ name: String) throws -> Bool { try checked(name)?.isDirectory == true }

  /// The names in this folder.
  func list() throws -> [String] { try FileSystem.list(full("")) }

  /// Maps a file.
  /// - Throws: `ModelError` (69) if it is missing, (65) if it is no regular file.
  package func map(_ name: String, access: MappedFile.Access = .mixed) throws -> ByteView {
    guard let status = try checked(name) else { throw ModelError(.unavailable, full(name), "is missing") }
    guard status.isRegular else { throw ModelError(.damaged, full(name), "is no regular file") }
    _ = record.names.withLock { $0.insert(relative(name)) }
    return try MappedFile.open(full(name), access: access)
  }

  /// Reads a JSON file whose top is an object or an array.
  func json(_ name: String, limit: Int = 16 << 20) throws -> JSONFields {
    let view = try map(name)
    guard view.count <= limit else {
      throw ModelError(.damaged, full(name), "has \(view.count) bytes; files of this kind have at most \(limit)")
    }
    return try JSONFields(parsing: view.bytes, file: full(name))
  }

  /// What `name` is, after checking that it stays in the folder; `nil` if nothing is there.
  private func checked(_ name: String) throws -> FileSystem.Status? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isSafe =
      !name.isEmpty && !name.hasPrefix("/") && !name.utf8.contains(0) && name.utf8.count < 1024
      && !parts.contains("..") && !name.contains("\\")
    guard isSafe else {
      throw ModelError(
        .damaged, full(""), "names the file or folder \"\(name)\", which is not inside of the model's folder")
    }
    // No real path: nothing is there, or a link goes round in circles.
    guard let real = FileSystem.resolved(full(name)), let status = try FileSystem.status(real) else { return nil }
    guard allowed.contains(where: { real == $0 || real.hasPrefix($0 == "/" ? $0 : $0 + "/") }) else {
      throw ModelError(
        .damaged, full(name), "is a link that leaves the model's folder (to \(real)); put the file itself there")
    }
    return status
  }
}
