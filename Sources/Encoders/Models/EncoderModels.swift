package import Codecs
package import Inference
internal import Kernels
internal import Synchronization

/// Models that are in use, so that stages with the same one share its weights: a weak cache by content and precision.
package enum EncoderModels {
  /// Queries and documents may take different ways.
  package enum Side: String, Sendable { case documents, queries }

  private struct Key: Hashable {
    let digest: Fingerprint
    let precision: Precision
    let side: Side
    let layout: String
  }

  private struct Entry { weak var model: EncoderModel? }

  /// A folder's digest for as long as its files look unchanged.
  private struct Seen {
    let sign: [String]
    let digest: Fingerprint
  }

  private static let cache = Mutex<[Key: Entry]>([:])
  private static let digests = Mutex<[String: Seen]>([:])

  /// One side of the model in a folder: where queries go the documents' way, both are one. Throws `ModelError`,
  /// `WordPieceError`.
  package static func load(_ path: String, precision: Precision, side: Side = .documents) throws -> EncoderModel {
    let folder = try ModelFolder(path)
    let side: Side = folder.isSymmetric ? .documents : side
    let key = Key(
      digest: try digest(folder), precision: precision, side: side, layout: folder.layout.rawValue)
    // Loading holds the lock, so that no two stages load the same model.
    return try cache.withLock { cache in
      if let model = cache[key]?.model { return model }
      let model = try EncoderModel(
        folder, side == .documents ? folder.documents : folder.queries, precision: precision, digest: key.digest)
      cache[key] = Entry(model: model)
      return model
    }
  }

  /// Of all files that decide what the model computes. Reads them whole, once while they look the same.
  package static func digest(_ path: String) throws -> Fingerprint { try digest(ModelFolder(path)) }

  private static func digest(_ folder: ModelFolder) throws -> Fingerprint {
    let sign = try signs(folder.path)
    if let seen = digests.withLock({ $0[folder.path] }), seen.sign == sign { return seen.digest }
    let digest = try folder.digest()
    digests.withLock { $0[folder.path] = Seen(sign: sign, digest: digest) }
    return digest
  }

  /// Sizes and times of the folder's files, two levels deep.
  private static func signs(_ path: String, depth: Int = 2) throws -> [String] {
    try FileSystem.list(path).flatMap { name -> [String] in
      let own = path + "/" + name
      guard let status = try FileSystem.status(own) else { return [] }
      if status.isDirectory { return depth > 0 ? try signs(own, depth: depth - 1) : [] }
      return ["\(own) \(status.size) \(status.modified) \(status.inode)"]
    }
  }
}
