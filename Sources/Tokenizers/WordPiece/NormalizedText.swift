/// The bytes that normalization writes, with room kept ahead so that the common byte costs one store.
struct NormalizedText {
  /// Valid up to `count`.
  private(set) var bytes: [UInt8]
  private(set) var count = 0
  /// Lengths and combining classes of the marks that end the output, in order; see `insertMark`.
  private var run: [(length: Int, combiningClass: UInt8)] = []
  /// `count` when the last mark was written: any other count means that something ended the run since.
  private var runEnd = -1

  init(capacity: Int) {
    bytes = [UInt8](repeating: 0, count: capacity)
  }

  /// Forgets what was written: the next segment of a text is normalized by itself.
  mutating func beginSegment() {
    count = 0
    runEnd = -1
  }

  /// Makes room for `needed` more bytes; `append` relies on it.
  @inline(__always)
  mutating func reserve(_ needed: Int) {
    if count &+ needed > bytes.count { grow(needed) }
  }

  private mutating func grow(_ needed: Int) {
    bytes.append(contentsOf: repeatElement(0, count: max(needed, bytes.count)))
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    bytes[count] = byte
    count &+= 1
  }

  @inline(__always)
  mutating func append(_ source: [UInt8], _ start: Int, _ length: Int) {
    for offset in 0..<length { append(source[start &+ offset]) }
  }

  /// Appends what `map` (256) makes of the bytes of `range`, up to the first that it makes 0; returns where that is.
  @inline(__always)
  mutating func append(_ source: [UInt8], _ range: Range<Int>, mapped map: [UInt8]) -> Int {
    reserve(range.count)
    var position = range.lowerBound
    var written = count
    var output = bytes.mutableSpan
    while position < range.upperBound {
      let byte = map[Int(source[position])]
      guard byte != 0 else { break }
      output[written] = byte
      written &+= 1
      position &+= 1
    }
    count = written
    return position
  }

  /// Appends a scalar of U+0800-U+FFFF.
  mutating func append(threeBytes scalar: UInt32) {
    append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
    append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
    append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
  }

  /// The next mark starts a new run.
  mutating func endRun() {
    runEnd = -1
  }

  /// Canonical ordering (Unicode, section 3.11): puts the mark before those of higher class that end the output.
  mutating func insertMark(_ source: [UInt8], _ start: Int, _ length: Int, combiningClass: UInt8) {
    if count != runEnd { run.removeAll(keepingCapacity: true) }
    var index = run.count
    var place = count
    while index > 0, run[index - 1].combiningClass > combiningClass {
      index -= 1
      place -= run[index].length
    }
    let moved = Array(bytes[place..<count])
    count = place
    append(source, start, length)
    append(moved, 0, moved.count)
    run.insert((length, combiningClass), at: index)
    runEnd = count
  }
}
