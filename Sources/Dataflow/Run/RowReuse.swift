package import Codecs
internal import Synchronization

/// Rows that earlier runs have computed, by what they were computed from: when a chunk has changed, only its new rows go
/// through an expensive stage, and the others are copied.
///
/// A row's name is SHA-256 of the stage's own digest, the artifacts that it takes and all that the row's inputs hold; the
/// chunk's file has the names beside the rows (`BatchFile`). Looked through are the finished chunks of the same stage
/// that the collection no longer has. 40 bytes a row of them, up to a quarter of the budget; what is beyond is computed
/// again. The result is that of computing everything, byte for byte, because a stage of rows promises that a row
/// depends on nothing beside it, and its vocabularies are numbered by first use.
final class RowReuse: Sendable {
  private struct Place {
    let piece: Int32
    let row: Int32
  }

  private struct Known: Sendable {
    let pieces: [Piece]
    let places: [RowName: Place]
  }

  /// Rows computed and taken over.
  struct Tally: Sendable {
    var computed = 0
    var reused = 0
  }

  private let plan: Plan
  private let work: WorkDirectory
  private let mostRows: Int
  private let known = Mutex<[Int: Known]>([:])
  private let counts = Mutex(Tally())

  init(_ plan: Plan, work: WorkDirectory, memoryBytes: Int) {
    self.plan = plan
    self.work = work
    mostRows = max(memoryBytes / 4 / 40, 1 << 16)
  }

  var tally: Tally { counts.withLock { $0 } }

  /// Whether rows of `node` are worth a name: it is written to disk, and each row stands for itself.
  static func serves(_ node: GraphNode) -> Bool {
    guard node.isMaterialized, let map = node.stage as? any MapStage, type(of: map).isRowWise,
      case .stream(let type) = node.type.output
    else { return false }
    return type.layout != nil && !node.inputs.isEmpty
  }

  /// What `node` makes of `inputs`, with the names of its rows; no names where rows cannot be told apart, and then
  /// everything was computed.
  func map(_ stage: any MapStage, _ node: Int, _ inputs: StageInputs) throws -> (batch: Batch, names: [RowName]) {
    guard case .stream(let type) = plan.graph.nodes[node].type.output, let layout = RowLayout(type),
      let names = names(of: inputs, node), !names.isEmpty
    else { return (try stage.map(inputs), []) }
    let known = known(node)
    var places: [Place?] = names.map { known.places[$0] }
    let old = load(places.compactMap { $0?.piece }, known, layout)
    for index in places.indices { if let place = places[index], old[place.piece] == nil { places[index] = nil } }
    let missing = places.indices.filter { places[$0] == nil }
    var batches: [Batch] = []
    if !missing.isEmpty {
      guard let computed = try compute(stage, node, inputs, missing), computed.rows == missing.count,
        layout.fits(computed), computed.rejected.isEmpty, computed.notices.isEmpty
      else { return (try stage.map(inputs), []) }
      batches.append(computed)
    }
    // The computed rows come first, then the old pieces.
    let order = old.keys.sorted()
    let first = batches.count
    batches += order.compactMap { old[$0] }
    var picks: [RowLayout.Pick] = []
    var next = 0
    for place in places {
      if let place, let index = order.firstIndex(of: place.piece) {
        picks.append(RowLayout.Pick(batch: first + index, row: Int(place.row)))
      } else {
        picks.append(RowLayout.Pick(batch: 0, row: next))
        next += 1
      }
    }
    guard let whole = layout.gather(picks, from: batches, tokens: inputs.tokens) else {
      return (try stage.map(inputs), [])
    }
    let computedRows = missing.count
    counts.withLock {
      $0.computed += computedRows
      $0.reused += names.count - computedRows
    }
    return (whole, names)
  }

  /// `nil` if the inputs have no rows that belong together.
  private func names(of inputs: StageInputs, _ node: Int) -> [RowName]? {
    var names: [RowName]?
    for input in plan.graph.streamInputs(node) {
      guard inputs.has(input.port) else { continue }
      let batch = inputs.stream(input.port)
      guard case .stream(let type) = plan.graph.nodes[input.node].type.output, let layout = RowLayout(type),
        layout.fits(batch)
      else { return nil }
      let more = layout.names(of: batch, salt: salt(node, input.port))
      if let known = names {
        guard known.count == more.count else { return nil }
        names = zip(known, more).map { RowName(joining: $0, $1) }
      } else {
        names = more
      }
    }
    return names
  }

  private func salt(_ node: Int, _ port: String) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field(plan.graph.nodes[node].description.fingerprint)
    for input in plan.graph.artifactInputs(node) {
      hasher.field(input.port)
      if let artifact = plan.names.artifacts[input.node] { hasher.field(artifact) }
    }
    hasher.field(port)
    return hasher.finalize()
  }

  /// The stage's output for some rows; `nil` if they cannot be taken out.
  private func compute(_ stage: any MapStage, _ node: Int, _ inputs: StageInputs, _ rows: [Int]) throws -> Batch? {
    var streams: [String: Batch] = [:]
    for input in plan.graph.streamInputs(node) where inputs.has(input.port) {
      guard case .stream(let type) = plan.graph.nodes[input.node].type.output, let layout = RowLayout(type),
        let part = layout.gather(rows.map { RowLayout.Pick(batch: 0, row: $0) }, from: [inputs.stream(input.port)])
      else { return nil }
      streams[input.port] = part
    }
    return try stage.map(inputs.replacing(streams))
  }

  /// Old batches by the number of their piece; damaged ones are left out.
  private func load(_ pieces: [Int32], _ known: Known, _ layout: RowLayout) -> [Int32: Batch] {
    var batches: [Int32: Batch] = [:]
    for piece in Set(pieces) {
      let path = work.absolute(known.pieces[Int(piece)])
      if let batch = try? BatchFile.read(path), layout.fits(batch) { batches[piece] = batch }
    }
    return batches
  }

  /// The rows of the node's chunks that the collection no longer has.
  private func known(_ node: Int) -> Known {
    known.withLock { known in
      if let found = known[node] { return found }
      let current = Set(plan.names.chunks[node])
      let name = plan.graph.nodes[node].name
      let pieces = work.pieces.filter { $0.stage == name && !current.contains($0.fingerprint) }
      var places: [RowName: Place] = [:]
      for (index, piece) in pieces.enumerated() where places.count < mostRows {
        for (row, rowName) in ((try? BatchFile.names(work.absolute(piece))) ?? []).enumerated() {
          places[rowName] = Place(piece: Int32(index), row: Int32(row))
        }
      }
      let found = Known(pieces: pieces, places: places)
      known[node] = found
      return found
    }
  }
}

extension Plan {
  /// What a run of this plan can take rows from, and the listings that say which documents are new, beside the pieces
  /// that it needs itself.
  package func takeOver(from work: WorkDirectory) -> Set<Fingerprint> {
    let stages = Set(graph.nodes.filter(RowReuse.serves).map(\.name))
    let listings = graph.nodes.filter(\.type.isSource).flatMap {
      DocumentChanges.lastListings(of: $0.name, in: work) ?? []
    }
    return Set(work.pieces.filter { stages.contains($0.stage) }.map(\.fingerprint) + listings)
  }
}
