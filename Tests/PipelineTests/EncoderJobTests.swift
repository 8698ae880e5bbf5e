import Foundation
import Testing

/// Jobs with models, from the collection to a search.
@Suite struct EncoderJobTests {
  private static let tiny = PipelineProgram.root + "/Tests/EncodersTests/Golden/tiny"
  private static let models = PipelineProgram.root + "/data/models"

  /// A job over the first 40 passages of the sample.
  private func job(_ program: PipelineProgram, _ stages: String) throws -> String {
    let sample = try String(contentsOfFile: PipelineProgram.root + "/data/sample/collection.tsv", encoding: .utf8)
    let lines = sample.split(separator: "\n").prefix(40).joined(separator: "\n") + "\n"
    try lines.write(toFile: program.folder + "/passages.tsv", atomically: true, encoding: .utf8)
    try ("stages:\n  passages: {use: read, format: msmarco-tsv, input: passages.tsv, chunk: 4KiB}\n" + stages)
      .write(toFile: program.folder + "/encode.yaml", atomically: true, encoding: .utf8)
    let path = program.folder + "/encode-job.yaml"
    try "pipeline: encode.yaml\noutput: encoded\n".write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func tildev2(_ program: PipelineProgram) throws -> String {
    try job(
      program,
      """
        tokens: {use: tokenize, from: passages, model: \(Self.models)/tilde-tiny}
        expanded: {use: expand.tilde, from: tokens, model: \(Self.models)/tilde-tiny, terms: 50, counting: added}
        weights: {use: encode.tildev2, from: expanded, model: \(Self.models)/tildev2-tiny}
        impacts: {use: quantize.impacts, from: weights, maximum: 5, bits: 8}
        index: {use: shard, sparse: impacts, documents: passages}

      """)
  }

  @Test func encodedIndexesHaveTheSameBytesForAnyNumberOfWorkers() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = try tildev2(program)
    for workers in ["1", "3"] {
      let run = try program.run(
        ["run", job, "--workers", workers, "--output", program.folder + "/w" + workers, "--fresh"])
      #expect(run.status == 0, "\(run.errors)")
    }
    #expect(try program.index("w1") == program.index("w3"))
  }

  /// Every part follows the order: with all passages retrieved, ids and scores are those of the collection's order.
  @Test func anOrderOfDocumentsKeepsEveryIdsVectorCodeAndTerms() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let parts = """
        tokens: {use: tokenize, from: passages, model: \(Self.models)/tilde-tiny}
        weights: {use: encode.tildev2, from: tokens, model: \(Self.models)/tildev2-tiny}
        impacts: {use: quantize.impacts, from: weights, maximum: 5, bits: 8}
        order: {use: fit.documentOrder, from: impacts}
        vectors: {use: encode.dense, from: passages, model: \(Self.models)/dense-tiny}
        quantizer: {use: fit.pq, from: vectors, parts: 4, bits: 4}

      """
    let shard = "use: shard, documents: passages, sparse: impacts, dense: vectors, quantizer: quantizer, shards: 2"
    var runs: [[String]] = []
    for (name, order) in [("plain", ""), ("ordered", ", order: order")] {
      let job = try job(program, parts + "  index: {\(shard)\(order)}\n")
      let index = program.folder + "/" + name
      let run = try program.run(["run", job, "--output", index])
      #expect(run.status == 0, "\(run.errors)")
      var found: [String] = []
      for mode in [["sparse"], ["dense"], ["bigranular"], ["bigranular", "--coarse", "pq"]] {
        let search = try program.run(
          ["search", index, "--k", "40", "--run", program.folder + "/run", "--mode"] + mode
            + ["--queries", PipelineProgram.root + "/data/sample/queries.tsv"])
        #expect(search.status == 0, "\(mode): \(search.errors)")
        found.append(try String(contentsOfFile: program.folder + "/run", encoding: .utf8))
      }
      runs.append(found)
    }
    #expect(try program.index("plain") != program.index("ordered"))
    #expect(runs[0] == runs[1])
    #expect(runs[0].allSatisfy { !$0.isEmpty })
  }

  @Test func queriesOfTILDEv2NeedNothingButTheIndex() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = try tildev2(program)
    #expect(try program.run(["run", job, "--output", program.folder + "/encoded"]).status == 0)
    try FileManager.default.moveItem(atPath: program.folder + "/encoded/generations", toPath: program.folder + "/moved")
    let moved = program.folder + "/moved/000001"
    let search = try program.run(["search", moved, "bees", "--k", "1"])
    #expect(search.output.hasPrefix("1. bees"), "\(search.errors)")
    #expect(try program.run(["verify", moved]).status == 0)
  }

  @Test func anotherTokenizerThanTheIndexHasIsRefused() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = try tildev2(program)
    #expect(try program.run(["run", job, "--output", program.folder + "/encoded"]).status == 0)
    let search = try program.run(["search", program.folder + "/encoded", "bees", "--model", Self.tiny])
    #expect(search.status == 69)
    #expect(search.errors.contains("the index was made with") && search.errors.contains(Self.tiny))
  }

  @Test func whatAQueryExpectsOfTheIndexIsCompared() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = try tildev2(program)
    let index = program.folder + "/encoded"
    #expect(try program.run(["run", job, "--output", index]).status == 0)
    let met = [
      "--expect", "weights.length=192", "--expect", "impacts.rounding=half-even", "--expect", "impacts.bits=8",
    ]
    #expect(try program.run(["search", index, "bees"] + met).status == 0)
    for (wrong, other) in [("weights.length=256", "192"), ("impacts.rounding=ceil", "half-even")] {
      let search = try program.run(["search", index, "bees", "--expect", wrong])
      #expect(search.status == 78)
      let value = wrong.split(separator: "=")[1]
      #expect(search.errors.contains("made with \(other)") && search.errors.contains("expects \(value)"))
    }
  }

  @Test func explainShowsExpansionWeightsAndImpacts() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let explained = try program.run(["explain", tildev2(program), "--document", "bees-001"])
    #expect(explained.status == 0, "\(explained.errors)")
    for word in ["piece", "##", "terms added", "score", "weight", "impact"] { #expect(explained.output.contains(word)) }
  }

  @Test func tokensOfAnotherVocabularyAreRefusedBeforeAnythingRuns() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = try job(
      program,
      """
        tokens: {use: tokenize, from: passages, model: \(Self.models)/tilde-tiny}
        weights: {use: encode.splade, from: tokens, model: \(Self.tiny), length: 40}
        index: {use: shard, sparse: weights, documents: passages}

      """)
    let plan = try program.run(["plan", job])
    #expect(plan.status == 78)
    #expect(plan.errors.contains("tokenizer"))
  }

  /// SPLADE's queries go through the model, whose folder `run` remembers beside the index.
  @Test func queriesFindTheirModelByItsDigest() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let copy = program.folder + "/model"
    try FileManager.default.copyItem(atPath: Self.tiny, toPath: copy)
    let job = try job(
      program,
      """
        weights: {use: encode.splade, from: passages, model: model, length: 40, query: {length: 40}}
        index: {use: shard, sparse: weights, documents: passages}

      """)
    let index = program.folder + "/encoded"
    let run = try program.run(["run", job, "--output", index])
    #expect(run.status == 0, "\(run.errors)")
    let first = try program.run(["search", index, "bees find their way"])
    #expect(first.status == 0 && !first.output.isEmpty, "\(first.errors)")
    try FileManager.default.removeItem(atPath: index + "/models.json")
    let without = try program.run(["search", index, "bees find their way"])
    #expect(without.status == 69 && without.errors.contains("--model weights=DIR"))
    let given = try program.run(["search", index, "bees find their way", "--model", "weights=" + Self.tiny])
    #expect(given.output == first.output)
    // The same tokenizer with other weights is another model.
    try FileManager.default.removeItem(atPath: copy + "/config.json")
    let config = try String(contentsOfFile: Self.tiny + "/config.json", encoding: .utf8)
    try (config + " ").write(toFile: copy + "/config.json", atomically: true, encoding: .utf8)
    let other = try program.run(["search", index, "bees", "--model", "weights=" + copy])
    #expect(other.status == 69 && other.errors.contains("the index was made with"))
  }

  @Test func inferenceFreeQueriesWeighTokensByTheirFrequency() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = try job(
      program,
      """
        tokens: {use: tokenize, from: passages, model: \(Self.tiny)}
        counts: {use: count, from: tokens, model: \(Self.tiny)}
        idf: {use: fit.idf, from: counts, model: \(Self.tiny)}
        weights: {use: encode.splade, from: tokens, model: \(Self.tiny), length: 40, special: zero, query: {encoder: idf}}
        index: {use: shard, sparse: weights, idf: idf, documents: passages}

      """)
    let index = program.folder + "/encoded"
    let run = try program.run(["run", job, "--output", index])
    #expect(run.status == 0, "\(run.errors)")
    let search = try program.run(["search", index, "bees find their way"])
    #expect(search.status == 0 && !search.output.isEmpty, "\(search.errors)")
    let file = try Data(contentsOf: URL(filePath: index + "/current/idf.json"))
    let table = try JSONDecoder().decode([String: Double].self, from: file)
    #expect(table["[CLS]"] == 1 && table.values.allSatisfy { $0 > 0 })
  }

  @Test func everyPipelineOfTheLearnedSparseFrameworkIsValid() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let folder = PipelineProgram.root + "/pipelines/lsr"
    try "1\twhat do bees eat\n".write(toFile: program.folder + "/p.tsv", atomically: true, encoding: .utf8)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
    #expect(names.count >= 15)
    for name in names.sorted() {
      let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      var bound = "inputs: {collection: passages.tsv"
      if text.contains("$predictions") { bound += ", predictions: p.tsv" }
      bound += "}\nmodels: {model: \(Self.tiny)"
      if text.contains("$query") { bound += ", query: \(Self.tiny)" }
      if text.contains("$tilde") { bound += ", tilde: \(Self.tiny)" }
      let path = try job(program, "")
      try "pipeline: \(folder)/\(name)\n\(bound)}\noutput: out-\(name)\n"
        .write(toFile: path, atomically: true, encoding: .utf8)
      let short = ["passages", "queries"].flatMap { ["--set", "stages.weights.\($0).length=40"] }
      let tilde =
        text.contains("$tilde") ? ["--set", "stages.expanded.length=40", "--set", "stages.expanded.terms=20"] : []
      let run = try program.run(["run", path] + short + tilde)
      #expect(run.status == 0, "\(name): \(run.errors)")
      let search = try program.run(["search", program.folder + "/out-\(name)", "bees find their way", "--k", "1"])
      #expect(search.status == 0 && search.output.hasPrefix("1. "), "\(name): \(search.errors)")
    }
  }
}
