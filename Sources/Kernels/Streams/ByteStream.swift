/// Bytes in order, from a file or out of a compressed one, in memory that does not grow with it.
///
/// Not for two threads at a time.
package protocol ByteStream: AnyObject {
  /// Fills `buffer` from `start` to its end, as far as the stream goes.
  ///
  /// - Returns: how many bytes were written; fewer than asked for only at the stream's end.
  /// - Throws: `StreamError` with the path and the position in the file.
  func read(into buffer: inout [UInt8], at start: Int) throws(StreamError) -> Int
}

/// A file's own bytes.
final class PlainStream: ByteStream {
  private let file: InputFile
  private var offset: UInt64 = 0

  init(_ file: InputFile) {
    self.file = file
  }

  func read(into buffer: inout [UInt8], at start: Int) throws(StreamError) -> Int {
    let count = try file.read(into: &buffer, start..<buffer.count, from: offset)
    offset += UInt64(count)
    return count
  }
}

/// How far a compressed stream may unfold before it counts as a decompression bomb.
package struct ExpansionLimit: Sendable, Hashable {
  /// Uncompressed bytes for each compressed one. Text reaches 3 to 20; a gzip of zeros 1,030; a zstd of zeros 30,000.
  package var ratio: Int
  /// Uncompressed bytes that are allowed at any ratio.
  package var floor: UInt64

  package init(ratio: Int = 500, floor: UInt64 = 64 << 20) {
    self.ratio = ratio
    self.floor = floor
  }

  func isExceeded(produced: UInt64, consumed: UInt64) -> Bool {
    produced > floor && produced / UInt64(max(ratio, 1)) > consumed
  }
}
