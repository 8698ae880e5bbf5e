internal import Kernels

/// The bytes of a text file, walked line by line and column by column without a copy.
///
/// Lines end at `\n` only. Columns are separated by what C's `isspace` accepts, as trec_eval does it, which also
/// swallows the `\r` of CRLF. U+0085 and U+2028 are text. A UTF-8 byte order mark at the start is skipped.
struct ColumnText {
  let bytes: [UInt8]
  let path: String
  /// The number of the line that `next` gave last, from 1.
  private(set) var line = 0
  private var position: Int

  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Reads the file or pipe at `path` whole: runs and judgements are small beside an index.
  static func read(path: String) throws(RetrievalFileError) -> ColumnText {
    do throws(StreamError) {
      return ColumnText(bytes: try InputFile.contents(of: path), path: path)
    } catch {
      if error.kind == .missing {
        throw RetrievalFileError(.missing, path: path, problem: "no such file", advice: "check the path")
      }
      if error.kind == .tooLarge {
        throw RetrievalFileError(
          .malformed, path: path, problem: error.detail, advice: "check that it is the right file")
      }
      throw RetrievalFileError(
        .unreadable, path: path, problem: "cannot be read (\(error.detail))",
        advice: "check that it is a file and its permissions")
    }
  }

  /// The bytes of the next line, without its `\n`, or `nil` at the end.
  mutating func nextLine() -> Range<Int>? {
    guard position < bytes.count else { return nil }
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    defer { position += 1 }
    line += 1
    return start..<position
  }

  /// Puts the columns of the next line that has any into `columns`; false at the end.
  ///
  /// Blank lines and lines that begin with `#` are passed over, as trec_eval does since its version 9.0.8.
  mutating func nextRow(_ columns: inout [Range<Int>]) -> Bool {
    while let range = nextLine() {
      split(range, into: &columns)
      if let first = columns.first, bytes[first.lowerBound] != UInt8(ascii: "#") { return true }
    }
    return false
  }

  private func split(_ range: Range<Int>, into columns: inout [Range<Int>]) {
    columns.removeAll(keepingCapacity: true)
    var index = range.lowerBound
    while true {
      while index < range.upperBound, isSpace(bytes[index]) { index += 1 }
      if index == range.upperBound { return }
      let start = index
      while index < range.upperBound, !isSpace(bytes[index]) { index += 1 }
      columns.append(start..<index)
    }
  }

  /// An error about the current line.
  func malformed(_ problem: String, _ advice: String, line other: Int? = nil) -> RetrievalFileError {
    RetrievalFileError(.malformed, path: path, line: other ?? line, problem: problem, advice: advice)
  }

  /// The column as a string, for numbers and messages.
  func string(_ column: Range<Int>) -> String {
    String(decoding: bytes[column], as: UTF8.self)
  }
}

/// C's `isspace` in the C locale.
func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || (0x09...0x0D).contains(byte)
}
