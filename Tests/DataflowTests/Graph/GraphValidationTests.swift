import Dataflow
import Testing

@Suite struct GraphValidationTests {
  /// The one line that a wrong pipeline gives.
  func message(_ pipeline: String) throws -> String {
    let error = #expect(throws: ConfigError.self) { try ToyJob().graph(pipeline) }
    #expect(error?.exitCode.rawValue == 78)
    return error.map { "\($0)" } ?? ""
  }

  @Test func anUnknownStageIsSuggested() throws {
    let text = try message(
      """
      numbers: {use: toy.read, input: DIR/a.txt}
      more: {use: toy.ad, from: numbers}
      """)
    #expect(text == "toy.yaml:2:13: unknown stage `toy.ad`, did you mean `toy.add`?")
  }

  @Test func anUnknownStageNearNothingListsAll() throws {
    let text = try message("numbers: {use: zzzzzzzzzzzz}")
    #expect(text.hasPrefix("toy.yaml:1:16: unknown stage `zzzzzzzzzzzz`, there are `toy.read`, `toy.add`, "))
  }

  @Test func anUnknownInputIsSuggested() throws {
    let text = try message(
      """
      numbers: {use: toy.read, input: DIR/a.txt}
      more: {use: toy.add, from: nubmers}
      """)
    #expect(
      text == "toy.yaml:2:28: `from` of stage `more` names no stage: `nubmers`, did you mean `numbers`?")
  }

  @Test func aMissingInputSaysWhatIsWanted() throws {
    let text = try message("more: {use: toy.add, by: 1}")
    #expect(text == "toy.yaml:1:1: stage `more` has no input `from`, add `from`: a stage that gives numbers")
  }

  @Test func aMissingArtifactSaysWhatIsWanted() throws {
    let text = try message(
      """
      numbers: {use: toy.read, input: DIR/a.txt}
      scaled: {use: toy.scale, from: numbers}
      """)
    #expect(text == "toy.yaml:2:1: stage `scaled` has no input `sum`, add `sum`: a fit stage that gives sum")
  }

  @Test func anInputMustBeAName() throws {
    let text = try message("more: {use: toy.add, from: [a, b]}")
    #expect(text == "toy.yaml:1:28: `from` of stage `more` must name a stage")
  }

  @Test func aCycleIsShown() throws {
    let text = try message(
      """
      one: {use: toy.add, from: two}
      two: {use: toy.add, from: three}
      three: {use: toy.add, from: two}
      """)
    #expect(text == "toy.yaml:2:1: the stages form a cycle: `two` <- `three` <- `two`")
  }

  @Test func aStageCannotFeedItself() throws {
    #expect(try message("one: {use: toy.add, from: one}") == "toy.yaml:1:1: the stages form a cycle: `one` <- `one`")
  }

  @Test(arguments: [
    ("words", "words"), ("sum", "sum"), ("index", "an index"),
  ])
  func aWrongTypeIsNamed(input: String, gives: String) throws {
    let text = try message(
      """
      numbers: {use: toy.read, input: DIR/a.txt}
      words: {use: toy.spell, from: numbers}
      sum: {use: toy.sum, from: numbers}
      index: {use: toy.write, from: numbers}
      more: {use: toy.add, from: \(input)}
      """)
    #expect(
      text == "toy.yaml:5:28: `from` of stage `more` takes a stage that gives numbers, but `\(input)` gives \(gives)")
  }

  @Test func aStreamIsNoArtifact() throws {
    let text = try message(
      """
      numbers: {use: toy.read, input: DIR/a.txt}
      scaled: {use: toy.scale, from: numbers, sum: numbers}
      """)
    #expect(
      text == "toy.yaml:2:46: `sum` of stage `scaled` takes a fit stage that gives sum, but `numbers` gives numbers")
  }

  @Test func streamsOfOneStageBeginAtOneSource() throws {
    let text = try message(
      """
      here: {use: toy.read, input: DIR/a.txt}
      there: {use: toy.read, input: DIR/b.txt}
      both: {use: toy.subtract, left: here, right: there}
      """)
    #expect(
      text == """
        toy.yaml:3:1: the inputs of stage `both` come from different collections: `here` and `there`, \
        all inputs of one stage must begin at the same `read` stage
        """)
  }

  @Test func anArtifactMayComeFromAnotherSource() throws {
    let graph = try ToyJob().graph(
      """
      here: {use: toy.read, input: DIR/a.txt}
      there: {use: toy.read, input: DIR/b.txt}
      sum: {use: toy.sum, from: there}
      scaled: {use: toy.scale, from: here, sum: sum}
      """)
    #expect(graph.nodes.map(\.source) == [0, 1, 1, 0])
  }

  @Test func anUnknownParameterIsSuggested() throws {
    let text = try message("numbers: {use: toy.read, input: DIR/a.txt, linse: 3}")
    #expect(text.contains(": unknown key `linse` in stage `numbers`, did you mean `lines`?"))
    #expect(text.hasPrefix("toy.yaml:1:"))
  }

  @Test func nodesAreInTopologicalOrderAndKnowTheirPass() throws {
    let lines = ToyJob.pipeline.split(separator: "\n").reversed().joined(separator: "\n")
    for text in [ToyJob.pipeline, lines] {
      let graph = try ToyJob().graph(text)
      #expect(graph.nodes.map(\.name) == ["numbers", "fused", "kept", "sum", "scaled", "index"])
      #expect(graph.nodes.map(\.pass) == [0, 0, 0, 0, 1, 1])
      #expect(graph.nodes.map(\.isMaterialized) == [false, false, true, true, true, true])
    }
  }

  @Test func eachFitOnTheWayIsAPass() throws {
    let graph = try ToyJob().graph(
      """
      numbers: {use: toy.read, input: DIR/a.txt}
      one: {use: toy.sum, from: numbers}
      scaled: {use: toy.scale, from: numbers, sum: one}
      two: {use: toy.sum, from: scaled}
      index: {use: toy.write, from: numbers, sum: two}
      """)
    #expect(graph.nodes.map(\.pass) == [0, 0, 1, 1, 2])
  }
}
