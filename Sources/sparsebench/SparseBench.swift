internal import Codecs
internal import Foundation
internal import Kernels
internal import Search
internal import Shards

/// Measures the sparse side alone, from vectors in a file; `scripts/compare_sparse_search.py` drives it.
///
/// ```
/// sparsebench build VECTORS.csr FOLDER fast|small     builds the lists of one shard; prints seconds and bytes
/// sparsebench serve FOLDER QUERIES.csr [CACHE_MIB]    reads `time K STRATEGY` and `hits K STRATEGY` from standard input
/// ```
@main
struct SparseBench {
  static func main() throws {
    let arguments = CommandLine.arguments
    switch arguments.dropFirst().first {
    case "build" where arguments.count == 5 && PostingsForm(rawValue: arguments[4]) != nil:
      let form = PostingsForm(rawValue: arguments[4]) ?? .fast
      try BuildRun(vectors: arguments[2], folder: arguments[3], form: form).run()
    case "serve" where arguments.count >= 4:
      let cache = arguments.count > 4 ? (Int(arguments[4]) ?? 0) << 20 : DecodedLists.usualBytes
      try ServeRun(folder: arguments[2], queries: arguments[3], cacheBytes: cache).run()
    default: print("usage: sparsebench build VECTORS.csr FOLDER fast|small | serve FOLDER QUERIES.csr")
    }
  }

  static let clock = ContinuousClock()

  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let time = try clock.measure(body)
    return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
  }
}

/// Chunks of 8192 documents as the pipeline's: inverted, written as runs, merged.
struct BuildRun {
  static let chunkDocuments = 8192
  let vectors: VectorFile
  let folder: String
  let form: PostingsForm

  init(vectors: String, folder: String, form: PostingsForm) throws {
    self.vectors = try VectorFile(vectors)
    self.folder = folder
    self.form = form
  }

  func run() throws {
    try FileSystem.removeTree(folder)
    try FileSystem.createDirectories(folder + "/runs")
    try FileSystem.createDirectories(folder + "/shard")
    var invert = 0.0
    var inputs: [PostingMerge.Input] = []
    for start in stride(from: 0, to: vectors.rows, by: Self.chunkDocuments) {
      let chunk = try vectors.chunk(start..<min(start + Self.chunkDocuments, vectors.rows))
      let path = "\(folder)/runs/\(start)"
      invert += try SparseBench.seconds { try chunk.writeRun(to: path) }
      inputs.append(PostingMerge.Input(path: path, mapping: .shifted(by: UInt32(start))))
    }
    let merge = try SparseBench.seconds {
      let writer = try PostingsWriter(
        directory: folder + "/shard", documentCount: vectors.rows, impactKind: .integers, form: form)
      let merge = try PostingMerge(
        inputs: inputs, impactKind: .integers, memory: 64 << 20, temporaryFolder: folder + "/runs")
      try merge.write(to: writer)
      _ = try writer.commit()
    }
    try FileSystem.removeTree(folder + "/runs")
    let sizes = try FileSystem.list(folder + "/shard").map { name in
      "\"\(name)\": \(try FileSeal.measure("\(folder)/shard/\(name)").size)"
    }
    print(
      "{\"documents\": \(vectors.rows), \"postings\": \(vectors.values), \"invert\": \(invert), \"merge\": \(merge), "
        + "\"bytes\": {\(sizes.joined(separator: ", "))}}")
  }
}

/// Answers all queries once for each line it reads.
struct ServeRun {
  let shard: ShardView
  let queries: [Query]

  init(folder: String, queries: String, cacheBytes: Int) throws {
    // Ids are document numbers, so that ties are broken as the collection's rows are.
    shard = ShardView(
      postings: try PostingsReader.open(folder + "/shard", cacheBytes: cacheBytes), idRank: { $0 },
      documentID: { Array(String($0).utf8) })
    let file = try VectorFile(queries)
    self.queries = try (0..<file.rows).map { try Query(file.row($0)) }
  }

  /// At once: `print` would keep it until a buffer is full, and who asked waits.
  private func answer(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

  func run() throws {
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 3, let k = Int(words[1]), let strategy = EvaluationStrategies.named(words[2]) else {
        answer("{\"error\": \"time|hits K STRATEGY\"}")
        continue
      }
      var hits: [[Hit]] = []
      let seconds = try SparseBench.seconds {
        for query in queries { hits.append(try TopK.search(query, shards: [shard], k: k, strategy: strategy)) }
      }
      if words[0] == "hits" {
        answer(hits.map { $0.map { "\($0.document):\($0.score)" }.joined(separator: " ") }.joined(separator: "\n"))
      }
      answer("{\"microseconds\": \(seconds * 1e6 / Double(queries.count))}")
    }
  }
}
