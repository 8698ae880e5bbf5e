/// A record of a format whose records are lines.
enum Line {
  /// The line without its line feed and without one carriage return before it, which is counted.
  static func content(_ bytes: [UInt8], _ range: Range<Int>, notices: inout Notices) -> Range<Int> {
    var end = range.upperBound
    if end > range.lowerBound && bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
    if end > range.lowerBound && bytes[end - 1] == UInt8(ascii: "\r") {
      end -= 1
      notices.add(.carriageReturn)
    }
    return range.lowerBound..<end
  }
}
