package import Codecs
internal import Kernels

/// The files of one export: `PATH` itself, or `PATH` with suffixes. They get their names together, when all are whole.
package final class ExportOutput {
  package let path: String
  private var files: [OutputFile] = []

  package init(path: String) { self.path = path }

  /// A new file, `path` + `suffix`, compressed by gzip if its name ends in `.gz`.
  func file(_ suffix: String = "") throws -> OutputFile {
    let file = try OutputFile(path + suffix)
    files.append(file)
    return file
  }

  /// Makes the files appear, the first last: where it is, the others are. Gives them in order of creation.
  package func commit() throws -> [(path: String, seal: FileSeal)] {
    var seals: [(path: String, seal: FileSeal)] = []
    for file in files.reversed() { seals.append((file.path, try file.commit())) }
    files = []
    return seals.reversed()
  }
}

/// A file that is written from its start to its end: append to `bytes`, then call `flush`. One thread at a time.
final class OutputFile {
  let path: String
  /// What was not handed on yet.
  var bytes: [UInt8] = []
  private let file: DurableFile
  private let gzip: GzipEncoder?
  private static let flushBytes = 1 << 16

  init(_ path: String) throws {
    self.path = path
    file = try DurableFile(path)
    gzip = path.hasSuffix(".gz") ? GzipEncoder() : nil
  }

  /// Hands `bytes` on once they are many.
  func flush() throws { if bytes.count >= Self.flushBytes { try hand(finish: false) } }

  private func hand(finish: Bool) throws {
    if let gzip {
      try gzip.encode(bytes, finish: finish) { try file.append($0) }
    } else {
      try file.append(bytes)
    }
    bytes.removeAll(keepingCapacity: true)
  }

  func commit() throws -> FileSeal {
    try hand(finish: true)
    return try file.commit()
  }
}
