internal import Codecs
internal import Kernels

/// Cuts one file's bytes into splits, in one pass and in the memory of one block.
///
/// **Borders are defined by content** (as in rsync and casync, but only between records): a split ends after a record of
/// length `l` whose `RecordHash` is below `l / (target - minimum) * 2^64`, once it has `minimum` bytes; so a border comes
/// once in `target` bytes on average, whatever the records' lengths. It ends before a record that would take it above
/// `maximum`, and a record above the limit is a split by itself. An inserted line therefore moves no border but its own.
///
/// minimum = target / 4, maximum = 4 * target.
struct SplitCutter<Borders: RecordBorders> {
  private let file: Int
  private let name: String
  private let recordLimit: UInt64
  private let minimum: UInt64
  private let maximum: UInt64
  /// Below it, times the record's length, a hash makes a border.
  private let hashStep: UInt64

  private var borders: Borders
  private(set) var splits: [Split] = []
  private var offset: UInt64 = 0
  private var firstLine: UInt64 = 1
  /// The current split's whole records, as far as they are hashed; the rest of them is `block[pending..<...]`.
  private var complete = ContentDigest()
  private var pending = 0
  private var completeLength: UInt64 = 0
  private var recordHash = RecordHash()
  /// A record that began in an earlier block: digested both alone and behind the current split.
  private var carried: (alone: ContentDigest, joined: ContentDigest)?

  init(file: Int, name: String, borders: Borders, targetBytes: Int, recordLimit: Int) {
    self.file = file
    self.name = name
    self.borders = borders
    self.recordLimit = UInt64(recordLimit)
    minimum = UInt64(targetBytes) / 4
    maximum = UInt64(targetBytes) * 4
    hashStep = UInt64.max / (UInt64(targetBytes) - minimum)
  }

  /// Goes on with the `count` first bytes of `block`.
  mutating func feed(_ block: [UInt8], count: Int) {
    var start = 0
    pending = 0
    while let border = borders.next(in: block, start..<count) {
      close(start..<border, block)
      start = border
    }
    if carried == nil { flush(block, upTo: start) }
    guard start < count else { return }
    recordHash.update(block, start..<count)
    carry(block, start..<count)
  }

  /// Ends the file; a record without an end is whole.
  mutating func finish() -> [Split] {
    pending = 0
    if carried != nil { close(0..<0, []) }
    emit()
    return splits
  }

  private mutating func carry(_ block: [UInt8], _ range: Range<Int>) {
    var (alone, joined) = carried ?? (ContentDigest(), complete)
    alone.add(block, range)
    joined.add(block, range)
    carried = (alone, joined)
  }

  /// Takes the record that ends with `range`, its part in this block.
  private mutating func close(_ range: Range<Int>, _ block: [UInt8]) {
    recordHash.update(block, range)
    let isCarried = carried != nil
    if isCarried { carry(block, range) }
    let length = (carried?.alone.length ?? UInt64(range.count))
    let isOverlong = length > recordLimit
    let startsSplit = completeLength > 0 && (isOverlong || completeLength + length > maximum)
    if startsSplit {
      if !isCarried { flush(block, upTo: range.lowerBound) }
      emit()
    }
    if let carried {
      complete = startsSplit ? carried.alone : carried.joined
      pending = range.upperBound
    }
    carried = nil
    completeLength += length
    if isOverlong || endsSplit(recordLength: length) {
      flush(block, upTo: range.upperBound)
      emit(isOverlong: isOverlong)
    }
    recordHash = RecordHash()
  }

  private func endsSplit(recordLength: UInt64) -> Bool {
    if completeLength >= maximum { return true }
    let (threshold, overflow) = hashStep.multipliedReportingOverflow(by: recordLength)
    return completeLength >= minimum && (overflow || recordHash.value < threshold)
  }

  private mutating func flush(_ block: [UInt8], upTo end: Int) {
    if pending < end { complete.add(block, pending..<end) }
    pending = end
  }

  private mutating func emit(isOverlong: Bool = false) {
    guard completeLength > 0 else { return }
    splits.append(
      Split(
        file: file, name: name, offset: offset, length: completeLength, firstLine: firstLine,
        fingerprint: complete.hasher.finalize(), isOverlongRecord: isOverlong))
    offset += completeLength
    firstLine += complete.lineCount
    completeLength = 0
    complete = ContentDigest()
  }
}

/// SHA-256, length and line feeds of the same bytes.
private struct ContentDigest {
  var hasher = FingerprintHasher()
  var length: UInt64 = 0
  var lineCount: UInt64 = 0

  mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
    hasher.update(Array(bytes[range]))
    length += UInt64(range.count)
    lineCount += UInt64(ByteScan.count(UInt8(ascii: "\n"), in: bytes, range))
  }
}
