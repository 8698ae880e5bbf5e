internal import Kernels
internal import Synchronization

/// Reads ranges of one file's uncompressed bytes. Any thread may call it.
///
/// A plain file is opened, read at the range and closed. A compressed one is read forward by one cursor under a lock;
/// what it passes over on the way to a range is kept for a while, because workers ask nearly in order, but not quite.
/// A range that lies before both starts the file again.
final class SplitReader: Sendable {
  private let file: CollectionFile
  private let limit: ExpansionLimit
  private let cursor = Mutex<SequentialCursor?>(nil)

  init(_ file: CollectionFile, limit: ExpansionLimit) {
    self.file = file
    self.limit = limit
  }

  /// The bytes of `range`, fewer if the file ends before.
  func read(_ range: Range<UInt64>) throws(CorpusError) -> [UInt8] {
    switch file.compression {
    case .none: try readPlain(range)
    default: try readCompressed(range)
    }
  }

  private func readPlain(_ range: Range<UInt64>) throws(CorpusError) -> [UInt8] {
    try file.reading { () throws(StreamError) -> [UInt8] in
      var bytes = [UInt8](repeating: 0, count: range.count)
      let count = try InputFile(path: file.path).read(into: &bytes, 0..<range.count, from: range.lowerBound)
      bytes.removeLast(range.count - count)
      return bytes
    }
  }

  private func readCompressed(_ range: Range<UInt64>) throws(CorpusError) -> [UInt8] {
    try file.reading { () throws(StreamError) -> [UInt8] in
      try cursor.withLock { (cursor) throws(StreamError) -> [UInt8] in
        if let kept = cursor?.kept(range) { return kept }
        // The slot stays empty if an error is thrown, so that the next call starts from a sound state.
        let last = cursor.take()
        var current: SequentialCursor
        if let last, last.position <= range.lowerBound { current = last } else { current = try open() }
        let bytes = try current.read(range)
        cursor = current
        return bytes
      }
    }
  }

  private func open() throws(StreamError) -> SequentialCursor {
    SequentialCursor(file.compression.stream(try InputFile(path: file.path), limit: limit))
  }
}

/// A place in a stream that goes forward, and the last bytes it passed over.
struct SequentialCursor {
  /// Most bytes that are kept of what was passed over.
  private static let keptLimit = 16 << 20
  private static let blockSize = 1 << 20

  private let stream: any ByteStream
  private(set) var position: UInt64 = 0
  /// Ascending, without overlaps.
  private var passed: [(start: UInt64, bytes: [UInt8])] = []

  init(_ stream: any ByteStream) {
    self.stream = stream
  }

  /// `range`, if it was passed over and is still kept.
  func kept(_ range: Range<UInt64>) -> [UInt8]? {
    var result: [UInt8] = []
    var next = range.lowerBound
    for (start, bytes) in passed where start <= next && next < start + UInt64(bytes.count) {
      let from = Int(next - start)
      let count = min(bytes.count - from, Int(range.upperBound - next))
      result += bytes[from..<from + count]
      next += UInt64(count)
      if next == range.upperBound { return result }
    }
    return nil
  }

  /// Goes to `range.lowerBound`, which must not lie behind, and reads to `range.upperBound` or the stream's end.
  mutating func read(_ range: Range<UInt64>) throws(StreamError) -> [UInt8] {
    while position < range.lowerBound {
      let start = position
      let block = try advance(Int(min(UInt64(Self.blockSize), range.lowerBound - position)))
      if block.isEmpty { return [] }
      keep(block, from: start)
    }
    return try advance(range.count)
  }

  private mutating func advance(_ count: Int) throws(StreamError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = try stream.read(into: &bytes, at: 0)
    bytes.removeLast(count - read)
    position += UInt64(read)
    return bytes
  }

  private mutating func keep(_ bytes: [UInt8], from start: UInt64) {
    passed.append((start, bytes))
    var total = passed.reduce(0) { $0 + $1.bytes.count }
    while total > Self.keptLimit {
      total -= passed.removeFirst().bytes.count
    }
  }
}
