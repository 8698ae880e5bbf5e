internal import Foundation

/// Writes a run file query by query; nothing is at `path` before `finish`, so half a run cannot pass for a whole one.
///
/// The lines, the order of ties and what happens to scores: see `RunFormat`. Lines gather in `path.tmp-<process>`,
/// which `finish` moves to `path`, replacing what is there; a writer that goes away unfinished removes it.
/// One owner at a time; not for several threads.
package struct RunWriter: ~Copyable {
  private let path: String
  private let temporary: String
  private let format: RunFormat
  private let file: FileHandle
  private var buffer: [UInt8] = []
  private var written: Set<[UInt8]> = []
  private var isFinished = false

  /// - Throws: `RetrievalFileError` (`unwritable`) where the file cannot be created, or something that is no plain file
  ///   (a folder, a link, a device) has its name: replacing that is never meant.
  package init(path: String, format: RunFormat) throws(RetrievalFileError) {
    let temporary = "\(path).tmp-\(ProcessInfo.processInfo.processIdentifier)"
    file = try Self.create(temporary, for: path)
    self.temporary = temporary
    self.path = path
    self.format = format
  }

  private static func create(_ temporary: String, for path: String) throws(RetrievalFileError) -> FileHandle {
    let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    guard type == nil || type == .typeRegular else {
      throw RetrievalFileError(
        .unwritable, path: path, problem: "is no plain file", advice: "give the path of a file, new or to be replaced")
    }
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
      let file = FileHandle(forWritingAtPath: temporary)
    else {
      throw RetrievalFileError(
        .unwritable, path: path, problem: "cannot be created", advice: "check that its folder exists and is writable")
    }
    return file
  }

  deinit {
    if !isFinished { try? FileManager.default.removeItem(atPath: temporary) }
  }

  /// Adds the lines of one query; a query without hits leaves none.
  ///
  /// - Throws: `RetrievalFileError`: what `RunFormat.lines` throws, a query written before, a full disk.
  package mutating func write(query: [UInt8], hits: [RankedDocument]) throws(RetrievalFileError) {
    guard written.insert(query).inserted else {
      throw RetrievalFileError(
        .malformed, path: path, problem: "query \(quoted(query)) twice",
        advice: "give every query its own id")
    }
    buffer += try format.lines(query: query, hits: hits, path: path)
    if buffer.count >= 1 << 18 { try flush() }
  }

  /// Puts the run in its place.
  ///
  /// - Throws: `RetrievalFileError` (`unwritable`) when the disk is full.
  package mutating func finish() throws(RetrievalFileError) {
    try flush()
    try attempt {
      try file.synchronize()
      try file.close()
      if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
      try FileManager.default.moveItem(atPath: temporary, toPath: path)
    }
    isFinished = true
  }

  private mutating func flush() throws(RetrievalFileError) {
    let data = Data(buffer)
    try attempt { try file.write(contentsOf: data) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func attempt(_ work: () throws -> Void) throws(RetrievalFileError) {
    do {
      try work()
    } catch {
      throw RetrievalFileError(
        .unwritable, path: path, problem: "cannot be written (\(error.localizedDescription))",
        advice: "check free space and permissions")
    }
  }
}
