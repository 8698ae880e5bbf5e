import Codecs
import Dataflow
import Kernels

/// The sum of a collection, on disk.
struct ToySum: Artifact {
  static let kind = FileKind("toy sum")
  let value: UInt32

  init(path: String) throws {
    value = try Envelope(path: path, kind: Self.kind, access: .positional)
      .verifiedSection("sum").load(UInt32.self, at: 0)
  }

  static func write(_ value: UInt32, to path: String, attempt: Int) throws -> FileSeal {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(value)
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: attempt)
    try writer.section("sum", bytes)
    return try writer.commit()
  }
}

/// Adds up all numbers.
struct ToyFit: FitStage {
  static let name = "toy.sum"
  static let version = 1
  static let summary = "the sum of all numbers"
  static let ports: [Port] = [.stream("from", Toy.numbers)]
  static let output = StageOutput.artifact("sum")
  let parameters: NoParameters
  let probe: ToyProbe

  init(parameters: NoParameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    probe = ToyProbe.at(environment.indexDirectory)
  }

  func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let batch = inputs.stream()
    return try probe.call(Self.name, Toy.key(batch)) {
      defer { probe.close(Toy.key(batch)) }
      return try ToySum.write(Toy.values(batch).reduce(0, &+), to: path, attempt: attempt)
    }
  }

  func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    try probe.call("toy.sum.combine", 0) {
      let sum = try reduction.contributions.reduce(UInt32(0)) { $0 &+ (try ToySum(path: $1.path).value) }
      return try ToySum.write(sum, to: path, attempt: attempt)
    }
  }
}

/// Writes the numbers, dealt to `units` files, and what was rejected, into a folder named by the fingerprint.
struct ToyWrite: SinkStage {
  struct Parameters: DefaultedParameters {
    var units = 3
  }

  static let name = "toy.write"
  static let version = 1
  static let summary = "a folder of numbers"
  static let ports: [Port] = [.stream("from", Toy.numbers), .artifact("sum", "sum", required: false)]
  static let output = StageOutput.index
  let parameters: Parameters
  let directory: String
  let probe: ToyProbe

  init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    directory = environment.indexDirectory
    probe = ToyProbe.at(directory)
  }

  func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let batch = inputs.stream()
    return try probe.call(Self.name, Toy.key(batch)) {
      defer { probe.close(Toy.key(batch)) }
      return try BatchFile.write(batch, to: path, attempt: attempt)
    }
  }

  private func folder(_ fingerprint: Fingerprint) -> String { "\(directory)/\(fingerprint)" }

  func finished(_ fingerprint: Fingerprint) throws -> String? {
    FileSystem.exists(folder(fingerprint) + "/done") ? folder(fingerprint) : nil
  }

  func units(_ reduction: Reduction) throws -> [String] {
    try FileSystem.createDirectories(folder(reduction.fingerprint))
    return (0..<parameters.units).map { "unit-\($0)" }
  }

  func run(unit: String, _ reduction: Reduction) throws {
    try probe.call("toy.write.unit", UInt32(unit.dropFirst(5)) ?? 0) {
      var text = "\(try reduction.artifact("sum", as: ToySum.self)?.value ?? 0)\n"
      for contribution in reduction.contributions {
        let values = Toy.values(try BatchFile.read(contribution.path))
        for value in values where "unit-\(Int(value) % parameters.units)" == unit { text += "\(value)\n" }
      }
      try FileAppender(creating: folder(reduction.fingerprint) + "/" + unit).write(Array(text.utf8))
    }
  }

  func finish(_ reduction: Reduction) throws -> String {
    try probe.call("toy.write.finish", 0) {
      let rejected = reduction.contributions.flatMap { contribution in
        contribution.rejected.map {
          "\(contribution.split.file) \(contribution.split.firstLine + $0.line) \($0.stage) \($0.reason) \($0.id)\n"
        }
      }
      let folder = folder(reduction.fingerprint)
      try FileAppender(creating: folder + "/quarantine").write(Array(rejected.joined().utf8))
      try FileAppender(creating: folder + "/done").write(Array("rows\n".utf8))
      return folder
    }
  }
}
