internal import Codecs
internal import Kernels

/// Brings a shard's records into the order of their numbers: those that come in order go straight on, the others by way
/// of a temporary file.
///
/// Memory: 12 bytes a record while any is out of order. One thread at a time.
package final class RecordOrder {
  private let path: String
  private let count: Int
  private let sink: ([UInt8]) throws -> Void
  private var next = 0
  private var appender: FileAppender?
  private var buffer: [UInt8] = []
  private var position = 0
  /// (count): where a record lies in the file; -1 where none came yet. Empty while all come in order.
  private var offsets: [Int] = []
  private var lengths: [UInt32] = []

  /// - Parameters:
  ///   - path: a temporary file, made if it is needed and removed with the object.
  ///   - count: records that there will be.
  ///   - sink: gets them, number 0 first.
  package init(path: String, count: Int, sink: @escaping ([UInt8]) throws -> Void) {
    self.path = path
    self.count = count
    self.sink = sink
  }

  deinit { if !offsets.isEmpty { try? FileSystem.removeFile(path) } }

  /// Takes a record; each number once.
  package func submit(_ number: Int, _ record: [UInt8]) throws {
    precondition(number >= next && number < count)
    if number == next, offsets.isEmpty {
      next += 1
      return try sink(record)
    }
    if offsets.isEmpty {
      offsets = [Int](repeating: -1, count: count)
      lengths = [UInt32](repeating: 0, count: count)
      appender = try FileAppender(creating: path)
    }
    offsets[number] = position
    lengths[number] = UInt32(record.count)
    position += record.count
    buffer += record
    if buffer.count >= 1 << 18 { try flush() }
  }

  private func flush() throws {
    try appender?.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Gives the sink what is left. Throws if the temporary file cannot be read again.
  package func finish() throws {
    guard !offsets.isEmpty else { return precondition(next == count, "a record is missing") }
    try flush()
    appender = nil
    let file = try PositionalFile(path)
    while next < count {
      precondition(offsets[next] >= 0, "a record is missing")
      // Neighbours in the order that were neighbours in the file are read together.
      var end = next
      var length = 0
      while end < count, offsets[end] == offsets[next] + length, length < 1 << 18 {
        length += Int(lengths[end])
        end += 1
      }
      let bytes = try file.readExactly(at: offsets[next], count: length)
      var start = 0
      for number in next..<end {
        try sink(Array(bytes[start..<start + Int(lengths[number])]))
        start += Int(lengths[number])
      }
      next = end
    }
  }
}
