internal import Codecs
internal import Dataflow
internal import FoundationEssentials
internal import Shards
internal import Tokenizers

/// The records that did not come into an index, and why: `quarantine.jsonl`, one JSON object a line, in collection order.
///
/// Keys: `file`, `line` (from 1), `offset` (bytes in the uncompressed file), `id` as far as it could be read, `reason`
/// (a fixed word), `detail`, `stage`. Of one reason, a chunk tells a hundred records; the line after them has `records`,
/// which is how many it stands for. An id that came before in another chunk is found when the index is put together;
/// its record is then looked for in the collection.
struct Quarantine {
  static let fileName = "quarantine.jsonl"

  private struct Line: Encodable {
    var detail: String
    let file: String
    let id: String
    let line: Int
    let offset: Int
    let reason: String
    /// How many records it stands for, where it is not one.
    var records: Int?
    let stage: String
  }

  private let reduction: Reduction
  private let assignment: ShardAssignment

  init(_ reduction: Reduction, _ assignment: ShardAssignment) {
    self.reduction = reduction
    self.assignment = assignment
  }

  /// Records by reason.
  var counts: [String: Int] {
    var counts: [String: Int] = [:]
    for contribution in reduction.contributions {
      for rejection in contribution.rejected { counts[rejection.reason, default: 0] += rejection.count }
    }
    if !assignment.duplicates.isEmpty { counts["duplicate-id", default: 0] += assignment.duplicates.count }
    return counts
  }

  /// What was met and stopped nothing, over all chunks.
  var notices: [String: Int] {
    reduction.contributions.reduce(into: [:]) { $0.merge($1.notices, uniquingKeysWith: +) }
  }

  func write(to path: String) throws -> FileSeal {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let file = try DurableFile(path)
    var duplicate = 0
    for (chunk, contribution) in reduction.contributions.enumerated() {
      var lines = contribution.rejected.map { line($0, contribution.split) }
      let first = duplicate
      while duplicate < assignment.duplicates.count,
        Int(assignment.duplicates[duplicate].document) < assignment.starts[chunk + 1]
      {
        duplicate += 1
      }
      if first < duplicate {
        let told = min(first + Rejection.toldOfAReason + 1, duplicate)
        var more = try self.lines(assignment.duplicates[first..<told], chunk)
        if told < duplicate {
          more[more.count - 1].detail = "and \(duplicate - told) more of this chunk with this reason"
          more[more.count - 1].records = duplicate - told + 1
        }
        lines += more
      }
      for line in lines { try file.append(Array(encoder.encode(line)) + [UInt8(ascii: "\n")]) }
    }
    return try file.commit()
  }

  private func line(_ rejection: Rejection, _ split: SourceSplit) -> Line {
    Line(
      detail: rejection.detail, file: split.file, id: rejection.id, line: split.firstLine + rejection.line,
      offset: split.offset + rejection.offset, reason: rejection.reason,
      records: rejection.more == nil ? nil : rejection.count, stage: rejection.stage)
  }

  /// The duplicates of one chunk.
  private func lines(_ duplicates: ArraySlice<DuplicateFinder.Duplicate>, _ chunk: Int) throws -> [Line] {
    let split = reduction.contributions[chunk].split
    let ids = try ShardContribution.Reader(reduction.contributions[chunk].path).ids()
    let found = duplicates.map { Array(ids[Int($0.document) - assignment.starts[chunk]]) }
    // A passage that was cut out of a document has a name of its own.
    let names = Set(found).union(found.map { PassageIdentifier.document(of: $0) })
    let places = try reduction.places(of: names, in: split)
    return zip(duplicates, found).map { duplicate, id in
      let first = reduction.contributions[assignment.chunk(of: Int(duplicate.first))].split
      let place = places[id] ?? places[PassageIdentifier.document(of: id)]
      return Line(
        detail: "the id came before in \(first.file), in the chunk at byte \(first.offset)", file: split.file,
        id: String(decoding: id, as: UTF8.self), line: place?.line ?? split.firstLine,
        offset: place?.offset ?? split.offset, reason: "duplicate-id", stage: Shard.name)
    }
  }
}
