internal import Codecs
internal import Foundation
internal import Kernels
internal import Search
internal import Shards

/// Encoded vectors as `Benchmarks/rows.py` hands them over: `documents:u32 terms:u32 postings:u32`, then
/// `offsets:u32[documents + 1] terms:u32[postings] impacts:u16[postings]`; term t is called `t<t>`, document d `d`.
struct VectorFile {
  let vocabulary: ByteStrings
  let offsets: [UInt32]
  let terms: [UInt32]
  let impacts: [UInt16]

  init(_ path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let sizes = bytes.integers(of: UInt32.self, at: 0, count: 3).map(Int.init)
    offsets = bytes.integers(of: UInt32.self, at: 12, count: sizes[0] + 1)
    let start = 12 + 4 * (sizes[0] + 1)
    terms = bytes.integers(of: UInt32.self, at: start, count: sizes[2])
    impacts = bytes.integers(of: UInt16.self, at: start + 4 * sizes[2], count: sizes[2])
    vocabulary = ByteStrings((0..<sizes[1]).map { Array("t\($0)".utf8) })
  }

  var documents: Int { offsets.count - 1 }

  /// Documents in `range` as a chunk with a vocabulary of its own, as an encoding stage gives them.
  func chunk(_ range: Range<Int>) throws -> ChunkPostings {
    let entries = Int(offsets[range.lowerBound])..<Int(offsets[range.upperBound])
    var numbers = [UInt32](repeating: .max, count: vocabulary.count)
    var names = ByteStrings()
    let local = terms[entries].map { term -> UInt32 in
      if numbers[Int(term)] == .max {
        numbers[Int(term)] = UInt32(names.count)
        names.append(vocabulary[Int(term)])
      }
      return numbers[Int(term)]
    }
    return try ChunkPostings(
      vocabulary: names, offsets: offsets[range.lowerBound...range.upperBound].map { $0 - offsets[range.lowerBound] },
      terms: local, impacts: .integers(Array(impacts[entries])))
  }
}

/// From encoded vectors in memory to a shard's files, durable on disk, on one thread: runs, their merge, the ids.
struct IndexRow: Row {
  static let name = "index"
  static let documentsPerChunk = 8192

  private let chunks: [ChunkPostings]
  private let documents: Int
  private let postings: Int
  private let folder: String

  init(_ options: Options) throws {
    let vectors = try VectorFile(options.text("input"))
    folder = try options.text("output")
    documents = vectors.documents
    postings = vectors.terms.count
    chunks = try stride(from: 0, to: documents, by: Self.documentsPerChunk).map {
      try vectors.chunk($0..<min($0 + Self.documentsPerChunk, vectors.documents))
    }
  }

  mutating func run() throws -> [String: Double] {
    try FileSystem.removeTree(folder)
    try FileSystem.createDirectories(folder)
    let seconds = try Runner.seconds {
      var inputs: [PostingMerge.Input] = []
      var first: UInt32 = 0
      for (index, chunk) in chunks.enumerated() {
        let path = "\(folder)/\(index).run"
        try chunk.writeRun(to: path)
        inputs.append(PostingMerge.Input(path: path, mapping: .shifted(by: first)))
        first += UInt32(chunk.documentCount)
      }
      let writer = try PostingsWriter(directory: folder, documentCount: documents, impactKind: .integers)
      let merge = try PostingMerge(inputs: inputs, impactKind: .integers, memory: 64 << 20, temporaryFolder: folder)
      try merge.write(to: writer)
      _ = try writer.commit()
      for input in inputs { try FileSystem.removeFile(input.path) }
      var settings = DocumentWriter.Options()
      settings.storesText = false
      let names = try DocumentWriter(
        path: "\(folder)/\(DocumentFormat.fileName)", spillFolder: folder, options: settings)
      for document in 0..<documents { try names.append(id: Array("\(document)".utf8)) }
      _ = try names.commit()
    }
    let bytes = try FileSystem.list(folder).reduce(0) { try $0 + (FileSystem.status("\(folder)/\($1)")?.size ?? 0) }
    return ["seconds": seconds, "postings": Double(postings), "bytes": Double(bytes)]
  }

  func dump(to path: String) throws {}
}

/// Exact top k of all queries, on one thread, over the index that `index` left.
struct SearchRow: Row {
  static let name = "search"

  private let shard: ShardView
  private let queries: [Query]
  private let k: Int
  private var hits: [[Hit]] = []

  /// `--queries`: a query a line, `term weight term weight ...`.
  init(_ options: Options) throws {
    let folder = try options.text("index")
    k = options.number("k", else: 10)
    let documents = try DocumentReader(path: "\(folder)/\(DocumentFormat.fileName)")
    shard = ShardView(
      postings: try PostingsReader.open(folder), idRank: { UInt32(try documents.rank(of: Int($0))) },
      documentID: { try documents.id(of: Int($0)) })
    queries = try String(contentsOfFile: options.text("queries"), encoding: .utf8).split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      return try Query(
        stride(from: 0, to: words.count - 1, by: 2).map {
          (term: Array(words[$0].utf8), weight: Float(words[$0 + 1]) ?? 0)
        })
    }
  }

  mutating func run() throws -> [String: Double] {
    var found: [[Hit]] = []
    let seconds = try Runner.seconds {
      for query in queries { found.append(try TopK.search(query, shards: [shard], k: k)) }
    }
    hits = found
    return ["seconds": seconds, "queries": Double(queries.count)]
  }

  /// A query a line: `document score ...`.
  func dump(to path: String) throws {
    let lines = hits.map { $0.map { "\($0.document) \($0.score)" }.joined(separator: " ") }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }
}
