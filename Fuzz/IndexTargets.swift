internal import Codecs
internal import Dataflow
internal import Foundation
internal import Kernels
internal import Quantizers
internal import Shards

extension FuzzTarget {
  /// Our own files, with checksums that fit, so that what is behind them is tried.
  static var index: [FuzzTarget] {
    [
      FuzzTarget("envelope") { try Envelope(path: Scratch.file($0)).verify() },
      FuzzTarget("chunk") { _ = try BatchFile.read(Scratch.file(Resealing.envelope($0))) },
      FuzzTarget("manifest", manifest), FuzzTarget("postings", postings), FuzzTarget("shard", shard),
    ]
  }

  /// A manifest that is read is written and read to the same.
  private static func manifest(_ bytes: [UInt8]) throws {
    let manifest = try Manifest(parsing: Resealing.manifest(bytes), path: "input")
    let again = try Manifest(parsing: manifest.encoded, path: "again")
    precondition(again == manifest)
  }

  /// `terms`, `postings` and, of version 1, `blockmax`, each behind its length:u32.
  private static func postings(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    for name in ["terms", "postings", "blockmax"] {
      guard rest.count >= 4 else { break }
      let length = Int(Array(rest.prefix(4)).integers(of: UInt32.self, at: 0, count: 1)[0])
      rest = rest.dropFirst(4)
      let file = Array(rest.prefix(length))
      _ = try Scratch.file(name == "terms" ? Resealing.terms(file) : Resealing.envelope(file), name: name)
      rest = rest.dropFirst(length)
    }
    let reader = try PostingsReader.open(Scratch.folder)
    var entries: [TermEntry] = []
    try reader.forEachTerm { _, entry in if entries.count < 64 { entries.append(entry) } }
    for entry in entries {
      var cursor = try reader.cursor(at: entry)
      while !cursor.isExhausted {
        try cursor.decode()
        try cursor.advanceBlock()
      }
      var sought = try reader.cursor(at: entry)
      _ = try sought.seek(to: 3)
    }
  }

  /// Any other file of a shard or a generation; its header says which.
  private static func shard(_ bytes: [UInt8]) throws {
    let path = try Scratch.file(Resealing.envelope(bytes))
    // Whatever opens answers for its first documents or says what is wrong.
    func each(_ count: Int, _ body: (Int) throws -> Void) {
      for document in 0..<min(max(count, 0), 16) { try? body(document) }
    }
    switch try Envelope(path: path).kind {
    case "documents":
      let reader = try DocumentReader(path: path)
      each(reader.count) { document in
        _ = try reader.number(of: reader.id(of: document))
        _ = try reader.text(of: document)
        _ = try reader.document(atRank: reader.rank(of: document))
      }
      try reader.verify()
    case "forward":
      let reader = try ForwardReader(path: path)
      each(reader.count) { _ = try reader.terms(of: $0) }
    case "vectors":
      let reader = try VectorReader(path: path)
      guard reader.dimension <= 4096 else { return }
      each(reader.count) { _ = try reader.vector(of: $0) }
      let query = [Float](repeating: 0.5, count: reader.dimension)
      if reader.count > 0 { _ = try reader.scores(of: [0, UInt32(reader.count - 1)], query: query) }
    case "codes":
      let reader = try CodeReader(path: path)
      each(reader.count) { _ = try reader.codes(of: $0) }
      guard reader.parts <= 256 else { return }
      let tables = [Float](repeating: 0.5, count: reader.parts * CodeKernels.tableEntries(bits: reader.bits))
      for lists in [nil, reader.lists.map { [$0 / 2] }] as [[Int]?] {
        try reader.scan(tables, lists: lists, threshold: { -.infinity }) { document, _ in
          precondition(document < reader.count)
        }
      }
    case "tokens":
      let reader = try TokenVectorReader(path: path)
      each(reader.count) { _ = try reader.record(of: $0) }
    case "quantizer": _ = try ProductQuantizer(path: path)
    case "centroids": _ = try ResidualCodec(path: path)
    default: _ = try Inspection.describe(path)
    }
  }
}
