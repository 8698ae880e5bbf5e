internal import Codecs
internal import Dataflow
internal import Shards

/// One of the things that a shard consists of: postings, documents, dense vectors, ... A new one is one file and one
/// line in `ShardParts.all`.
///
/// A part takes its share of each chunk as it comes (`contribute`, on all workers), looks at all contributions once
/// (`prepare`), and then writes its files of one shard after the other (`ShardPartBuilder`), in bounded memory.
protocol ShardPart: Sendable {
  /// What messages and documentation call it.
  static var name: String { get }
  /// The inputs of stage `shard` that it reads; parts may share an input.
  static var ports: [Port] { get }

  init(_ parameters: Shard.Parameters)

  /// Whether the index has it, where these ports are connected.
  func isPresent(_ ports: Set<String>) -> Bool

  /// Takes what it needs of a chunk, whose passages are those of `contribution.ids`.
  func contribute(_ inputs: StageInputs, to contribution: inout ShardContribution) throws

  /// Before any shard is built: what it must know of the whole collection.
  func prepare(_ reduction: Reduction, _ assignment: ShardAssignment) throws -> any ShardPartBuilder
}

extension ShardPart where Self: ShardPartBuilder {
  /// Parts that need to know nothing beforehand build themselves.
  func prepare(_ reduction: Reduction, _ assignment: ShardAssignment) throws -> any ShardPartBuilder { self }
}

/// Writes a part's files of a shard. Several shards may be built at once.
protocol ShardPartBuilder: Sendable {
  func build(_ shard: ShardTarget) throws
  /// After all shards: writes what they share beside the manifest.
  func finish(in folder: String) throws -> [Manifest.File]
}

extension ShardPartBuilder {
  func finish(in folder: String) throws -> [Manifest.File] { [] }
}

/// Every part there is: the registry that stage `shard` iterates, in the order in which shards are built.
enum ShardParts {
  static let all: [any ShardPart.Type] = [
    DocumentsPart.self,
    SparsePart.self,
    VectorsPart.self,
    CodesPart.self,
    TokenVectorsPart.self,
    ForwardPart.self,
  ]

  /// The ports of all parts, each once.
  static var ports: [Port] {
    all.flatMap { $0.ports }.reduce(into: []) { ports, port in
      if !ports.contains(where: { $0.name == port.name }) { ports.append(port) }
    }
  }
}
