package import Codecs
internal import Kernels
package import Shards

/// An open index, seen as one collection: documents 0..<documentCount, the shards one after the other.
package final class ExportSource: Sendable {
  struct Shard: Sendable {
    let number: Int
    /// `nil` where the index has no sparse side.
    let postings: PostingsReader?
    let documents: DocumentReader
    /// The number of its first document.
    let base: Int
  }

  /// The generation's folder.
  package let path: String
  package let fingerprint: Fingerprint
  let shards: [Shard]
  package let documentCount: Int
  package let impactKind: ImpactKind
  /// The smallest impact; `nil` without postings.
  let minImpact: Float?
  /// `nil` where the index has none.
  let vectors: (any VectorRows)?
  let codes: (any CodeRows)?

  /// Opens the published generation of an index, or a generation's folder. Throws `IndexError`, `FormatError`.
  package init(
    _ path: String, vectors: (any VectorRows)? = nil, codes: (any CodeRows)? = nil
  ) throws {
    let location = try IndexLocation.resolve(path)
    let manifest = try Manifest.read(from: location.path)
    var shards: [Shard] = []
    var base = 0
    for shard in manifest.shards {
      let folder = "\(location.path)/\(shard.name)"
      let postings = FileSystem.exists("\(folder)/terms") ? try PostingsReader.open(folder) : nil
      let documents = try DocumentReader(path: "\(folder)/\(DocumentFormat.fileName)")
      if let postings, postings.documentCount != documents.count {
        throw FormatError.corrupt(
          path: folder,
          detail: "postings are of \(postings.documentCount) documents, `documents` has \(documents.count)")
      }
      shards.append(Shard(number: shards.count, postings: postings, documents: documents, base: base))
      base += documents.count
    }
    self.path = location.path
    fingerprint = manifest.fingerprint
    self.shards = shards
    documentCount = base
    // A shard without postings has no kind of its own.
    let totals = shards.compactMap { $0.postings?.totals }.filter { $0.postingCount > 0 }
    impactKind = totals.contains { $0.impactKind == .floats } ? .floats : .integers
    minImpact = totals.map { $0.minImpact }.min()
    let folders = manifest.shards.map { "\(location.path)/\($0.name)" }
    self.vectors = try vectors ?? ShardVectors(folders)
    self.codes = try codes ?? ShardCodes(folders, generation: location.path)
  }

  package var hasSparseSide: Bool { shards.contains { $0.postings != nil } }

  private func shard(of document: Int) -> Shard {
    var low = 0
    var high = shards.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if shards[middle].base <= document { low = middle } else { high = middle }
    }
    return shards[low]
  }

  /// Calls `body` with the id of each document in order.
  func forEachID(_ body: (_ document: Int, _ id: [UInt8]) throws -> Void) throws {
    for shard in shards {
      for local in 0..<shard.documents.count { try body(shard.base + local, try shard.documents.id(of: local)) }
    }
  }

  func id(of document: Int) throws -> [UInt8] {
    let shard = shard(of: document)
    return try shard.documents.id(of: document - shard.base)
  }

  /// The stored text, or nothing where the index has none.
  func text(of document: Int) throws -> [UInt8] {
    let shard = shard(of: document)
    return try shard.documents.text(of: document - shard.base) ?? []
  }

  var storesText: Bool { shards.contains { $0.documents.count > 0 && $0.documents.storesText } }
}
