/// A sorted run of (id, number) records on the disk.
///
/// ```
/// run    = record*                                    ascending by id as unsigned bytes, then by number
/// record = shared rest length bytes[rest] number      LEB128 numbers; `shared` bytes are those of the id before
/// ```
/// Temporary and of one process, so it has no envelope; `Spill` checks it.
struct IDRun {
  let spill: Spill

  struct Writer {
    private let spill: Spill
    private var last: [UInt8] = []
    private var record: [UInt8] = []

    init(path: String) throws { spill = try Spill(path: path) }

    mutating func append(_ id: [UInt8], _ number: UInt64) throws {
      let shared = IDBlock.sharedPrefix(last, id)
      record.removeAll(keepingCapacity: true)
      Leb128.append(UInt64(shared), to: &record)
      Leb128.append(UInt64(id.count - shared), to: &record)
      record.append(contentsOf: id[shared...])
      Leb128.append(number, to: &record)
      try spill.append(record)
      last.removeLast(last.count - shared)
      last.append(contentsOf: id[shared...])
    }

    func finish() throws -> IDRun {
      try spill.finish()
      return IDRun(spill: spill)
    }
  }

  /// Walks over a run; `id` and `number` are those of the current record.
  final class Cursor {
    private let reader: Spill.Reader
    private(set) var id: [UInt8] = []
    private(set) var number: UInt64 = 0
    /// The first 8 bytes of `id` as a big-endian number, filled with zeros: decides nearly all comparisons.
    private(set) var prefix: UInt64 = 0

    init(_ run: IDRun, bufferBytes: Int) throws {
      reader = try run.spill.reader(bufferBytes: bufferBytes)
    }

    /// Moves to the next record; `false` at the end.
    func advance() throws -> Bool {
      if reader.isAtEnd { return false }
      let shared = Int(truncatingIfNeeded: try reader.number())
      let rest = Int(truncatingIfNeeded: try reader.number())
      guard shared >= 0, shared <= id.count else { throw reader.changed }
      id.removeLast(id.count - shared)
      try reader.append(rest, to: &id)
      number = try reader.number()
      prefix = IDSorter.prefix(id, 0, id.count)
      return true
    }

    func precedes(_ other: Cursor) -> Bool {
      if prefix != other.prefix { return prefix < other.prefix }
      if id != other.id { return id.lexicographicallyPrecedes(other.id) }
      return number < other.number
    }
  }
}
