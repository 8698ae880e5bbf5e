import Codecs
import Dataflow
import Kernels

enum Toy {
  /// `key`: the chunk's first number as it was read, by which tests tell chunks apart.
  static let numbers = RecordType("numbers", columns: ["values", "key"])
  static let words = RecordType("words", columns: ["words"])

  static func batch(_ values: [UInt32], key: UInt32, rejected: [Rejection] = []) -> Batch {
    Batch(
      numbers, rows: values.count, columns: [.integers(values), .integers([key])], tokens: values.count,
      rejected: rejected)
  }

  static func values(_ batch: Batch) -> [UInt32] { integers(batch, 0) }
  static func key(_ batch: Batch) -> UInt32 { integers(batch, 1).first ?? 0 }

  private static func integers(_ batch: Batch, _ column: Int) -> [UInt32] {
    if case .integers(let values) = batch.columns[column] { values } else { [] }
  }
}

/// Reads numbers, one a line; other lines are rejected. A chunk is `lines` lines of one file.
struct ToyRead: SourceStage {
  struct Parameters: DefaultedParameters {
    var input = ResourcePaths(paths: [])
    var lines = 4
    var lane = false
  }

  static let name = "toy.read"
  static let version = 1
  static let summary = "numbers from text files"
  static let ports: [Port] = []
  static let output = StageOutput.stream(Toy.numbers)

  let parameters: Parameters
  let probe: ToyProbe

  init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    probe = ToyProbe.at(environment.indexDirectory)
  }

  func stateSign() throws -> Fingerprint {
    var hasher = FingerprintHasher()
    for path in parameters.input.paths {
      let status = try FileSystem.status(path.path)
      hasher.field("\(path.path) \(status?.size ?? -1) \(status?.modified ?? 0) \(status?.inode ?? 0)")
    }
    return hasher.finalize()
  }

  func splits() throws -> [SourceSplit] {
    try parameters.input.paths.flatMap { path -> [SourceSplit] in
      let text = try PositionalFile(path.path).read(at: 0, count: 1 << 30)
      let lines = text.split(separator: 10, omittingEmptySubsequences: true)
      return stride(from: 0, to: lines.count, by: parameters.lines).map { first in
        let part = lines[first..<min(first + parameters.lines, lines.count)]
        let range = part.first!.startIndex..<min(part.last!.endIndex + 1, text.count)
        let file = FileSystem.lastComponent(of: path.path)
        return SourceSplit(
          file: file, offset: range.lowerBound, length: range.count, firstLine: first + 1,
          fingerprint: .of(text[range]), lane: parameters.lane ? file : nil, locator: path.path)
      }
    }
  }

  func read(_ split: SourceSplit) throws -> [UInt8] {
    try probe.call("read", UInt32(split.offset)) {
      try PositionalFile(split.locator).readExactly(at: split.offset, count: split.length)
    }
  }

  func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> Batch {
    var values: [UInt32] = []
    var rejected: [Rejection] = []
    for (line, text) in bytes.split(separator: 10).enumerated() {
      let text = String(decoding: text, as: UTF8.self)
      if let value = UInt32(text) {
        values.append(value)
      } else {
        rejected.append(Rejection(reason: "number", detail: text, id: text, offset: line, line: line))
      }
    }
    let key = values.first ?? 0
    probe.open(key)
    return try probe.call(Self.name, key) { Toy.batch(values, key: key, rejected: rejected) }
  }
}
