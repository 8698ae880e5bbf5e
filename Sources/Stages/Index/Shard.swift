package import Codecs
package import Dataflow
internal import Kernels
internal import Shards
internal import Synchronization

/// Builds the index: postings, documents and stored text, in a generation of its own.
package final class Shard: SinkStage {
  package static let name = "shard"
  package static let version = 1
  package static let summary = "builds the index, in one or more shards, as a new generation"
  package static let ports = [
    Port.stream("sparse", ImpactVectors.type, SparseVectors.type), Port.stream("documents", Passages.type),
  ]
  package static let output = StageOutput.index
  /// Written into the manifest.
  package static let tool = "bigrain 1"

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    package var shards = 1
    /// Whether the passages' text is kept, to be shown with results.
    package var text = true

    package init() {}

    package var problem: ParameterProblem? {
      (1...9999).contains(shards) ? nil : ParameterProblem("shards", "must be between 1 and 9999")
    }
  }

  package let parameters: Parameters
  private let index: IndexFolder
  private let lineage: [StageDescription]
  /// The assignment of the reduction in work, which its units share.
  private let prepared = Mutex<(fingerprint: Fingerprint, assignment: ShardAssignment)?>(nil)

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    index = IndexFolder(environment.indexDirectory)
    lineage = environment.lineage
  }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let passages = Passages(inputs.stream("documents"))
    let (ids, postings) = try postings(inputs.stream("sparse"))
    guard ids == passages.ids else { throw Misaligned() }
    return try ShardContribution.write(postings, passages, to: path, attempt: attempt)
  }

  private func postings(_ batch: Batch) throws -> (ByteStrings, ChunkPostings) {
    if batch.type == ImpactVectors.type.name {
      let vectors = ImpactVectors(batch)
      let postings = try ChunkPostings(
        vocabulary: vectors.vocabulary, offsets: vectors.offsets, terms: vectors.terms,
        impacts: .integers(vectors.impacts))
      return (vectors.ids, postings)
    }
    let vectors = SparseVectors(batch)
    let postings = try ChunkPostings(
      vocabulary: vectors.vocabulary, offsets: vectors.offsets, terms: vectors.terms, impacts: .floats(vectors.weights))
    return (vectors.ids, postings)
  }

  /// The two inputs do not have the same documents in the same order.
  struct Misaligned: ExitCoded, CustomStringConvertible {
    var exitCode: ExitCode { .configuration }
    var description: String {
      "`sparse` and `documents` have different documents: both must come from the same passages"
    }
  }

  package func finished(_ fingerprint: Fingerprint) throws -> String? {
    guard try FileSystem.status(index.generationsPath) != nil else { return nil }
    return try index.find(fingerprint)?.path
  }

  // MARK: Units

  private static func folder(_ shard: Int) -> String {
    let digits = String(shard)
    return "shard-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  package func units(_ reduction: Reduction) throws -> [String] {
    let assignment = try ShardAssignment(reduction, shards: parameters.shards, storesText: parameters.text)
    prepared.withLock { $0 = (reduction.fingerprint, assignment) }
    _ = try index.begin(reduction.fingerprint)
    return (0..<parameters.shards).map(Self.folder)
  }

  private func assignment(_ reduction: Reduction) -> ShardAssignment {
    guard let prepared = prepared.withLock({ $0 }), prepared.fingerprint == reduction.fingerprint else {
      preconditionFailure("units are asked for before they are run")
    }
    return prepared.assignment
  }

  /// Builds one shard under another name, then gives it its own: a folder with its own name is finished.
  package func run(unit: String, _ reduction: Reduction) throws {
    let building = try index.begin(reduction.fingerprint)
    let folder = building.path + "/" + unit
    if FileSystem.exists(folder) {
      if isSound(folder) { return }
      try FileSystem.removeTree(folder)
    }
    guard let shard = (0..<parameters.shards).first(where: { Self.folder($0) == unit }) else {
      preconditionFailure("no shard is called \(unit)")
    }
    let temporary = folder + ".tmp"
    try FileSystem.removeTree(temporary)
    try FileSystem.createDirectories(temporary)
    try ShardBuilder(
      folder: temporary, shard: shard, assignment: assignment(reduction), reduction: reduction,
      storesText: parameters.text
    ).build()
    try FileSystem.rename(temporary, to: folder)
    try FileSystem.synchronizeDirectory(building.path)
  }

  private func isSound(_ folder: String) -> Bool {
    do {
      for name in try FileSystem.list(folder) {
        try Envelope(path: folder + "/" + name, access: .positional).verify()
      }
      return true
    } catch {
      return false
    }
  }

  package func finish(_ reduction: Reduction) throws -> String {
    let assignment = assignment(reduction)
    let building = try index.begin(reduction.fingerprint)
    let quarantine = Quarantine(reduction, assignment)
    let seal = try quarantine.write(to: building.path + "/" + Quarantine.fileName)
    var postings = 0
    var terms = 0
    let shards = try (0..<parameters.shards).map { shard in
      let folder = building.path + "/" + Self.folder(shard)
      let totals = try PostingsReader.open(folder).totals
      postings += totals.postingCount
      terms += totals.termCount
      return try Manifest.Shard.measure(
        folder, documents: assignment.borders[shard + 1] - assignment.borders[shard])
    }
    let manifest = Manifest(
      fingerprint: reduction.fingerprint, tool: Self.tool, postings: postings, terms: terms, shards: shards,
      files: [Manifest.File(name: Quarantine.fileName, seal: seal)],
      contract: try IndexContract.json(lineage: lineage, notices: quarantine.notices),
      quarantined: quarantine.counts)
    prepared.withLock { $0 = nil }
    return try index.commit(building, manifest: manifest).path
  }
}
