import Codecs
import Dataflow
import Kernels

/// Adds `by`, and what the file `table` says, to each number; multiples of `reject` go to quarantine.
protocol ToyAdding: MapStage where Parameters == ToyAddParameters {
  var probe: ToyProbe { get }
  var offset: UInt32 { get }
}

struct ToyAddParameters: DefaultedParameters {
  var by: UInt32 = 0
  var reject: UInt32 = 0
  var table: ResourcePath?
}

extension ToyAdding {
  static var name: String { "toy.add" }
  static var summary: String { "adds" }
  static var ports: [Port] { [.stream("from", Toy.numbers)] }
  static var output: StageOutput { .stream(Toy.numbers) }

  var resources: [String: Fingerprint] {
    guard let table = parameters.table, let seal = try? FileSeal.measure(table.path) else { return [:] }
    return ["table": seal.fingerprint]
  }

  func map(_ inputs: StageInputs) throws -> Batch {
    let batch = inputs.stream()
    return try probe.call("add.\(parameters.by)", Toy.key(batch)) {
      var kept: [UInt32] = []
      var rejected: [Rejection] = []
      for (row, value) in Toy.values(batch).enumerated() {
        if parameters.reject > 0 && value % parameters.reject == 0 {
          rejected.append(Rejection(reason: "multiple", detail: "", id: "\(value)", offset: row, line: row))
        } else {
          kept.append(value &+ parameters.by &+ offset)
        }
      }
      return Toy.batch(kept, key: Toy.key(batch), rejected: rejected)
    }
  }
}

struct ToyAdd: ToyAdding {
  static let version = 1
  let parameters: ToyAddParameters
  let probe: ToyProbe
  let offset: UInt32

  init(parameters: ToyAddParameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    probe = ToyProbe.at(environment.indexDirectory)
    offset = try parameters.table.map { UInt32(try PositionalFile($0.path).length) } ?? 0
  }
}

/// `toy.add` after its author changed it.
struct ToyAddNext: ToyAdding {
  static let version = 2
  let parameters: ToyAddParameters
  let probe: ToyProbe
  let offset: UInt32 = 1000

  init(parameters: ToyAddParameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    probe = ToyProbe.at(environment.indexDirectory)
  }
}

/// `toy.add` where the instructions of a processor count.
struct ToyAddOn<Processor: ToyProcessor>: ToyAdding {
  static var version: Int { 1 }
  let parameters: ToyAddParameters
  let probe: ToyProbe
  let offset: UInt32 = 0
  let instructions: String? = Processor.instructions

  init(parameters: ToyAddParameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    probe = ToyProbe.at(environment.indexDirectory)
  }
}

protocol ToyProcessor: Sendable { static var instructions: String { get } }
enum ToyNarrow: ToyProcessor { static let instructions = "narrow" }
enum ToyWide: ToyProcessor { static let instructions = "wide" }

struct NoParameters: DefaultedParameters {}

/// Subtracts the `right` numbers from the `left` ones.
struct ToySubtract: MapStage {
  static let name = "toy.subtract"
  static let version = 1
  static let summary = "joins two streams"
  static let ports: [Port] = [.stream("left", Toy.numbers), .stream("right", Toy.numbers)]
  static let output = StageOutput.stream(Toy.numbers)
  let parameters: NoParameters
  let probe: ToyProbe

  init(parameters: NoParameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    probe = ToyProbe.at(environment.indexDirectory)
  }

  func map(_ inputs: StageInputs) throws -> Batch {
    let left = inputs.stream("left")
    return try probe.call(Self.name, Toy.key(left)) {
      Toy.batch(zip(Toy.values(left), Toy.values(inputs.stream("right"))).map { $0 &- $1 }, key: Toy.key(left))
    }
  }
}

/// Numbers as words; a type that nothing else takes.
struct ToySpell: MapStage {
  static let name = "toy.spell"
  static let version = 1
  static let summary = "spells"
  static let ports: [Port] = [.stream("from", Toy.numbers)]
  static let output = StageOutput.stream(Toy.words)
  let parameters: NoParameters

  init(parameters: NoParameters, environment: StageEnvironment) throws { self.parameters = parameters }

  func map(_ inputs: StageInputs) throws -> Batch {
    let words = Toy.values(inputs.stream()).map { Array("\($0)".utf8) }
    return Batch(Toy.words, rows: words.count, columns: [.strings(ByteStrings(words))])
  }
}

/// Multiplies by the sum of the collection: the second pass. Checkpointed unless the pipeline says otherwise.
struct ToyScale: MapStage {
  static let name = "toy.scale"
  static let version = 1
  static let summary = "multiplies by an artifact"
  static let ports: [Port] = [.stream("from", Toy.numbers), .artifact("sum", "sum")]
  static let output = StageOutput.stream(Toy.numbers)
  static let checkpointsByDefault = true
  let parameters: NoParameters
  let probe: ToyProbe

  init(parameters: NoParameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    probe = ToyProbe.at(environment.indexDirectory)
  }

  func map(_ inputs: StageInputs) throws -> Batch {
    let batch = inputs.stream()
    return try probe.call(Self.name, Toy.key(batch)) {
      let sum = try inputs.artifact("sum", as: ToySum.self)?.value ?? 0
      return Toy.batch(Toy.values(batch).map { $0 &* sum }, key: Toy.key(batch))
    }
  }
}
