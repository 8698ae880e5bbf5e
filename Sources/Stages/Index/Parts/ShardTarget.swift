internal import Dataflow
internal import Shards

/// The shard that a part is asked to build, and what it is built from.
struct ShardTarget: Sendable {
  /// Where the files go.
  let folder: String
  /// For temporary files.
  let spill: String
  let shard: Int
  let assignment: ShardAssignment
  let reduction: Reduction

  /// Documents of the shard.
  var documents: Int { assignment.borders[shard + 1] - assignment.borders[shard] }

  /// A document order is connected: rows of a chunk may have any numbers.
  var isReordered: Bool { assignment.isReordered }

  /// Bytes that a part may use.
  var memoryBytes: Int { max(reduction.memoryBytes / 4, 4 << 20) }

  /// Every chunk that has documents of the shard, in collection order, with the number that each of its rows has in the
  /// shard (`DocumentMapping.dropped` where it does not come into it). Numbers ascend unless `isReordered`.
  func forEachChunk(_ body: (_ contribution: ShardContribution.Reader, _ table: [UInt32]) throws -> Void) throws {
    for (chunk, contribution) in reduction.contributions.enumerated() {
      guard let table = assignment.table(chunk: chunk, shard: shard) else { continue }
      try reduction.checkCancellation()
      try body(ShardContribution.Reader(contribution.path), table)
    }
  }

  /// Makes a record of each document and hands them to `sink` in the shard's order. `chunk` opens what the part needs of
  /// a chunk and gives what makes the records of its rows. Those that come too early wait in a file named `spool`.
  /// - Parameter places: (documents), the place of each where records have an order of their own.
  func forEachRecord(
    spool: String, places: [UInt32]? = nil, sink: @escaping ([UInt8]) throws -> Void,
    chunk: (ShardContribution.Reader) throws -> (_ row: Int) throws -> [UInt8]
  ) throws {
    let order = RecordOrder(path: "\(spill)/\(spool)", count: documents, sink: sink)
    try forEachChunk { contribution, table in
      let record = try chunk(contribution)
      for row in table.indices where table[row] != DocumentMapping.dropped {
        let document = Int(table[row])
        try order.submit(places.map { Int($0[document]) } ?? document, record(row))
      }
    }
    try order.finish()
  }
}
