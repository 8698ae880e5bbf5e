package import Codecs
package import Dataflow
internal import Kernels
package import Shards
internal import Synchronization

/// Builds the index, in a generation of its own: each shard a folder with the files of all parts (see `ShardPart`).
package final class Shard: SinkStage {
  package static let name = "shard"
  package static let version = 2
  package static let summary = "builds the index, in one or more shards, as a new generation"
  package static let ports =
    ShardParts.ports + [
      Port.artifact(FitDocumentOrder.kind, FitDocumentOrder.kind, required: false),
      Port.artifact(FitIdf.kind, FitIdf.kind, required: false),
    ]
  package static let output = StageOutput.index
  /// Written into the manifest.
  package static let tool = "bigrain 1"

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    package var shards = 1
    /// Whether the passages' text is kept, to be shown with results.
    package var text = true
    /// How dense vectors are stored.
    package var vectors = VectorEncoding.float16
    /// What an int8 element is multiplied with.
    package var scale = VectorScale.vector
    /// How impacts that are whole numbers are stored.
    package var codec = PostingsForm.fast
    /// Whether documents keep their terms and impacts, for feedback.
    package var forward = false

    package init() {}

    package var problem: ParameterProblem? {
      (1...9999).contains(shards) ? nil : ParameterProblem("shards", "must be between 1 and 9999")
    }
  }

  /// What the reduction in work is built by.
  private struct Prepared {
    let fingerprint: Fingerprint
    let assignment: ShardAssignment
    let builders: [any ShardPartBuilder]
  }

  package let parameters: Parameters
  private let index: IndexFolder
  private let lineage: [StageDescription]
  private let attachments: [Attachment]
  private let parts: [any ShardPart]
  /// Shared by the units.
  private let prepared = Mutex<Prepared?>(nil)

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    index = IndexFolder(environment.indexDirectory)
    lineage = environment.lineage
    for (port, needed) in [("quantizer", "dense"), ("centroids", "tokens"), ("tokens", "centroids")]
    where environment.connected.contains(port) && !environment.connected.contains(needed) {
      throw QuantizerProblem("stage `shard` has the input `\(port)` and lacks `\(needed)`, which belongs to it")
    }
    attachments = environment.attachments
    parts = ShardParts.all.map { $0.init(parameters) }.filter { $0.isPresent(environment.connected) }
  }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    var contribution = ShardContribution(ids: Passages(inputs.stream("documents")).ids)
    for part in parts { try part.contribute(inputs, to: &contribution) }
    return try contribution.write(to: path, attempt: attempt)
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
    let builders = try parts.map { try $0.prepare(reduction, assignment) }
    prepared.withLock {
      $0 = Prepared(fingerprint: reduction.fingerprint, assignment: assignment, builders: builders)
    }
    _ = try index.begin(reduction.fingerprint)
    return (0..<parameters.shards).map(Self.folder)
  }

  private func prepared(_ reduction: Reduction) -> Prepared {
    guard let prepared = prepared.withLock({ $0 }), prepared.fingerprint == reduction.fingerprint else {
      preconditionFailure("units are asked for before they are run")
    }
    return prepared
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
    try build(shard, in: temporary, reduction)
    try FileSystem.rename(temporary, to: folder)
    try FileSystem.synchronizeDirectory(building.path)
  }

  private func build(_ shard: Int, in folder: String, _ reduction: Reduction) throws {
    let prepared = prepared(reduction)
    let spill = reduction.spillDirectory + "/shard-\(shard)"
    try FileSystem.createDirectories(spill)
    let target = ShardTarget(
      folder: folder, spill: spill, shard: shard, assignment: prepared.assignment, reduction: reduction)
    for builder in prepared.builders { try builder.build(target) }
    try FileSystem.removeTree(spill)
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

  /// What queries need and is small: vocabularies, inverse document frequencies.
  private func keptFiles(_ reduction: Reduction, in folder: String) throws -> [Manifest.File] {
    var files: [String: FileSeal] = [:]
    // Before the attachments: frequencies of this collection go before those of a model's folder.
    if let idf = reduction.artifacts[FitIdf.kind] {
      files[IdfTable.fileName] = try DurableFile.write(MappedFile.open(idf).bytes, to: folder + "/" + IdfTable.fileName)
    }
    for attachment in attachments where files[attachment.name] == nil {
      files[attachment.name] = try attachment.write(folder + "/" + attachment.name)
    }
    return files.map { Manifest.File(name: $0.key, seal: $0.value) }
  }

  package func finish(_ reduction: Reduction) throws -> String {
    let assignment = prepared(reduction).assignment
    let building = try index.begin(reduction.fingerprint)
    let quarantine = Quarantine(reduction, assignment)
    let seal = try quarantine.write(to: building.path + "/" + Quarantine.fileName)
    var files = [Manifest.File(name: Quarantine.fileName, seal: seal)]
    for builder in prepared(reduction).builders { files += try builder.finish(in: building.path) }
    files += try keptFiles(reduction, in: building.path)
    var postings = 0
    var terms = 0
    let shards = try (0..<parameters.shards).map { shard in
      let folder = building.path + "/" + Self.folder(shard)
      if parts.contains(where: { $0 is SparsePart }) {
        let totals = try PostingsReader.open(folder).totals
        postings += totals.postingCount
        terms += totals.termCount
      }
      return try Manifest.Shard.measure(
        folder, documents: assignment.borders[shard + 1] - assignment.borders[shard])
    }
    let manifest = Manifest(
      fingerprint: reduction.fingerprint, tool: Self.tool, postings: postings, terms: terms, shards: shards,
      files: files,
      contract: try IndexContract.json(lineage: lineage, notices: quarantine.notices),
      quarantined: quarantine.counts)
    prepared.withLock { $0 = nil }
    return try index.commit(building, manifest: manifest).path
  }
}
