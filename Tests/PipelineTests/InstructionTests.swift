import Dataflow
import Foundation
import Kernels
import Stages
import Testing

/// A job that goes from one kind of processor to another: the environment forces the instructions of each.
@Suite struct InstructionTests {
  private static let models = PipelineProgram.root + "/data/models"
  private static let tiny = PipelineProgram.root + "/Tests/EncodersTests/Golden/tiny"
  /// Every processor has the first, and those that matter have another.
  private static let sets = InstructionSet.supported.map(\.name)

  /// Like the job of TILDEv2 with dense vectors, and every stage's chunks are written.
  private static let stages = """
    stages:
      passages: {use: read, format: msmarco-tsv, input: $collection, chunk: 16KiB, checkpoint: true}
      tokens: {use: tokenize, from: passages, model: \(models)/tilde-tiny, checkpoint: true}
      expanded: {use: expand.tilde, from: tokens, model: \(models)/tilde-tiny, terms: 20}
      weights: {use: encode.tildev2, from: expanded, model: \(models)/tildev2-tiny, precision: int8}
      impacts: {use: quantize.impacts, from: weights, maximum: 5, bits: 8, checkpoint: true}
      vectors: {use: encode.dense, from: passages, model: \(models)/dense-tiny}
      quantizer: {use: fit.pq, from: vectors, parts: 4, bits: 4}
      index: {use: shard, sparse: impacts, dense: vectors, vectors: f32, quantizer: quantizer, documents: passages}
    """

  private struct Planned: Decodable {
    struct Stage: Decodable {
      let name: String
      let running: Int
      let reused: Int
      let reason: String?
    }
    let stages: [Stage]
    let upToDate: Bool
  }

  private func program(_ stages: String = Self.stages) throws -> PipelineProgram {
    let program = try PipelineProgram()
    try stages.write(toFile: program.folder + "/pipeline.yaml", atomically: true, encoding: .utf8)
    return program
  }

  private func run(_ program: PipelineProgram, _ set: String, _ more: String...) throws {
    let run = try program.run(["run", program.job] + more, environment: [InstructionSet.variable: set])
    #expect(run.status == 0, "\(run.errors)")
  }

  private func plan(_ program: PipelineProgram, _ set: String) throws -> Planned {
    let plan = try program.run(
      ["plan", program.job, "--json", "--no-forecast"], environment: [InstructionSet.variable: set])
    #expect(plan.status == 0, "\(plan.errors)")
    return try JSONDecoder().decode(Planned.self, from: Data(plan.output.utf8))
  }

  /// The names and bytes of what is finished.
  private func chunks(_ program: PipelineProgram, _ output: String = "out") throws -> [String: Data] {
    try PipelineProgram.files(below: program.folder + "/\(output)/work/chunks")
  }

  @Test(.enabled(if: sets.count > 1)) func anotherProcessorEncodesAgainAndPublishesTheBytesOfAFullBuildThere() throws {
    let program = try program()
    defer { program.remove() }
    let (first, last) = (Self.sets[0], Self.sets[Self.sets.count - 1])
    try run(program, first)
    let before = try chunks(program)
    let vectors = try program.index()["shard-0000/vectors.f32"]
    #expect(try plan(program, first).upToDate)
    let planned = try plan(program, last)
    for stage in planned.stages {
      switch stage.name {
      case "passages", "tokens": #expect(stage.running == 0, "\(stage)")
      case "expanded", "weights", "vectors":
        #expect(stage.reused == 0 && stage.running > 2, "\(stage)")
        #expect(stage.reason?.contains("made on a processor with \(first)") == true, "\(stage)")
        #expect(stage.reason?.contains("this one computes with avx") == true, "\(stage)")
      // Nothing of theirs depends on the processor but what they are made of.
      default: #expect(stage.reason?.hasPrefix("input changed: ") == true, "\(stage)")
      }
    }
    try run(program, last)
    try run(program, last, "--output", program.folder + "/full")
    #expect(try program.index() == program.index("full"))
    #expect(try vectors != nil && program.index()["shard-0000/vectors.f32"] != vectors, "nothing could be mixed")
    let full = try chunks(program, "full")
    for (name, content) in try chunks(program) { #expect((full[name] ?? before[name]) == content) }
    // What both have is read and cut; what is encoded has other names.
    try run(program, last, "--until", "tokens", "--output", program.folder + "/cut")
    #expect(Set(full.keys).intersection(before.keys) == Set(try chunks(program, "cut").keys))
    // The chunks of the first are still there.
    try run(program, first)
    #expect(Set(try chunks(program).keys) == Set(before.keys).union(full.keys))
  }

  /// A run that ends midway on one processor and goes on on another.
  @Test(.enabled(if: sets.count > 1)) func aResumedRunMixesNothing() throws {
    let program = try program()
    defer { program.remove() }
    let (first, last) = (Self.sets[0], Self.sets[Self.sets.count - 1])
    try run(program, first, "--until", "weights")
    try run(program, last)
    try run(program, last, "--output", program.folder + "/full")
    #expect(try program.index() == program.index("full"))
  }

  @Test func theSameProcessorTakesEverythingOver() throws {
    let program = try program()
    defer { program.remove() }
    for set in [Self.sets[0], Self.sets[Self.sets.count - 1]] {
      try run(program, set)
      let made = try chunks(program)
      #expect(try plan(program, set).upToDate)
      try run(program, set)
      #expect(try chunks(program) == made)
    }
  }

  /// `fp32` is the same with all instructions of 512 bits.
  @Test(.enabled(if: Set(sets).isSuperset(of: ["avx512", "avx512vnni"])))
  func whatAPrecisionDoesNotUseCountsForNothing() throws {
    let program = try program()
    defer { program.remove() }
    try run(program, "avx512")
    let planned = try plan(program, "avx512vnni")
    for stage in planned.stages where ["expanded", "vectors", "quantizer"].contains(stage.name) {
      #expect(stage.running == 0, "\(stage)")
    }
    #expect(planned.stages.first { $0.name == "weights" }?.running ?? 0 > 0)
    #expect(planned.stages.first { $0.name == "weights" }?.reason?.contains("with avx512,") == true)
  }

  /// None forgets them: all stages of the registry that take a precision are here.
  @Test(.enabled(if: sets.count > 1)) func everyStageWithAModelNamesTheProcessor() throws {
    let stages = [
      "expand.tilde": "from: tokens, terms: 5", "encode.tildev2": "from: tokens", "encode.unicoil": "from: tokens",
      "encode.splade": "from: tokens", "encode.sparse": "from: tokens, passages: {encoder: mlp, length: 40}",
      "encode.deepimpact": "from: passages", "encode.colbert": "from: passages", "encode.dense": "from: passages",
    ]
    let withModel = try StageRegistry.all.filter {
      guard case .mapping(let members) = try $0.parameters() else { return false }
      return members.contains { $0.key == "precision" }
    }
    #expect(Set(withModel.map(\.name)) == Set(stages.keys))
    var text = "stages:\n  passages: {use: read, format: msmarco-tsv, input: $collection}\n"
    text += "  tokens: {use: tokenize, from: passages, model: \(Self.tiny)}\n"
    for (use, more) in stages.sorted(by: { $0.key < $1.key }) {
      let length = use == "encode.sparse" ? "queries: {encoder: binary}" : "length: 40"
      text += "  \(use.split(separator: ".")[1]): {use: \(use), model: \(Self.tiny), \(length), \(more)}\n"
    }
    text += "  bag: {use: encode.sparse, model: \(Self.tiny), from: tokens, passages: {encoder: binary}"
    text += ", queries: {encoder: binary}}\n"
    let program = try program(text)
    defer { program.remove() }
    try run(program, Self.sets[0])
    for stage in try plan(program, Self.sets[Self.sets.count - 1]).stages {
      let isEncoder = stages.keys.contains { $0.hasSuffix("." + stage.name) }
      #expect(stage.reason?.contains("made on a processor with") == (isEncoder ? true : nil), "\(stage)")
    }
  }

  @Test func instructionsThatThereAreNotAreRefused() throws {
    let program = try program()
    defer { program.remove() }
    let run = try program.run(["run", program.job], environment: [InstructionSet.variable: "sse9"])
    #expect(run.status == 64 && run.errors.contains("sse9 is not one of"), "\(run.errors)")
    #expect(run.errors.contains(Self.sets[Self.sets.count - 1]))
  }

  @Test func aChildProcessAnswersForItsOwnNumbers() throws {
    let worker = URL(fileURLWithPath: PipelineProgram.path).deletingLastPathComponent()
      .appendingPathComponent("example-worker").path
    let program = try program(
      """
      stages:
        passages: {use: read, format: msmarco-tsv, input: $collection}
        vectors:
          use: encode.dense
          from: passages
          backend: {command: ["\(worker)", dense, "--dimension", "16"], identity: example-1}
      """)
    defer { program.remove() }
    try run(program, Self.sets[0], "--until", "vectors")
    let made = try chunks(program)
    try run(program, Self.sets[Self.sets.count - 1], "--until", "vectors")
    #expect(try chunks(program) == made && !made.isEmpty)
  }
}
