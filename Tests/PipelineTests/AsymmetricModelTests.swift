import Foundation
import Testing

/// Models whose queries go another way than their documents, from the folder to a query's vector.
@Suite struct AsymmetricModelTests {
  private static let tiny = PipelineProgram.root + "/Tests/EncodersTests/Golden/tiny"

  private struct Line: Decodable {
    let id: String
    let vector: [String: Float]
  }

  /// Writes what makes a folder with a folder for each module a router. A module's name ends with its class.
  private func route(_ folder: String, queries: [String], documents: [String]) throws {
    let types = (queries + documents).map { "\"\($0)\": \"models.\($0.split(separator: "_")[2])\"" }
    let structure = "{\"query\": \(queries), \"document\": \(documents)}"
    try write("[{\"name\": \"0\", \"path\": \"\", \"type\": \"models.Router\"}]", to: folder, "modules.json")
    try write(
      "{\"types\": {\(types.joined(separator: ", "))}, \"structure\": \(structure)}", to: folder, "router_config.json")
  }

  private func write(_ text: String, to folder: String, _ name: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
  }

  /// A masked language model with SpladePooling, as one side.
  private func splade(_ folder: String, _ side: String) throws -> [String] {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let names = [side + "_0_MLMTransformer", side + "_1_SpladePooling"]
    try FileManager.default.copyItem(atPath: Self.tiny, toPath: folder + "/" + names[0])
    try write(
      "{\"pooling_strategy\": \"max\", \"activation_function\": \"relu\"}", to: folder + "/" + names[1], "config.json")
    return names
  }

  /// A table of weights, as the queries' side.
  private func table(_ folder: String) throws -> [String] {
    let name = "query_0_SparseStaticEmbedding"
    try write(
      "{\"[CLS]\": 9, \"bees\": 2.5, \"find\": 0.5, \"their\": 0.25, \"way\": 0.75}", to: folder + "/" + name,
      "idf.json")
    for file in ["vocab.txt", "tokenizer_config.json"] {
      try FileManager.default.copyItem(atPath: Self.tiny + "/" + file, toPath: folder + "/" + name + "/" + file)
    }
    return [name]
  }

  /// Sets the vocabulary head's bias so that every text has the term and no other.
  private func favour(_ term: String, in folder: String) throws {
    let words = try String(contentsOfFile: folder + "/vocab.txt", encoding: .utf8).components(separatedBy: "\n")
    let favourite = try #require(words.firstIndex(of: term))
    let file = URL(filePath: folder + "/model.safetensors")
    var bytes = [UInt8](try Data(contentsOf: file))
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<(8 + length)])) as? [String: Any]
    let tensor = try #require(header?["cls.predictions.bias"] as? [String: Any])
    let offsets = try #require(tensor["data_offsets"] as? [Int])
    for id in 0..<((offsets[1] - offsets[0]) / 4) {
      let value: Float = id == favourite ? 1000 : -1000
      for byte in 0..<4 {
        bytes[8 + length + offsets[0] + 4 * id + byte] = UInt8(truncatingIfNeeded: value.bitPattern >> (8 * byte))
      }
    }
    try Data(bytes).write(to: file)
  }

  /// A job over the first passages of the sample; writes `queries.tsv`.
  private func job(_ program: PipelineProgram, _ stages: String) throws -> String {
    let sample = try String(contentsOfFile: PipelineProgram.root + "/data/sample/collection.tsv", encoding: .utf8)
    let lines = sample.split(separator: "\n").prefix(40).joined(separator: "\n") + "\n"
    try write(lines, to: program.folder, "passages.tsv")
    try write("q\tbees find their way\n", to: program.folder, "queries.tsv")
    try write(
      "stages:\n  passages: {use: read, format: msmarco-tsv, input: passages.tsv, chunk: 4KiB}\n" + stages,
      to: program.folder, "sides.yaml")
    try write("pipeline: sides.yaml\noutput: index\n", to: program.folder, "sides-job.yaml")
    return program.folder + "/sides-job.yaml"
  }

  private func weights(query: String) -> String {
    """
      weights: {use: encode.splade, from: passages, model: model, length: 40, query: \(query)}
      impacts: {use: quantize.impacts, from: weights, maximum: 5, bits: 8}
      index: {use: shard, sparse: impacts, documents: passages}

    """
  }

  /// The only line of a file of vectors.
  private func vector(_ lines: String) throws -> [String: Float] {
    try JSONDecoder().decode(Line.self, from: Data(lines.utf8)).vector
  }

  private func encoded(_ program: PipelineProgram, _ model: String) throws -> [String: Float] {
    let encode = try program.run([
      "encode", "--model", model, "--as", "sparse", "--side", "queries", "--length", "40", "--input",
      program.folder + "/queries.tsv",
    ])
    try #require(encode.status == 0, "\(encode.errors)")
    return try vector(encode.output)
  }

  @Test func queriesGoTheirOwnWayThroughTheModelThatTheIndexKnows() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let model = program.folder + "/model"
    let queries = try splade(model, "query")
    try favour("moon", in: model + "/" + queries[0])
    try route(model, queries: queries, documents: splade(model, "document"))
    let run = try program.run(["run", job(program, weights(query: "{length: 40}"))])
    try #require(run.status == 0, "\(run.errors)")
    let export = try program.run([
      "export", program.folder + "/index", "--format", "csr", "--output", program.folder + "/vectors", "--queries",
      program.folder + "/queries.tsv",
    ])
    try #require(export.status == 0, "\(export.errors)")
    let exported = try String(contentsOfFile: program.folder + "/vectors.queries.jsonl", encoding: .utf8)
    #expect(try vector(exported).keys.sorted() == ["moon"])
    #expect(try encoded(program, model).keys.sorted() == ["moon"])
    #expect(try program.run(["search", program.folder + "/index", "bees"]).status == 0)
  }

  @Test func aTableOfTheFolderWeighsQueriesWithoutTheModel() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let model = program.folder + "/model"
    try route(model, queries: table(model), documents: splade(model, "document"))
    let run = try program.run(["run", job(program, weights(query: "{encoder: idf}"))])
    try #require(run.status == 0, "\(run.errors)")
    let file = try Data(contentsOf: URL(filePath: program.folder + "/index/current/idf.json"))
    let kept = try JSONDecoder().decode([String: Float].self, from: file)
    #expect(kept["bees"] == 2.5 && kept["way"] == 0.75 && kept["moon"] == 0)
    #expect(try encoded(program, model) == ["bees": 2.5, "find": 0.5, "their": 0.25, "way": 0.75])
    try FileManager.default.removeItem(atPath: model)
    let search = try program.run(["search", program.folder + "/index", "bees find their way"])
    #expect(search.status == 0 && search.output.hasPrefix("1. "), "\(search.errors)")
    #expect(try program.run(["verify", program.folder + "/index"]).status == 0)
  }

  @Test func aSideWithoutATransformerIsRefusedWhereQueriesWantOne() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let model = program.folder + "/model"
    try route(model, queries: table(model), documents: splade(model, "document"))
    let plan = try program.run(["plan", job(program, weights(query: "{encoder: model}"))])
    #expect(plan.status == 78)
    #expect(plan.errors.contains(model) && plan.errors.contains("has no transformer but a table"), "\(plan.errors)")
  }

  @Test func aSearchNamesTheFolderAndWhatItsQuerySideIs() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let model = program.folder + "/model"
    let queries = try table(model)
    try FileManager.default.copyItem(atPath: Self.tiny, toPath: model + "/document_0_Transformer")
    try write("{\"pooling_mode\": \"mean\"}", to: model + "/document_1_Pooling", "config.json")
    try route(model, queries: queries, documents: ["document_0_Transformer", "document_1_Pooling"])
    let job = try job(
      program,
      """
        vectors: {use: encode.dense, from: passages, model: model, length: 40}
        index: {use: shard, dense: vectors, documents: passages}

      """)
    let run = try program.run(["run", job])
    try #require(run.status == 0, "\(run.errors)")
    let search = try program.run(["search", program.folder + "/index", "bees", "--mode", "dense"])
    #expect(search.status == 69)
    #expect(search.errors.contains(model), "\(search.errors)")
    #expect(search.errors.contains("has no transformer but a table"), "\(search.errors)")
  }
}
