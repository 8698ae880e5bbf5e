import Codecs
import Dataflow
import Foundation
import Kernels
import Synchronization

/// A job of toy stages in a folder of its own, removed with the object.
final class ToyJob: Sendable {
  static let registry = [
    StageType(ToyRead.self), StageType(ToyAdd.self), StageType(ToySubtract.self), StageType(ToySpell.self),
    StageType(ToyScale.self), StageType(ToyFit.self), StageType(ToyWrite.self),
  ]

  /// With another `toy.add`.
  static func registry(adding type: StageType) -> [StageType] { registry.map { $0.name == type.name ? type : $0 } }

  /// Two passes, a fused map, a checkpointed one, a fit, a sink.
  static let pipeline = """
    numbers: {use: toy.read, input: [DIR/a.txt, DIR/b.txt]}
    fused: {use: toy.add, from: numbers, by: 1}
    kept: {use: toy.add, from: fused, by: 2, checkpoint: true}
    sum: {use: toy.sum, from: kept}
    scaled: {use: toy.scale, from: kept, sum: sum}
    index: {use: toy.write, from: scaled, sum: sum}
    """

  struct Outcome {
    let plan: Plan
    /// The index folder.
    let folder: String?
    let warnings: [String]
    /// Where nothing was thrown: the index's files with their bytes.
    let files: [String: [UInt8]]
  }

  /// In memory where that is possible: no test here is about a power loss, and fsync takes milliseconds.
  private static let base = FileSystem.exists("/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
  let root = base + "toy-\(UInt64.random(in: 0...UInt64.max))"
  var work: String { root + "/work" }
  var output: String { root + "/out" }
  var probe: ToyProbe { ToyProbe.at(output) }

  /// - Parameter chunks: of 4 numbers each in `a.txt`; half as many in `b.txt`.
  init(chunks: Int = 6) throws {
    try FileSystem.createDirectories(root)
    try write("a.txt", numbers: 1..<UInt32(4 * chunks + 1))
    try write("b.txt", numbers: 10_000..<UInt32(10_000 + 2 * chunks))
  }

  deinit { try? FileSystem.removeTree(root) }

  func write(_ name: String, numbers: some Sequence<UInt32>) throws {
    try write(name, numbers.map { "\($0)\n" }.joined())
  }

  /// Without waiting for the disk.
  func write(_ name: String, _ text: String) throws {
    try FileAppender(creating: root + "/" + name).write(Array(text.utf8))
  }

  func graph(
    _ pipeline: String = ToyJob.pipeline, registry: [StageType] = ToyJob.registry, kept: Set<String> = []
  ) throws -> Graph {
    try GraphBuilder(registry: registry, indexDirectory: output, kept: kept)
      .build(ToyText.stages(pipeline.replacing("DIR", with: root)))
  }

  func names(_ pipeline: String = ToyJob.pipeline, registry: [StageType] = ToyJob.registry) throws -> ChunkNames {
    let graph = try graph(pipeline, registry: registry)
    return ChunkNames(graph, splits: try Self.splits(graph))
  }

  static func splits(_ graph: Graph) throws -> [[SourceSplit]] {
    try graph.nodes.map { try ($0.stage as? any SourceStage)?.splits() ?? [] }
  }

  /// What would run. Ends the use of the work directory properly.
  func plan(
    _ pipeline: String = ToyJob.pipeline, registry: [StageType] = ToyJob.registry, goals: [String]? = nil,
    fresh: Bool = false
  ) throws -> Plan {
    let graph = try graph(pipeline, registry: registry, kept: Set(goals ?? []))
    let work = try WorkDirectory(work)
    defer { try? work.close() }
    return try Planner(graph, splits: SplitCache.splits(of: graph, in: work), checkpoint: work, fresh: fresh)
      .plan(goals: goals?.compactMap(graph.index(of:)))
  }

  /// Plans and runs.
  /// - Parameters:
  ///   - sealing: whether the work directory is closed, as a process does that was not killed.
  ///   - prepare: called with the run before it begins.
  @discardableResult
  func run(
    _ pipeline: String = ToyJob.pipeline, registry: [StageType] = ToyJob.registry, goals: [String]? = nil,
    workers: Int = 2, memoryBytes: Int = 512 << 20, fresh: Bool = false, sealing: Bool = true,
    prepare: (Run) -> Void = { _ in }, observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) throws -> Outcome {
    let graph = try graph(pipeline, registry: registry, kept: Set(goals ?? []))
    let work = try WorkDirectory(work)
    let warnings = Mutex(work.warnings)
    defer { if sealing { try? work.close() } }
    let plan = try Planner(graph, splits: SplitCache.splits(of: graph, in: work), checkpoint: work, fresh: fresh)
      .plan(goals: goals?.compactMap(graph.index(of:)))
    let run = Run(
      plan, work: work,
      settings: Run.Settings(workers: workers, memoryBytes: memoryBytes) { event in
        if case .warning(let text) = event { warnings.withLock { $0.append(text) } }
        observe(event)
      })
    prepare(run)
    let folder = try run.execute().values.first
    return Outcome(plan: plan, folder: folder, warnings: warnings.withLock { $0 }, files: try Self.files(folder))
  }

  private static func files(_ folder: String?) throws -> [String: [UInt8]] {
    guard let folder else { return [:] }
    let contents = try FileSystem.list(folder).map { ($0, try bytes(folder + "/" + $0)) }
    return Dictionary(uniqueKeysWithValues: contents)
  }

  static func bytes(_ path: String) throws -> [UInt8] { try PositionalFile(path).read(at: 0, count: 1 << 30) }

  /// Replaces a file's bytes without waiting for the disk.
  static func overwrite(_ path: String, _ bytes: [UInt8]) throws { try FileAppender(creating: path).write(bytes) }

  /// The file of a finished piece.
  func path(_ fingerprint: Fingerprint) -> String {
    "\(work)/chunks/\(fingerprint.description.prefix(2))/\(fingerprint)"
  }

  /// Every file below `chunks`, by its name.
  func chunkFiles() throws -> Set<String> {
    Set(try FileSystem.list(work + "/chunks").flatMap { try FileSystem.list(work + "/chunks/" + $0) })
  }

  /// Forgets the index, so that the sink has to work again.
  func removeIndex() throws { try FileSystem.removeTree(output) }

  /// The index of an undisturbed job over the same collection.
  static func reference(chunks: Int = 6, _ pipeline: String = ToyJob.pipeline) throws -> [String: [UInt8]] {
    try ToyJob(chunks: chunks).run(pipeline, workers: 1).files
  }
}

extension Plan {
  func stage(_ name: String) -> StagePlan { stages.first { $0.name == name }! }
}

extension Graph {
  func fingerprints(_ name: String, in names: ChunkNames) -> [Fingerprint] { names.chunks[index(of: name)!] }
}
