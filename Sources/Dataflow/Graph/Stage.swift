package import Codecs
package import Kernels

/// Where a stage takes input: `from: tokens` in a pipeline file names the port `from`.
package struct Port: Sendable, Hashable {
  package enum Carries: Sendable, Hashable {
    /// Batches, chunk by chunk, of one of these record types.
    case stream([RecordType])
    /// What a `fit` stage found, as a whole; the name of its kind.
    case artifact(String)
  }

  package let name: String
  package let carries: Carries
  package let isRequired: Bool

  package static func stream(_ name: String = "from", _ types: RecordType..., required: Bool = true) -> Port {
    Port(name: name, carries: .stream(types), isRequired: required)
  }

  package static func artifact(_ name: String, _ kind: String, required: Bool = true) -> Port {
    Port(name: name, carries: .artifact(kind), isRequired: required)
  }
}

/// What leaves a stage.
package enum StageOutput: Sendable, Hashable {
  case stream(RecordType)
  case artifact(String)
  case index
}

/// What a stage promises about its bytes.
package enum Reproducibility: Sendable, Hashable {
  /// Identical bytes on every machine.
  case bitwise
  /// Identical on one kind of processor; across kinds, this absolute difference at most.
  case tolerance(Double)
}

/// A kind of stage: one file and one line in the registry. Instances are immutable and shared by all workers.
///
/// The bytes that a stage makes are a pure function of its name, `version`, `parameters`, `resources`, `instructions` and
/// its inputs: nothing else may be read, neither the clock, nor the environment, nor the number of workers.
package protocol Stage: Sendable {
  associatedtype Parameters: Codable & Sendable

  /// What `use:` says, and the disk.
  static var name: String { get }
  /// Raised whenever the same inputs would give other bytes.
  static var version: Int { get }
  /// One line for help.
  static var summary: String { get }
  static var ports: [Port] { get }
  static var output: StageOutput { get }
  static var reproducibility: Reproducibility { get }
  /// Whether its output is written to disk unless the pipeline file says otherwise.
  static var checkpointsByDefault: Bool { get }

  /// Checks the parameters and loads resources. Throws `ExitCoded` errors that name the resource.
  init(parameters: Parameters, environment: StageEnvironment) throws

  /// What decides the output, together with `resources`: paths are `ResourcePath`s, which do not count.
  var parameters: Parameters { get }
  /// Digests of models and other files, by the name of the parameter.
  var resources: [String: Fingerprint] { get }
  /// The instruction set of this processor, as far as it decides the output; `nil` where all processors give the same
  /// bytes, or where another program computes.
  var instructions: String? { get }
}

extension Stage {
  package static var reproducibility: Reproducibility { .bitwise }
  package static var checkpointsByDefault: Bool { false }
  package var resources: [String: Fingerprint] { [:] }
  package var instructions: String? { nil }
}

/// A stage with small files that whoever uses the result needs, such as a vocabulary.
package protocol AttachingStage: Stage {
  var attachments: [Attachment] { get }
}

/// A small file that goes into what a sink makes. Equal names mean equal bytes.
package struct Attachment: Sendable {
  /// Without folders.
  package let name: String
  /// Writes it by the commit protocol under a path.
  package let write: @Sendable (_ path: String) throws -> FileSeal

  package init(name: String, write: @escaping @Sendable (_ path: String) throws -> FileSeal) {
    self.name = name
    self.write = write
  }
}

/// What a stage may know of the job around it when it is made.
package struct StageEnvironment: Sendable {
  /// The folder where a sink puts its index.
  package let indexDirectory: String
  /// The stages before this one, in topological order: what a sink writes into the index's contract.
  package let lineage: [StageDescription]
  /// What stages before this one want to be kept with what a sink makes.
  package let attachments: [Attachment]
  /// Bytes above which a record goes to quarantine.
  package let recordLimit: Int
  /// The ports that something is connected to.
  package let connected: Set<String>

  package init(
    indexDirectory: String, lineage: [StageDescription] = [], attachments: [Attachment] = [],
    recordLimit: Int = 64 << 20, connected: Set<String> = []
  ) {
    self.connected = connected
    self.indexDirectory = indexDirectory
    self.lineage = lineage
    self.attachments = attachments
    self.recordLimit = recordLimit
  }
}

/// A part of the collection: what one chunk is read from.
package struct SourceSplit: Sendable, Codable, Hashable {
  /// The file as the quarantine file and messages name it; no part of the machine's folders.
  package let file: String
  /// Where it begins in the (uncompressed) file, bytes.
  package let offset: Int
  /// Bytes, uncompressed.
  package let length: Int
  /// The number of its first line, from 1.
  package let firstLine: Int
  /// SHA-256 of its bytes.
  package let fingerprint: Fingerprint
  /// Splits with the same lane are read one at a time, in order: parts of one compressed file.
  package let lane: String?
  /// What else the source needs to find it again.
  package let locator: String

  package init(
    file: String, offset: Int, length: Int, firstLine: Int, fingerprint: Fingerprint, lane: String?, locator: String
  ) {
    self.file = file
    self.offset = offset
    self.length = length
    self.firstLine = firstLine
    self.fingerprint = fingerprint
    self.lane = lane
    self.locator = locator
  }
}

/// Where a record lies in its file.
package struct RecordPlace: Sendable, Hashable {
  /// Of its first byte in the (uncompressed) file.
  package let offset: Int
  /// From 1.
  package let line: Int

  package init(offset: Int, line: Int) {
    self.offset = offset
    self.line = line
  }
}

/// Cuts a collection into splits and turns each into a batch.
package protocol SourceStage: Stage {
  /// A cheap sign of the collection's state (sizes and times of its files): equal signs, equal splits.
  func stateSign() throws -> Fingerprint
  /// Cuts the collection, the same way every time, in one pass with bounded memory.
  func splits() throws -> [SourceSplit]
  /// The bytes of one split; throws when they are no longer those that were fingerprinted.
  func read(_ split: SourceSplit) throws -> [UInt8]
  /// Parses them. Pure.
  func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> Batch
  /// Where the records with these ids lie in a split, for messages; those that it does not have are left out.
  func places(of ids: Set<[UInt8]>, in split: SourceSplit) throws -> [[UInt8]: RecordPlace]
  /// The first records of a split, about `bytes` of them, for a sample; the whole split where it is no longer, or where
  /// the source cannot cut it.
  func head(of split: SourceSplit, bytes: Int) throws -> SourceSplit
}

extension SourceStage {
  package func places(of ids: Set<[UInt8]>, in split: SourceSplit) throws -> [[UInt8]: RecordPlace] { [:] }

  package func head(of split: SourceSplit, bytes: Int) throws -> SourceSplit { split }
}

/// One chunk in, one chunk out, pure.
package protocol MapStage: Stage {
  /// Whether each row of the output comes from the row of the inputs in the same place and from nothing beside it, bit
  /// for bit, whatever the other rows of the batch are. Then rows of changed chunks are taken over from earlier runs.
  static var isRowWise: Bool { get }
  func map(_ inputs: StageInputs) throws -> Batch
}

extension MapStage {
  /// Stages that are worth writing to disk look at one row at a time, unless they say otherwise.
  package static var isRowWise: Bool { checkpointsByDefault }
}

/// Sees every chunk, then makes one thing of them.
package protocol ReduceStage: Stage {
  /// Writes what one chunk contributes, by the commit protocol, under `path`.
  func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal
}

/// Gives one artifact: frequencies, a quantizer's range, a document order.
package protocol FitStage: ReduceStage {
  /// Combines the contributions, in chunk order, into the artifact file `path`.
  func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal
}

/// Gives an index.
package protocol SinkStage: ReduceStage {
  /// The finished generation that was built from `fingerprint`, if there is one.
  func finished(_ fingerprint: Fingerprint) throws -> String?
  /// Independent parts of the work, by name; the engine runs them on its workers and may run them again after a crash.
  func units(_ reduction: Reduction) throws -> [String]
  func run(unit: String, _ reduction: Reduction) throws
  /// After all units: seals the generation, without publishing it, and returns its folder.
  func finish(_ reduction: Reduction) throws -> String
}

/// A resource that a stage loads from an artifact file; immutable, loaded once a run.
package protocol Artifact: Sendable {
  init(path: String) throws
}

/// What a stage is given for one chunk.
package struct StageInputs: Sendable {
  private let streams: [String: Batch]
  private let artifacts: [String: String]
  private let cache: ArtifactCache

  package init(streams: [String: Batch], artifacts: [String: String] = [:], cache: ArtifactCache = ArtifactCache()) {
    self.streams = streams
    self.artifacts = artifacts
    self.cache = cache
  }

  /// - Precondition: the port is required, or `has` it.
  package func stream(_ port: String = "from") -> Batch {
    guard let batch = streams[port] else { preconditionFailure("no stream on port `\(port)`") }
    return batch
  }

  /// The same artifacts with other streams.
  func replacing(_ streams: [String: Batch]) -> StageInputs {
    StageInputs(streams: streams, artifacts: artifacts, cache: cache)
  }

  package func has(_ port: String) -> Bool { streams[port] != nil || artifacts[port] != nil }

  /// The artifact on `port`, or `nil` where an optional port is not connected.
  package func artifact<A: Artifact>(_ port: String, as type: A.Type) throws -> A? {
    guard let path = artifacts[port] else { return nil }
    return try cache.load(path, as: type)
  }

  /// Rejections of all streams, without repetition.
  var rejected: [Rejection] {
    streams.count == 1 ? streams.first!.value.rejected : Set(streams.values.flatMap(\.rejected)).sorted()
  }

  /// Notices of all streams; what two branches brought from the same stage counts once.
  var notices: [String: Int] {
    streams.values.reduce(into: [:]) { $0.merge($1.notices) { one, _ in one } }
  }

  var tokens: Int { streams.values.map(\.tokens).max() ?? 0 }
}

/// What the contributions of all chunks are combined with.
package struct Reduction: Sendable {
  /// One chunk's contribution.
  package struct Contribution: Sendable {
    package let path: String
    package let split: SourceSplit
    /// Records of the chunk that reached the stage.
    package let rows: Int
    package let rejected: [Rejection]
    package let notices: [String: Int]
  }

  /// The name of what is made.
  package let fingerprint: Fingerprint
  /// In chunk order.
  package let contributions: [Contribution]
  package let artifacts: [String: String]
  /// An empty folder for temporary files, removed afterwards.
  package let spillDirectory: String
  /// Bytes that one call may use.
  package let memoryBytes: Int
  let cache: ArtifactCache
  let isDraining: @Sendable () -> Bool
  /// Something that the user should know of what was found: a line of the log, no part of the result.
  package let tell: @Sendable (String) -> Void
  let source: any SourceStage

  /// Where the records with these ids lie in the collection: reads the split once more.
  package func places(of ids: Set<[UInt8]>, in split: SourceSplit) throws -> [[UInt8]: RecordPlace] {
    try source.places(of: ids, in: split)
  }

  package func artifact<A: Artifact>(_ port: String, as type: A.Type) throws -> A? {
    guard let path = artifacts[port] else { return nil }
    return try cache.load(path, as: type)
  }

  /// Throws `Drained` when the run was asked to stop: long loops call it now and then.
  package func checkCancellation() throws {
    if isDraining() { throw Drained() }
  }
}

/// The run was asked to stop (a signal) and did so between two pieces of work.
package struct Drained: ExitCoded, CustomStringConvertible {
  package init() {}
  package var exitCode: ExitCode { .tryAgain }
  package var description: String { "stopped by a signal; run the same command again to go on where it stopped" }
}
