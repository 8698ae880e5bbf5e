internal import Codecs
internal import Kernels

/// A file's lines in order, some whole ones at a time: each byte is read once, as a pipe wants it.
///
/// Memory: a piece of about 1 MiB, or the longest line.
struct LinePieces {
  private static let blockSize = 1 << 20

  private let file: CollectionFile
  private let stream: any ByteStream
  private let recordLimit: Int
  /// The beginning of a line whose end is still to come.
  private var rest: [UInt8] = []
  private var offset: UInt64 = 0
  private var line: UInt64 = 1

  /// Opens the file or pipe at `path`. Throws `CorpusError`.
  init(_ path: String, limits: ReadLimits) throws(CorpusError) {
    do throws(StreamError) {
      let input = try InputFile(path: path, allowsPipe: true)
      file = try CollectionFile(input, name: FileSystem.lastComponent(of: path))
      stream = file.compression.stream(input, limit: limits.stream)
    } catch {
      throw CorpusError(error)
    }
    recordLimit = limits.record
  }

  /// The next piece with its place; `nil` at the end. Throws `CorpusError`, also for a line above the limit.
  mutating func next() throws(CorpusError) -> (bytes: [UInt8], split: Split)? {
    var bytes = rest
    rest = []
    while true {
      let start = bytes.count
      let isEnd = try extend(&bytes)
      if let last = bytes[start...].lastIndex(of: UInt8(ascii: "\n")), !isEnd {
        rest = Array(bytes[(last + 1)...])
        bytes.removeLast(bytes.count - last - 1)
        return (bytes, place(bytes))
      }
      if isEnd {
        guard !bytes.isEmpty else { return nil }
        return (bytes, place(bytes))
      }
      guard bytes.count <= recordLimit else {
        throw CorpusError(.badData, "\(file.path): line \(line): is longer than limits.record, \(recordLimit) bytes")
      }
    }
  }

  /// Appends a block; whether it was the last.
  private func extend(_ bytes: inout [UInt8]) throws(CorpusError) -> Bool {
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    let count = try file.reading { () throws(StreamError) -> Int in try stream.read(into: &block, at: 0) }
    bytes += block[..<count]
    return count < block.count
  }

  private mutating func place(_ bytes: [UInt8]) -> Split {
    var hasher = FingerprintHasher()
    hasher.update(bytes)
    let split = Split(
      file: 0, name: file.name, offset: offset, length: UInt64(bytes.count), firstLine: line,
      fingerprint: hasher.finalize())
    offset += split.length
    line += UInt64(ByteScan.count(UInt8(ascii: "\n"), in: bytes, 0..<bytes.count))
    return split
  }
}
