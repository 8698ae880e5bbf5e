package import Codecs
package import Kernels

/// The ids of a vector file's rows: line i of a text file is row i; without a file, the row's number.
package struct RowIDs: Sendable {
  private let file: PositionalFile?
  private static let blockBytes = 1 << 20

  /// Opens the file of ids. Throws `FileError`.
  package init(path: String?) throws { file = try path.map { try PositionalFile($0) } }

  package var path: String? { file?.path }

  /// Where the lines of each part of rows lie: parts of `size` rows, of `rows` in all; empty ranges without a file. One
  /// pass, memory of a block. Throws `InterchangeError` if the file does not have `rows` lines.
  package func ranges(rows: Int, size: Int) throws -> [Range<Int>] {
    let parts = (rows + size - 1) / size
    guard let file else { return [Range<Int>](repeating: 0..<0, count: parts) }
    var ranges: [Range<Int>] = []
    var (line, start, offset) = (0, 0, 0)
    var endsInLine = false
    while offset < file.length {
      let block = try file.read(at: offset, count: Self.blockBytes)
      if block.isEmpty { break }
      var index = 0
      while let found = ByteScan.first(0x0A, in: block, index..<block.count) {
        index = found + 1
        line += 1
        if line % size == 0 || line == rows {
          ranges.append(start..<offset + index)
          start = offset + index
        }
        guard line <= rows else { break }
      }
      endsInLine = index < block.count
      offset += block.count
      guard line <= rows else { break }
    }
    if endsInLine {
      line += 1
      if line % size == 0 || line == rows { ranges.append(start..<offset) }
    }
    guard line == rows, ranges.count == parts else {
      throw InterchangeError(
        path: file.path, detail: "it has \(line > rows ? "more than \(rows)" : "\(line)") lines for \(rows) rows")
    }
    return ranges
  }

  /// The bytes of a range.
  package func read(_ range: Range<Int>) throws -> [UInt8] {
    guard let file, !range.isEmpty else { return [] }
    return try file.readExactly(at: range.lowerBound, count: range.count)
  }

  /// The lines of a part whose rows begin with `first`; `nil` where their number is not `count`.
  package static func decode(_ bytes: ArraySlice<UInt8>, first: Int, count: Int, isNumbered: Bool) -> ByteStrings? {
    var ids = ByteStrings()
    if isNumbered {
      for row in first..<first + count { ids.append(Array("\(row)".utf8)) }
      return ids
    }
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
      // A file that was edited on Windows.
      let last = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
      ids.append(bytes[start..<last])
      start = min(end + 1, bytes.endIndex)
    }
    return ids.count == count ? ids : nil
  }
}
