import Foundation
import Testing

/// Export, import, export: the same postings, whatever the format in between.
@Suite struct ImportTests {
  private func read(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  /// Runs a job whose source is `source`, and gives its output folder.
  private func run(_ program: PipelineProgram, _ name: String, _ source: String, _ rest: String) throws -> String {
    try """
    stages:
      vectors: {\(source)}
      documents: {use: identify, from: vectors}
    \(rest)
    """.write(toFile: "\(program.folder)/\(name).pipeline.yaml", atomically: true, encoding: .utf8)
    try "pipeline: \(name).pipeline.yaml\noutput: \(name)\n".write(
      toFile: "\(program.folder)/\(name).yaml", atomically: true, encoding: .utf8)
    let result = try program.run(["run", "\(program.folder)/\(name).yaml"])
    #expect(result.status == 0, "\(result.errors)")
    return "\(program.folder)/\(name)"
  }

  private static let sparse = """
      impacts: {use: quantize.impacts, from: vectors, bits: 8, maximum: 255}
      index: {use: shard, sparse: impacts, documents: documents, text: false, shards: 3}
    """

  @Test func whatWasExportedAndImportedHasTheSamePostings() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    func export(_ index: String, _ format: String, _ path: String) throws {
      let result = try program.run(["export", index, "--format", format, "--output", path])
      #expect(result.status == 0, "\(result.errors)")
    }
    let folder = program.folder
    try export(folder + "/out", "csr", folder + "/x.csr")
    try export(folder + "/out", "jsonl", folder + "/x.jsonl.gz")
    try export(folder + "/out", "ciff", folder + "/x.ciff.gz")
    let sources = [
      "csr": "use: read.sparse, format: csr, input: x.csr, ids: x.csr.ids, terms: x.csr.terms, chunk: 2KiB",
      "lines": "use: read.sparse, format: json-vectors, input: x.jsonl.gz, chunk: 2KiB",
      "ciff": "use: read.sparse, format: ciff, input: x.ciff.gz, chunk: 2KiB",
    ]
    for (name, source) in sources {
      let index = try run(program, name, source, Self.sparse)
      try export(index, "csr", "\(folder)/\(name).csr")
      for suffix in ["", ".ids", ".terms"] {
        #expect(try read("\(folder)/\(name).csr\(suffix)") == read(folder + "/x.csr" + suffix), "\(name)\(suffix)")
      }
      #expect(try program.run(["verify", index]).status == 0)
      // Nothing is done again, and whatever the number of workers, the index is the same.
      #expect(try program.run(["plan", "\(folder)/\(name).yaml"]).status == 0)
      let other = try program.run([
        "run", "\(folder)/\(name).yaml", "--workers", "1", "--output", "\(folder)/\(name)-1",
      ])
      #expect(other.status == 0, "\(other.errors)")
      #expect(
        try read("\(index)/current/manifest.json") == read("\(folder)/\(name)-1/current/manifest.json"), "\(name)")
    }
    // A query is its vector.
    let ours = try program.run(["search", folder + "/out", "bees", "--k", "3", "--json"])
    let theirs = try program.run(["search", folder + "/csr", "{\"bee\": 1}", "--k", "3", "--json"])
    #expect(ours.status == 0 && theirs.status == 0, "\(theirs.errors)")
    func ids(_ text: String) -> [String] {
      text.split(separator: "\n").map { String($0.split(separator: ",").first ?? "") }
    }
    #expect(ids(ours.output) == ids(theirs.output) && !ids(ours.output).isEmpty)
  }

  @Test func badRowsGoToQuarantineWithTheirPlace() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let lines = (0..<2000).map { "{\"id\":\"d\($0)\",\"vector\":{\"a\":\($0 % 9 + 1),\"t\($0)\":2}}" }
    let bad = "{\"id\":\"bad\",\"vector\":{\"a\":1e999}}"
    try (lines[..<1000] + [bad] + lines[1000...]).joined(separator: "\n").write(
      toFile: program.folder + "/v.jsonl", atomically: true, encoding: .utf8)
    let index = try run(
      program, "lines", "use: read.sparse, format: json-vectors, input: v.jsonl, chunk: 4KiB", Self.sparse)
    let quarantine = String(decoding: try read(index + "/current/quarantine.jsonl"), as: UTF8.self)
    #expect(quarantine.split(separator: "\n").count == 1)
    #expect(quarantine.contains("\"reason\":\"not-finite\"") && quarantine.contains("\"line\":1001"))
    #expect(quarantine.contains("\"offset\":\(lines[..<1000].joined(separator: "\n").utf8.count + 1)"))
  }

  @Test func aFileThatContradictsItselfIsBadData() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try Data([9, 8, 1, 16, 0x80, 0x80, 0x80, 0x80, 8, 24]).write(to: URL(fileURLWithPath: program.folder + "/x.ciff"))
    try """
    stages:
      vectors: {use: read.sparse, format: ciff, input: x.ciff}
      documents: {use: identify, from: vectors}
    \(Self.sparse)
    """.write(toFile: "\(program.folder)/p.yaml", atomically: true, encoding: .utf8)
    try "pipeline: p.yaml\noutput: o\n".write(
      toFile: "\(program.folder)/j.yaml", atomically: true, encoding: .utf8)
    let result = try program.run(["run", "\(program.folder)/j.yaml"])
    #expect(result.status == 65 && result.errors.contains("x.ciff"), "\(result.errors)")
  }
}
