import Foundation
import Testing

/// The ways to search an index with both sides, through the program.
@Suite struct SearchModeTests {
  private static let models = PipelineProgram.root + "/data/models"
  private static let passages = 60

  private static let dense = """
      vectors: {use: encode.dense, from: passages, model: \(models)/dense-tiny}
      quantizer: {use: fit.pq, from: vectors, parts: 8, bits: 4}

    """

  /// Indexes the first passages of the sample; writes `queries.tsv`.
  private func index(_ program: PipelineProgram, _ stages: String) throws -> String {
    let sample = try String(contentsOfFile: PipelineProgram.root + "/data/sample/collection.tsv", encoding: .utf8)
    let lines = sample.split(separator: "\n").prefix(Self.passages).joined(separator: "\n") + "\n"
    try lines.write(toFile: program.folder + "/passages.tsv", atomically: true, encoding: .utf8)
    let queries = "q1\twing\nq2\twax wing\nq3\tbird\n"
    try queries.write(toFile: program.folder + "/queries.tsv", atomically: true, encoding: .utf8)
    try ("stages:\n  passages: {use: read, format: msmarco-tsv, input: passages.tsv, chunk: 4KiB}\n" + stages)
      .write(toFile: program.folder + "/modes.yaml", atomically: true, encoding: .utf8)
    try "pipeline: modes.yaml\noutput: index\n"
      .write(toFile: program.folder + "/modes-job.yaml", atomically: true, encoding: .utf8)
    let run = try program.run(["run", program.folder + "/modes-job.yaml"])
    try #require(run.status == 0, "\(run.errors)")
    return program.folder + "/index"
  }

  private func search(_ program: PipelineProgram, _ index: String, _ name: String, _ options: [String]) throws -> String
  {
    let path = program.folder + "/" + name + ".run"
    let run = try program.run(
      ["search", index, "--queries", program.folder + "/queries.tsv", "--run", path] + options)
    try #require(run.status == 0, "\(options): \(run.errors)")
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func waysThatSeeEveryPassageGiveTheSameRun() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let index = try index(
      program,
      """
        terms: {use: analyze, from: passages, analyzer: english}
        frequencies: {use: fit.documentFrequencies, from: terms}
        weights: {use: encode.bm25, from: terms, frequencies: frequencies}
        impacts: {use: quantize.impacts, from: weights, maximum: 20, bits: 8}

      """ + Self.dense
        + "  index: {use: shard, documents: passages, sparse: impacts, dense: vectors, quantizer: quantizer, "
        + "forward: true, shards: 2}\n")
    let dense = try search(program, index, "dense", ["--mode", "dense"])
    #expect(dense.split(separator: "\n").count == 3 * Self.passages)
    let same = [
      ["--mode", "bigranular", "--coarse", "pq"], ["--mode", "bigranular", "--coarse", "dense"],
      ["--mode", "hybrid", "--weight", "0"], ["--mode", "rerank", "--rerank", program.folder + "/dense.run"],
    ]
    for (number, options) in same.enumerated() {
      #expect(try search(program, index, "same\(number)", options) == dense, "\(options)")
    }

    // Vectors that were encoded before, one file a side.
    let vectors = try program.run([
      "encode", "--model", Self.models + "/dense-tiny", "--as", "dense", "--side", "queries", "--input",
      program.folder + "/queries.tsv",
    ])
    let denseVectors = program.folder + "/dense.jsonl"
    try vectors.output.write(toFile: denseVectors, atomically: true, encoding: .utf8)
    let sparseVectors = program.folder + "/sparse.jsonl"
    let terms = [("q1", ["wing"]), ("q2", ["wax", "wing"]), ("q3", ["bird"])]
    try terms.map { id, terms in
      "{\"id\": \"\(id)\", \"vector\": {\(terms.map { "\"\($0)\": 1" }.joined(separator: ", "))}}\n"
    }.joined().write(toFile: sparseVectors, atomically: true, encoding: .utf8)
    let given = ["--query-vectors", denseVectors, "--query-vectors", sparseVectors]
    let away = ["--model", program.folder]
    #expect(try search(program, index, "given", ["--mode", "dense"] + given) == dense)
    let hybrid = try search(program, index, "hybrid", ["--mode", "hybrid"])
    #expect(hybrid != dense)
    #expect(try search(program, index, "hybrid-given", ["--mode", "hybrid"] + given + away) == hybrid)

    for method in ["average", "rocchio"] {
      for mode in ["sparse", "dense", "pq", "bigranular", "hybrid"] {
        let before = try search(program, index, "before", ["--mode", mode])
        #expect(try search(program, index, "after", ["--mode", mode, "--feedback", method]) != before, "\(mode)")
      }
    }
  }

  @Test func aModeNamesTheSideThatIsMissing() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let index = try index(
      program, Self.dense + "  index: {use: shard, documents: passages, dense: vectors, quantizer: quantizer}\n")
    let missing = [
      (["--mode", "hybrid"], "no sparse side: give stage `shard` the input `sparse`"),
      (["--mode", "sparse"], "no sparse side"),
      (["--mode", "bigranular", "--coarse", "sparse"], "no sparse side"),
      (["--mode", "colbert"], "no token vectors: give stage `shard` the inputs `tokens` and `centroids`"),
    ]
    for (options, message) in missing {
      let run = try program.run(["search", index, "bees"] + options)
      #expect(run.status == 78)
      #expect(run.errors.contains(message), "\(options): \(run.errors)")
    }
  }

  private func listed(_ lists: String, shards: Int = 2) -> String {
    Self.dense.replacing("bits: 4}", with: "bits: 4\(lists)}")
      + "  index: {use: shard, documents: passages, dense: vectors, quantizer: quantizer, shards: \(shards)}\n"
  }

  /// The documents of a run by their queries.
  private func found(_ run: String) -> Set<String> {
    Set(run.split(separator: "\n").map { $0.split(separator: " ") }.map { "\($0[0]) \($0[2])" })
  }

  @Test func allListsGiveTheAnswersOfNoLists() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let plain = try search(program, index(program, listed("")), "plain", ["--mode", "pq"])
    let bytes = try program.index("index")
    #expect(try program.run(["search", program.folder + "/index", "bees", "--probes", "3"]).status == 78)
    // None at all: the files are those of a pipeline that never heard of lists.
    _ = try index(program, listed(", lists: 0"))
    for (name, content) in try program.index("index") where name != "manifest.json" {
      #expect(content == bytes[name], "\(name)")
    }
    let index = try index(program, listed(", lists: 8"))
    #expect(try search(program, index, "all", ["--mode", "pq"]) == plain)
    for probes in ["8", "99"] {
      #expect(try search(program, index, "every", ["--mode", "pq", "--probes", probes]) == plain)
    }
    var last = 0
    let best = found(try search(program, index, "best", ["--mode", "pq", "--k", "10"]))
    for probes in 1...8 {
      let some = try search(program, index, "some", ["--mode", "pq", "--k", "10", "--probes", "\(probes)"])
      let hits = found(some).intersection(best).count
      #expect(hits >= last, "\(probes) lists find \(hits) of what all find, one less \(last)")
      last = hits
    }
    #expect(last == best.count)
    let few = try search(program, index, "few", ["--mode", "bigranular", "--coarse", "pq", "--probes", "1"])
    #expect(found(few).count < 3 * Self.passages && !few.isEmpty)
    #expect(try program.run(["inspect", index]).output.contains("lists of codes    8"))
    #expect(try program.run(["inspect", index + "/current/shard-0000/codes.pq"]).output.contains("largest list"))
    #expect(try program.run(["verify", index]).status == 0)
  }

  @Test func listsHaveTheSameBytesWhateverTheWorkers() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    _ = try index(program, listed(", lists: 8", shards: 3))
    let first = try program.index("index")
    for workers in ["1", "4"] {
      let output = program.folder + "/workers" + workers
      let run = try program.run([
        "run", program.folder + "/modes-job.yaml", "--output", output, "--workers", workers,
      ])
      #expect(run.status == 0, "\(run.errors)")
      #expect(try program.index("workers" + workers) == first)
    }
  }

  @Test func probesWithoutListsAreRefused() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let index = try index(program, listed(""))
    for mode in ["pq", "dense"] {
      let run = try program.run(["search", index, "bees", "--mode", mode, "--probes", "2"])
      #expect(run.status == 78 && run.errors.contains("no lists of codes: set `lists`"), "\(run.errors)")
    }
    #expect(try program.run(["search", index, "bees", "--probes", "0"]).status == 64)
    #expect(try program.run(["run", program.job]).status == 0)
    let sparse = try program.run(["search", program.folder + "/out", "bees", "--probes", "2"])
    #expect(sparse.status == 78 && sparse.errors.contains("the index has no codes"), "\(sparse.errors)")
  }
}
