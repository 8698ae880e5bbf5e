internal import Codecs
internal import FoundationEssentials
internal import Kernels

/// The files of a model's folder that describe its tokenizer.
struct TokenizerFolder {
  let directory: String

  func path(_ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  func holds(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  /// The largest file of a tokenizer that is read.
  static let limit = 256 << 20

  func bytes(of name: String) throws -> [UInt8] {
    try check(name)
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    } catch {
      throw WordPieceError(.missing, path(name), "cannot be read: \(error)")
    }
  }

  /// A file may be a link, but not out of the folder; in a snapshot of the Hugging Face cache, to the blobs beside it.
  private func check(_ name: String) throws {
    guard let root = FileSystem.resolved(directory), let real = FileSystem.resolved(path(name)) else { return }
    let allowed = [root] + [FileSystem.snapshotBlobs(root)].compactMap { $0 }
    guard allowed.contains(where: { real.hasPrefix($0 == "/" ? $0 : $0 + "/") }) else {
      throw WordPieceError(.malformed, path(name), "is a link that leaves the model's folder")
    }
    guard let status = try FileSystem.status(real), status.isRegular, status.size <= Self.limit else {
      throw WordPieceError(.malformed, path(name), "is no regular file of at most \(Self.limit >> 20) MiB")
    }
  }

  /// The document in a file, which must be an object.
  func json(_ name: String) throws -> JSONValue {
    do {
      let value = try JSONValue(parsing: try bytes(of: name))
      guard value.object != nil else { throw JSONError(line: 1, column: 1, reason: "an object expected") }
      return value
    } catch let error as JSONError {
      throw WordPieceError(.malformed, path(name), "line \(error.line), column \(error.column): \(error.reason)")
    }
  }
}

extension WordPieceTokenizer {
  /// Reads the tokenizer of a model's folder: `tokenizer.json` if it is there, else `vocab.txt`; with either,
  /// `tokenizer_config.json`. Truncation and padding in `tokenizer.json` are left to the caller.
  ///
  /// - Throws: `WordPieceError`, which names the file, when there is no tokenizer, when it is damaged or contradicts
  ///   itself, or when it is not BERT's WordPiece.
  package init(directory: String) throws {
    let folder = TokenizerFolder(directory: directory)
    let name = "tokenizer_config.json"
    let configuration = TokenizerConfiguration(
      file: folder.path(name), value: folder.holds(name) ? try folder.json(name) : .object([]))
    if folder.holds("tokenizer.json") {
      let file = TokenizerJSON(file: folder.path("tokenizer.json"), value: try folder.json("tokenizer.json"))
      let options = try file.options(configuration)
      try self.init(entries: try file.entries(), options: options, file: file.file) { "the piece with id \($0)" }
    } else if folder.holds("vocab.txt") {
      let file = folder.path("vocab.txt")
      let entries = try VocabularyText.entries(in: try folder.bytes(of: "vocab.txt"), file: file)
      let options = try configuration.options(entries)
      try self.init(entries: entries, options: options, file: file) { "line \($0 + 1)" }
    } else {
      throw WordPieceError(.missing, directory, "holds neither tokenizer.json nor vocab.txt")
    }
  }
}

/// `vocab.txt`: one entry a line, its number from 0 the id.
enum VocabularyText {
  /// The entries as `tokenizers` reads them: white space at the end of a line (also that of CRLF) is not part of the
  /// entry. A line of nothing else keeps its id and is an entry that no text matches.
  ///
  /// - Throws: `WordPieceError` for an empty file and for a byte order mark, which would hide in the first entry.
  static func entries(in bytes: [UInt8], file: String) throws -> [(bytes: [UInt8], id: Int32)] {
    guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
      throw WordPieceError(.malformed, file, "line 1 starts with a byte order mark; remove it")
    }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else { throw WordPieceError(.malformed, file, "is empty") }
    return lines.enumerated().map { (bytes: trimmed($1), id: Int32($0)) }
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> [UInt8] {
    guard let last = line.last, last <= 0x20 || last >= 0x80 else { return Array(line) }
    let text = Substring(decoding: line, as: UTF8.self).unicodeScalars
    let count = text.reversed().prefix { $0.properties.isWhitespace }.reduce(0) { $0 + String($1).utf8.count }
    return Array(line.dropLast(count))
  }
}
