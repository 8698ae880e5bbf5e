import Dataflow
import Foundation
import Jobs
import Testing

@Suite struct JobTests {
  private func load(
    _ job: String, pipeline: String, overrides: [String] = [], environment: [String: String] = [:]
  ) throws -> (job: Job, folder: Folder) {
    let folder = try Folder()
    try folder.write("jobs/p.yaml", pipeline)
    let path = try folder.write("jobs/j.yaml", job)
    return (try Job.load(path: path, overrides: overrides, environment: environment), folder)
  }

  private static let toy = "stages:\n  s: {use: x, value: $v}\n"

  /// What `v` binds in `parameters` becomes in the stage.
  private func bound<T: Decodable>(_ type: T.Type, _ text: String, environment: [String: String] = [:]) throws -> T? {
    let job = "pipeline: p.yaml\noutput: o\nparameters: {v: \(text)}\n"
    return try load(job, pipeline: Self.toy, environment: environment).job.pipeline.stages[0].parameters(
      [String: T].self)["value"]
  }

  @Test func theExampleOfTheDesignLoads() throws {
    let folder = try Folder()
    let job = try Job.load(path: Example.write(in: folder), environment: [:])
    #expect(job.name == "msmarco")
    #expect(job.pipeline.stages.map(\.name).prefix(3) == ["passages", "tokens", "expanded"])
    #expect(job.output == "\(folder.path)/out/msmarco" && job.work == "\(folder.path)/out/msmarco/work")
    #expect(job.file.budget.workers == .auto && job.file.budget.memory == .gibibytes(1))
    #expect(job.file.limits.quarantine == Fraction(0.001))
    #expect(job.file.evaluate?.measures.map(\.value) == ["nDCG@10", "RR@10", "R@1000"])
    #expect(job.file.evaluate?.queries.path == "\(folder.path)/data/sample/queries.tsv")
    #expect(job.file.evaluate?.k == 1000)
    #expect(job.file.schedule?.value == "30 3 * * *" && job.file.keep == 2)
    let input = job.pipeline.stage("passages")?.body["input"].flatMap(ResourcePath.init)
    #expect(input?.path == "\(folder.path)/data/sample/collection.tsv")
    #expect("\(try #require(input).location)" == "\(folder.path)/jobs/msmarco.yaml:3:22")
  }

  @Test(arguments: [
    ("a/n.v1.yaml", "n.v1"), ("n.yml", "n"), ("a.b/n", "n"), ("x.YAML", "x"), (".yaml", ".yaml"),
    ("n.yaml.bak", "n.yaml.bak"),
  ]) func aJobsNameEndsBeforeYAML(_ row: (String, String)) throws {
    let folder = try Folder()
    try folder.write("p.yaml", "stages: {a: {use: b}}")
    let path = try folder.write(row.0, "pipeline: \(folder.path)/p.yaml\noutput: o\n")
    #expect(try Job.load(path: path, environment: [:]).name == row.1)
  }

  /// What a scheduler must be told: what was read, and nothing else.
  @Test func aJobKnowsWhichVariablesItRead() throws {
    let job = "pipeline: p.yaml\noutput: \"${OUT:-o}\"\nparameters: {v: \"${V}${V}\"}\nkeep: 2\n"
    let pipeline = "stages:\n  s: {use: x, value: $v, note: \"${P} $${NOT}\", other: \"${EMPTY:-e}\"}\n"
    let environment = ["V": "1", "P": "2", "EMPTY": "", "NOT": "3", "K": "5", "HOME": "/h"]
    let read = try load(job, pipeline: pipeline, overrides: ["keep=${K}"], environment: environment).job
    #expect(read.variables == ["V": "1", "P": "2", "EMPTY": "", "K": "5"])
    #expect(read.file.keep == 5 && read.output.hasSuffix("/o"))
  }

  @Test func theEnvironmentMovesTheCollection() throws {
    let folder = try Folder()
    let job = try Job.load(path: Example.write(in: folder), environment: ["MSMARCO": "/data/msmarco"])
    #expect(job.file.evaluate?.qrels.path == "/data/msmarco/qrels.trec")
    #expect(job.file.inputs["collection"]?.scalar?.text == "/data/msmarco/collection.tsv")
  }

  @Test func aJobNeedsLittle() throws {
    let job = try load("pipeline: p.yaml\noutput: o\n", pipeline: "stages: {a: {use: b}}").job
    #expect(job.file.keep == 2 && job.file.evaluate == nil && job.file.schedule == nil)
    #expect(job.file.limits.record == .mebibytes(16))
    let empty = try load("pipeline: p.yaml\noutput: o\nbudget:\nlimits: ~\n", pipeline: "stages: {a: {use: b}}").job
    #expect(empty.file.budget.memory == .gibibytes(1))
  }

  @Test func everyKeyOfAJobIsRead() throws {
    let job = try load(
      """
      pipeline: p.yaml
      output: o
      work: /var/tmp/w
      budget: {workers: 3, memory: 512MiB}
      limits: {quarantine: 2%, record: 1MiB}
      evaluate: {queries: q, qrels: r, k: 10, mode: sparse, fail-below: {nDCG@10: 0.3, AP: 0}}
      keep: 5
      """, pipeline: "stages: {a: {use: b}}"
    ).job
    #expect(job.work == "/var/tmp/w")
    #expect(job.file.budget.workers == .count(3) && job.file.budget.memory == .mebibytes(512))
    #expect(job.file.limits.quarantine == Fraction(0.02) && job.file.limits.record == .mebibytes(1))
    let evaluate = try #require(job.file.evaluate)
    #expect(evaluate.k == 10 && evaluate.mode?.value == "sparse" && evaluate.measures.count == 4)
    #expect(evaluate.failBelow.map(\.measure.value) == ["nDCG@10", "AP"])
    #expect(evaluate.failBelow.map(\.atLeast) == [0.3, 0])
    #expect(job.file.keep == 5)
  }

  @Test func boundValuesKeepTheirTypeAndTheirPlace() throws {
    #expect(try bound(Int.self, "5") == 5)
    #expect(try bound(String.self, "\"5\"") == "5")
    #expect(try bound([Int].self, "[1, 2]") == [1, 2])
    #expect(try bound([String: Bool].self, "{a: true}") == ["a": true])
    #expect(throws: ConfigError.self) { try bound(Int.self, "\"5\"") }
    #expect {
      try bound(Int.self, "five")
    } throws: {
      "\($0)".hasSuffix("jobs/j.yaml:3:17: `value` in stage `s` must be a whole number, not the text \"five\"")
    }
  }

  @Test func theEnvironmentIsReadWithAllItsForms() throws {
    let environment = ["N": "7", "EMPTY": "", "T": "text", "R": "$v", "B": "${N}"]
    func text(_ written: String) throws -> String? { try bound(String.self, written, environment: environment) }
    #expect(try text("\"${T}\"") == "text")
    #expect(try text("\"a${T}b${N}c\"") == "atextb7c")
    #expect(try text("\"${NONE:-default}\"") == "default")
    #expect(try text("\"x${NONE:-}\"") == "x")
    #expect(try text("\"${EMPTY:-default}\"") == "default")
    #expect(try text("\"x${EMPTY}\"") == "x")
    #expect(try text("\"${T:?message}\"") == "text")
    #expect(try text("\"$${T}\"") == "${T}")
    #expect(try text("\"$$T\"") == "$T")
    #expect(try text("\"5$ a$b $\"") == "5$ a$b $")
    #expect(try text("\"${NONE:-a:-b:?c}\"") == "a:-b:?c")
    // What comes from the environment is not read again.
    #expect(try text("\"${R}\"") == "$v")
    #expect(try text("\"${B}\"") == "${N}")
    #expect(throws: ConfigError.self) { try text("\"${EMPTY:?message}\"") }
  }

  @Test func aWholeVariableHasTheTypeThatIsAskedFor() throws {
    let environment = ["N": "7", "T": "true", "L": "[1, 2]", "NL": "1\nkeep: 5"]
    #expect(try bound(Int.self, "\"${N}\"", environment: environment) == 7)
    #expect(try bound(String.self, "\"${N}\"", environment: environment) == "7")
    #expect(try bound(Bool.self, "'${T}'", environment: environment) == true)
    #expect(try bound(Int.self, "\"${X:-12}\"", environment: environment) == 12)
    // No value changes the structure of a file.
    #expect(throws: ConfigError.self) { try bound([Int].self, "\"${L}\"", environment: environment) }
    #expect(try bound(String.self, "\"${NL}\"", environment: environment) == "1\nkeep: 5")
    #expect(throws: ConfigError.self) { try bound(Int.self, "\"1${N}\"", environment: environment) }
  }

  @Test func keysAreNotInterpolated() throws {
    let job = "pipeline: p.yaml\noutput: o\nparameters: {v: {\"${N}\": 1}}\n"
    let read = try load(job, pipeline: Self.toy, environment: ["N": "x"]).job
    #expect(read.pipeline.stages[0].body["value"]?.keys == ["${N}"])
  }

  @Test func overridesReachEveryValue() throws {
    let job = "pipeline: p.yaml\noutput: o\nparameters: {v: 1}\ninputs: {c: c.tsv}\nlimits: {record: 1MiB}\n"
    let pipeline = "stages:\n  s: {use: x, value: $v, terms: 5, input: $c}\n"
    func overridden(_ overrides: String...) throws -> Job {
      try load(job, pipeline: pipeline, overrides: overrides).job
    }
    func stage(_ job: Job, _ key: String) -> ConfigNode? { job.pipeline.stage("s")?.body[key] }
    #expect(stage(try overridden("stages.s.terms=7"), "terms")?.scalar?.resolved == .integer(7))
    #expect(stage(try overridden("stages.s.terms=7", "stages.s.terms=8"), "terms")?.scalar?.resolved == .integer(8))
    #expect(stage(try overridden("stages.s.a.b=7"), "a")?["b"]?.scalar?.resolved == .integer(7))
    #expect(stage(try overridden("parameters.v=[1, {a: b}]"), "value")?.sequence?.count == 2)
    #expect(stage(try overridden("stages.s.terms=$v"), "terms")?.scalar?.resolved == .integer(1))
    #expect(try overridden("budget.memory=2GiB").file.budget.memory == .gibibytes(2))
    #expect(try overridden("limits.quarantine=1%").file.limits.record == .mebibytes(1))
    #expect(
      try overridden("evaluate.queries=q", "evaluate.qrels=r", "evaluate.fail-below.AP=.5").file.evaluate?.failBelow
        .count == 1)
    #expect(try overridden("schedule=0 4 * * *").file.schedule?.value == "0 4 * * *")
    #expect(try overridden("stages.s.use=y").pipeline.stages[0].use.value == "y")
    #expect(try overridden("stages.s.checkpoint=true").pipeline.stages[0].checkpoint == true)
  }

  @Test func pathsOfTheCommandLineStartAtTheWorkingDirectory() throws {
    let job = "pipeline: p.yaml\noutput: o\ninputs: {v: c.tsv}\n"
    let (read, folder) = try load(job, pipeline: Self.toy)
    #expect(read.output == "\(folder.path)/jobs/o")
    #expect(read.pipeline.stages[0].body["value"].flatMap(ResourcePath.init)?.path == "\(folder.path)/jobs/c.tsv")
    let set = try Job.load(path: read.path, overrides: ["inputs.v=[a.tsv, ../b.tsv]", "output=x"], environment: [:])
    #expect(set.output == "x" && set.work == "x/work")
    let paths = try set.pipeline.stages[0].parameters([String: ResourcePaths].self)["value"]?.paths.map(\.path)
    #expect(paths == ["a.tsv", "../b.tsv"])
    let option = try Job.load(path: read.path, overrides: ["output=x"], output: "5", environment: [:])
    #expect(option.output == "5")
  }

  @Test func pathsInAPipelineStartAtThePipeline() throws {
    let folder = try Folder()
    try folder.write("pipelines/p.yaml", "stages: {s: {use: x, model: ../models/m}}")
    let path = try folder.write("jobs/j.yaml", "pipeline: ../pipelines/p.yaml\noutput: o\n")
    let job = try Job.load(path: path, environment: [:])
    #expect(
      try job.pipeline.stages[0].parameters([String: ResourcePath].self)["model"]?.path == "\(folder.path)/models/m")
  }

  @Test func aFolderThatIsALinkIsFollowed() throws {
    let folder = try Folder()
    try folder.write("real/jobs/p.yaml", "stages: {s: {use: x}}")
    try folder.write("real/jobs/j.yaml", "pipeline: ../jobs/p.yaml\noutput: ../o\n")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/link", withDestinationPath: "\(folder.path)/real/jobs")
    let job = try Job.load(path: "\(folder.path)/link/j.yaml", environment: [:])
    #expect(job.output == "\(folder.path)/link/../o")
  }

  @Test func quotedTextsAreTexts() throws {
    let node = try YAMLReader(file: "x").read(Array("a: \"true\"\nb: '5'\nc: |\n  5\nd: yes\ne: 0o17\nf: 1_000\n".utf8))
    let meanings = node?.mapping?.map { $0.value.scalar?.resolved }
    #expect(meanings == [.text("true"), .text("5"), .text("5\n"), .text("yes"), .integer(15), .text("1_000")])
  }

  @Test func columnsCountCharacters() throws {
    let node = try YAMLReader(file: "x").read(Array("\u{FEFF}é𝄞: {日本: x}\n".utf8))
    #expect("\(try #require(node?["é𝄞"]?["日本"]).location)" == "x:1:10")
  }
}
