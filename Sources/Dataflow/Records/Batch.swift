package import Codecs

/// The name of what travels on an arrow, with the columns that every batch of it has.
package struct RecordType: Hashable, Sendable, CustomStringConvertible {
  package let name: String
  /// Names of the columns, in the order in which batches hold them.
  package let columns: [String]
  /// How they belong to rows; without it the engine takes no rows out of batches.
  package let layout: [ColumnLayout]?

  package init(_ name: String, columns: [String], layout: [ColumnLayout]? = nil) {
    precondition(layout.map { $0.count == columns.count } ?? true, "a layout for every column of \(name)")
    self.name = name
    self.columns = columns
    self.layout = layout
  }

  package var description: String { name }
}

/// One column of a batch. Lengths are the record type's affair: a column may have one value a row, or many.
package enum Column: Sendable, Hashable {
  case strings(ByteStrings)
  case integers([UInt32])
  case shorts([UInt16])
  case floats([Float])
  case bytes([UInt8])

  package var memoryBytes: Int {
    switch self {
    case .strings(let strings): strings.memoryBytes
    case .integers(let values): values.count * 4
    case .shorts(let values): values.count * 2
    case .floats(let values): values.count * 4
    case .bytes(let values): values.count
    }
  }
}

/// The records of one chunk at one place of the graph, column by column. A value: stages never share mutable state.
package struct Batch: Sendable, Hashable {
  package let type: String
  /// Records.
  package let rows: Int
  package let columns: [Column]
  /// Tokens, or what comes nearest to them: the unit in which progress is told. 0 where nothing was counted.
  package var tokens: Int
  /// Records that this stage or one before it put into quarantine, in collection order.
  package var rejected: [Rejection]
  /// How often something was met that a user may want to know of and that stopped nothing: `carriage-return`,
  /// `saturated`. The engine puts the stage's name before each.
  package var notices: [String: Int] = [:]

  /// - Precondition: one column for each that `type` names.
  package init(
    _ type: RecordType, rows: Int, columns: [Column], tokens: Int = 0, rejected: [Rejection] = [],
    notices: [String: Int] = [:]
  ) {
    precondition(columns.count == type.columns.count, "a batch of \(type) has columns \(type.columns)")
    self.type = type.name
    self.rows = rows
    self.columns = columns
    self.tokens = tokens
    self.rejected = rejected
    self.notices = notices
  }

  init(type: String, rows: Int, columns: [Column], tokens: Int) {
    self.type = type
    self.rows = rows
    self.columns = columns
    self.tokens = tokens
    rejected = []
  }

  /// Bytes that the columns occupy in memory.
  package var memoryBytes: Int { columns.reduce(0) { $0 + $1.memoryBytes } }
}

/// A record that could not be used: what the quarantine file says of it.
///
/// Places are relative to the chunk, so that a chunk does not change when another one before it does; the run adds the
/// chunk's own place when it writes the file.
package struct Rejection: Codable, Hashable, Sendable, Comparable {
  /// Bytes from the start of the chunk.
  package let offset: Int
  /// Lines from the start of the chunk, 0 for its first.
  package let line: Int
  /// The stage as the pipeline file names it. Filled in by the engine.
  package var stage: String
  /// A fixed word, for counting.
  package let reason: String
  /// What exactly, for people.
  package let detail: String
  /// The record's id, as far as it could be read; invalid UTF-8 repaired.
  package let id: String
  /// Further records of the chunk with the same reason, for which this one stands; `nil` for none.
  package var more: Int?

  /// Records for which it stands.
  package var count: Int { 1 + (more ?? 0) }

  package init(
    reason: String, detail: String, id: String, offset: Int, line: Int, stage: String = "", more: Int = 0
  ) {
    self.more = more == 0 ? nil : more
    self.reason = reason
    self.detail = detail
    self.id = id
    self.offset = offset
    self.line = line
    self.stage = stage
  }

  package static func < (left: Rejection, right: Rejection) -> Bool {
    (left.offset, left.line, left.stage, left.reason, left.id, left.detail)
      < (right.offset, right.line, right.stage, right.reason, right.id, right.detail)
  }

  /// Of the same reason in one chunk, those that are told one by one.
  package static let toldOfAReason = 100

  /// The same rejections, ascending; of those with one reason, what is beyond `toldOfAReason` becomes one.
  static func summarized(_ rejections: [Rejection]) -> [Rejection] {
    if rejections.count <= toldOfAReason + 1 { return rejections.sorted() }
    return Dictionary(grouping: rejections, by: \.reason).values.flatMap { group in
      let group = group.sorted()
      // What a source has summed up already.
      guard group.count > toldOfAReason + 1 else { return group }
      let first = group[toldOfAReason]
      let more = group[toldOfAReason...].reduce(0) { $0 + $1.count } - 1
      return group[..<toldOfAReason] + [
        Rejection(
          reason: first.reason, detail: "and \(more) more of this chunk with this reason", id: first.id,
          offset: first.offset, line: first.line, stage: first.stage, more: more)
      ]
    }.sorted()
  }
}
