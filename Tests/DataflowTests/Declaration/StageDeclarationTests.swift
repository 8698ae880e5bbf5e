import Dataflow
import Testing

@Suite struct StageDeclarationTests {
  private struct Expand: DefaultedParameters, Equatable {
    var terms = 200
  }

  private func pipeline(_ stages: KeyValuePairs<String, ConfigNode>) throws -> PipelineDeclaration {
    try PipelineDeclaration(.map(["stages": .map(stages)]))
  }

  private func failure(_ stages: KeyValuePairs<String, ConfigNode>) -> String? {
    do {
      _ = try pipeline(stages)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func stagesKeepTheOrderOfTheFile() throws {
    let read = try pipeline(["z": .map(["use": .plain("read")]), "a": .map(["use": .plain("tokenize")])])
    #expect(read.stages.map(\.name) == ["z", "a"])
    #expect(read.stage("a")?.use.value == "tokenize")
  }

  @Test func commonKeysArePartedFromTheBody() throws {
    let stage = try #require(
      try pipeline([
        "s": .map([
          "use": .plain("expand"), "from": .plain("t"), "terms": .plain("5"), "checkpoint": .plain("true"),
          "concurrency": .plain("2"), "retries": .plain("0"),
        ])
      ]).stage("s"))
    #expect(stage.checkpoint == true && stage.concurrency == 2 && stage.retries == 0)
    #expect(stage.body.keys == ["from", "terms"])
    #expect(try stage.parameters(Expand.self, ports: ["from"]) == Expand(terms: 5))
    #expect(throws: ConfigError.self) { try stage.parameters(Expand.self) }
  }

  @Test func misspeltCommonKeysAreFoundWithTheParameters() throws {
    let stage = try pipeline(["s": .map(["use": .plain("expand"), "chekpoint": .plain("true")])]).stages[0]
    #expect {
      try stage.parameters(Expand.self)
    } throws: {
      "\($0)" == "t.yaml:2:1: unknown key `chekpoint` in stage `s`, did you mean `checkpoint`?"
    }
  }

  @Test func stagesThatAreNoneAreRefused() {
    #expect(
      failure([:])
        == "t.yaml:1:10: `stages` must be a mapping of at least one stage, write `name: {use: NAME, ...}` below it")
    #expect(
      failure(["s": .plain("read")])
        == "t.yaml:1:10: stage `s` must be a mapping, not the text \"read\", write {use: NAME, ...}")
    #expect(failure(["a.b": .map([:])])?.contains("cannot name a stage") == true)
    #expect(
      failure(["s": .map(["from": .plain("x")])])
        == "t.yaml:1:1: stage `s` does not say which stage to run, add `use: NAME`")
    #expect(
      failure(["s": .map(["ues": .plain("x")])]) == "t.yaml:1:1: unknown key `ues` in stage `s`, did you mean `use`?")
    #expect(
      failure(["s": .map(["use": .plain("x"), "concurrency": .plain("0")])])
        == "t.yaml:2:10: `concurrency` in stage `s` must be at least 1")
  }
}
