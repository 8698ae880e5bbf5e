internal import FoundationEssentials
internal import Kernels

/// What a worker gives.
package enum BackendKind: String, Codable, Sendable, CaseIterable {
  case dense
  case sparse
  case tokenVectors = "token-vectors"
  case expansion

  /// The kind of frame that answers a batch.
  var answer: Frame.Kind {
    switch self {
    case .dense: .dense
    case .sparse: .sparse
    case .tokenVectors: .tokenVectors
    case .expansion: .expansion
    }
  }
}

/// What a worker says of itself in its first frame.
package struct Greeting: Codable, Sendable, Hashable {
  package enum Input: String, Codable, Sendable { case texts, tokens }

  package struct Limits: Codable, Sendable, Hashable {
    /// Passages in a batch, at most.
    package var batch: Int?
    /// Bytes of texts or ids in a batch, at most, unless one passage alone has more.
    package var bytes: Int?
    /// Batches it may owe at once; it answers them in any order.
    package var inFlight: Int?
    /// Token vectors, or terms, of one passage, at most.
    package var vectors: Int?

    package init(batch: Int? = nil, bytes: Int? = nil, inFlight: Int? = nil, vectors: Int? = nil) {
      self.batch = batch
      self.bytes = bytes
      self.inFlight = inFlight
      self.vectors = vectors
    }
  }

  static let protocolVersion = 1
  static let maximumBytes = 1 << 20
  static let maximumVocabularyBytes = 256 << 20

  private let `protocol`: Int
  package let gives: BackendKind
  package let takes: [Input]
  /// Of all that decides its vectors: model, revision, precision, pooling.
  package let identity: String
  /// Values in a vector; 0 for sparse ones and expansions.
  package let dimension: Int?
  /// Terms; a frame with them follows.
  package let vocabulary: Int?
  package let limits: Limits?

  /// Our first frame.
  static var ours: Frame { Frame(.hello, payload: Array(#"{"protocol":\#(protocolVersion)}"#.utf8)) }

  /// Reads a worker's first frame. Throws `BackendError` `.wrong`, or `.refused` if it is not the one that is described.
  package init(_ frame: Frame, for description: BackendDescription) throws(BackendError) {
    let name = description.name
    guard frame.kind == .hello, let found = try? JSONDecoder().decode(Greeting.self, from: Data(frame.payload)) else {
      throw BackendError(.wrong, name, "its first frame is no greeting")
    }
    guard found.protocol == Self.protocolVersion else {
      throw BackendError(
        .refused, name, "it speaks version \(found.protocol) of the protocol, not \(Self.protocolVersion)")
    }
    guard (1...4096).contains(found.identity.utf8.count) else {
      throw BackendError(.wrong, name, "its identity must have 1 to 4096 bytes")
    }
    if let declared = description.identity, declared != found.identity {
      throw BackendError(
        .refused, name, "it is `\(found.identity)`, but the pipeline file says `identity: \(declared)`")
    }
    let hasVectors = found.gives == .dense || found.gives == .tokenVectors
    guard (hasVectors ? 1...65536 : 0...0).contains(found.dimension ?? 0) else {
      throw BackendError(.wrong, name, "a dimension of \(found.dimension ?? 0)")
    }
    guard (found.gives == .sparse ? 1...(1 << 24) : 0...(1 << 24)).contains(found.vocabulary ?? 0) else {
      throw BackendError(.wrong, name, "a vocabulary of \(found.vocabulary ?? 0) terms")
    }
    guard !found.takes.isEmpty, found.hasSaneLimits else {
      throw BackendError(.wrong, name, "its greeting has limits below 1, or takes nothing")
    }
    self = found
  }

  private var hasSaneLimits: Bool {
    [limits?.batch, limits?.bytes, limits?.inFlight, limits?.vectors].allSatisfy { $0.map { $0 >= 1 } ?? true }
  }

  /// Batches in flight at once: some, so that the worker never waits for us.
  var inFlight: Int { min(limits?.inFlight ?? 8, 256) }
  /// Bytes in a batch.
  var batchBytes: Int { min(limits?.bytes ?? 1 << 20, 64 << 20) }

  /// The largest payload that may answer `count` passages.
  package func answerBytes(count: Int) -> Int {
    let most: Int
    switch gives {
    case .dense: most = count * (dimension ?? 0) * 4
    case .tokenVectors: most = count * (4 + (limits?.vectors ?? 4096) * (dimension ?? 0) * 4)
    case .sparse: most = count * (4 + min(limits?.vectors ?? .max, vocabulary ?? 0) * 8)
    case .expansion: most = count * (8 + (limits?.vectors ?? 65536) * 12)
    }
    return min(most, 1 << 30)
  }
}
