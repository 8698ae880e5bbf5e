internal import Codecs
internal import Kernels

/// A temporary file of one process: written once from its start, read back in order as often as needed, removed when
/// the object goes. Not durable; a checksum over all bytes is compared at the end of each reading.
///
/// One thread at a time.
final class Spill {
  let path: String
  /// Bytes appended so far.
  private(set) var length = 0
  private var appender: FileAppender?
  private var buffer: [UInt8] = []
  private var checksum: UInt32 = 0
  private let bufferBytes: Int

  init(path: String, bufferBytes: Int = 1 << 16) throws {
    self.path = path
    self.bufferBytes = bufferBytes
    appender = try FileAppender(creating: path)
  }

  deinit { try? FileSystem.removeFile(path) }

  func append(_ bytes: [UInt8]) throws {
    buffer.append(contentsOf: bytes)
    length += bytes.count
    if buffer.count >= bufferBytes { try flush() }
  }

  /// Appends a number's bytes, the least significant first.
  func append<T: FixedWidthInteger & BitwiseCopyable>(_ number: T) throws {
    buffer.appendLittleEndian(number)
    length += MemoryLayout<T>.size
    if buffer.count >= bufferBytes { try flush() }
  }

  private func flush() throws {
    checksum = CRC32C.checksum(buffer, continuing: checksum)
    try appender?.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Ends writing; only then can the file be read.
  func finish() throws {
    try flush()
    buffer = []
    appender = nil
  }

  func reader(bufferBytes: Int) throws -> Reader {
    precondition(appender == nil, "a spill is read after it is finished")
    return try Reader(self, bufferBytes: bufferBytes)
  }

  /// Calls `body` with all bytes in pieces of `bytes`; the last may be shorter.
  func forEachPiece(of bytes: Int, _ body: ([UInt8]) throws -> Void) throws {
    let reader = try reader(bufferBytes: bytes)
    while true {
      let piece = try reader.nextPiece()
      if piece.isEmpty { return }
      try body(piece)
    }
  }

  /// Reads a finished spill from its start to its end.
  final class Reader {
    private let spill: Spill
    private let file: PositionalFile
    private var buffer: [UInt8] = []
    private var position = 0
    private var offset = 0
    private var checksum: UInt32 = 0
    private let bufferBytes: Int

    fileprivate init(_ spill: Spill, bufferBytes: Int) throws {
      self.spill = spill
      self.bufferBytes = bufferBytes
      file = try PositionalFile(spill.path)
    }

    var changed: FormatError {
      .corrupt(path: spill.path, detail: "this temporary file changed on the disk; run the same command again")
    }

    /// The next piece, empty at the end, after all bytes were compared with the checksum of what was written.
    fileprivate func nextPiece() throws -> [UInt8] {
      let piece = try file.read(at: offset, count: bufferBytes)
      checksum = CRC32C.checksum(piece, continuing: checksum)
      offset += piece.count
      if offset == file.length || piece.isEmpty {
        guard offset == spill.length, checksum == spill.checksum else { throw changed }
      }
      return piece
    }

    var isAtEnd: Bool { position == buffer.count && offset == spill.length }

    func byte() throws -> UInt8 {
      if position == buffer.count {
        buffer = try nextPiece()
        position = 0
        if buffer.isEmpty { throw changed }
      }
      defer { position += 1 }
      return buffer[position]
    }

    func number() throws -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        let byte = try byte()
        guard shift < 63 || (shift == 63 && byte <= 1) else { throw changed }
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }

    /// Appends the next `count` bytes to `target`.
    func append(_ count: Int, to target: inout [UInt8]) throws {
      guard count >= 0, count <= spill.length else { throw changed }
      var rest = count
      while rest > 0 {
        if position == buffer.count {
          buffer = try nextPiece()
          position = 0
          if buffer.isEmpty { throw changed }
        }
        let taken = min(rest, buffer.count - position)
        target.append(contentsOf: buffer[position..<position + taken])
        position += taken
        rest -= taken
      }
    }
  }
}
