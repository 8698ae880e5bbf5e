import Foundation

/// A folder of its own for one test, removed at the end.
final class Folder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "bigrain-jobs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, and the folders on the way to it.
  @discardableResult func write(_ name: String, _ text: some StringProtocol) throws -> String {
    try write(name, bytes: Array(text.utf8))
  }

  @discardableResult func write(_ name: String, bytes: [UInt8]) throws -> String {
    let url = URL(fileURLWithPath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }
}

/// The example of the design, which must always load.
enum Example {
  static let pipeline = """
    # pipelines/tildev2.yaml
    stages:
      passages: {use: read, format: msmarco-tsv, input: $collection}
      tokens:   {use: tokenize, from: passages, model: $tilde}
      expanded: {use: expand.tilde, from: tokens, model: $tilde, terms: 200}
      weights:  {use: encode.tildev2, from: expanded, model: $tildev2, precision: int8}
      impacts:  {use: quantize.impacts, from: weights, bits: 8, rounding: half-even}
      vectors:  {use: encode.dense, from: passages, model: $dense}
      order:    {use: fit.documentOrder, from: impacts}
      index:    {use: shard, sparse: impacts, dense: vectors, documents: passages, order: order, shards: 4}

    """
  static let job = """
    # jobs/msmarco.yaml
    pipeline: ../pipelines/tildev2.yaml
    inputs: {collection: "${MSMARCO:-../data/sample}/collection.tsv"}
    models: {tilde: ../data/models/tilde-tiny, tildev2: ../data/models/tildev2-tiny, dense: ../data/models/dense-tiny}
    output: ../out/msmarco
    budget: {workers: auto, memory: 1GiB}
    evaluate: {queries: "${MSMARCO:-../data/sample}/queries.tsv", qrels: "${MSMARCO:-../data/sample}/qrels.trec", measures: [nDCG@10, RR@10, R@1000]}
    schedule: "30 3 * * *"
    keep: 2

    """

  /// Writes both files.
  /// - Returns: the path of the job file.
  static func write(in folder: Folder) throws -> String {
    try folder.write("pipelines/tildev2.yaml", pipeline)
    return try folder.write("jobs/msmarco.yaml", job)
  }
}

/// Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
