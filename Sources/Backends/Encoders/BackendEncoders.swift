package import Codecs
package import Encoders
internal import Kernels

/// A worker as an encoder of dense vectors.
package struct BackendDenseEncoder: DenseEncoder {
  package let digest: Fingerprint
  private let backend: Backend
  private let side: Frame.Side

  /// Starts the worker only if its description does not say what it is.
  package init(_ backend: Backend, side: Frame.Side = .document) throws {
    self.backend = backend
    self.side = side
    digest = try backend.digest()
  }

  /// 0 before anything was encoded.
  package var dimension: Int { backend.dimension ?? 0 }

  package func encode(_ input: EncoderInput) throws -> [Float] {
    let rows = try backend.encode(input, .dense, side: side) { frame, greeting in
      let values = try AnswerReader(greeting).dense(frame)
      return stride(from: 0, to: values.count, by: greeting.dimension ?? 1).map {
        values[$0..<($0 + (greeting.dimension ?? 1))]
      }
    }
    var values: [Float] = []
    values.reserveCapacity(rows.count * dimension)
    for row in rows { values += row }
    return values
  }
}

/// A worker as an encoder of sparse vectors.
package struct BackendSparseEncoder: SparseEncoder {
  package let digest: Fingerprint
  private let backend: Backend
  private let side: Frame.Side

  /// Starts the worker only if its description does not say what it is.
  package init(_ backend: Backend, side: Frame.Side = .document) throws {
    self.backend = backend
    self.side = side
    digest = try backend.digest()
  }

  /// `nil` for all before anything was encoded.
  package func term(_ id: Int32) -> [UInt8]? { backend.term(id) }

  package func encode(_ input: EncoderInput) throws -> [SparseVector] {
    try backend.encode(input, .sparse, side: side) { try AnswerReader($1).sparse($0) }
  }
}

/// A worker as an encoder of one vector a token.
package struct BackendTokenVectorEncoder: TokenVectorEncoder {
  package let digest: Fingerprint
  private let backend: Backend
  private let side: Frame.Side

  /// Starts the worker only if its description does not say what it is.
  package init(_ backend: Backend, side: Frame.Side = .document) throws {
    self.backend = backend
    self.side = side
    digest = try backend.digest()
  }

  /// 0 before anything was encoded.
  package var dimension: Int { backend.dimension ?? 0 }

  package func encode(_ input: EncoderInput) throws -> TokenVectors {
    let rows = try backend.encode(input, .tokenVectors, side: side) { frame, greeting in
      let vectors = try AnswerReader(greeting).tokenVectors(frame)
      let width = greeting.dimension ?? 1
      return (0..<frame.count).map { row in
        vectors.values[(Int(vectors.offsets[row]) * width)..<(Int(vectors.offsets[row + 1]) * width)]
      }
    }
    var vectors = TokenVectors()
    for row in rows {
      vectors.values += row
      vectors.offsets.append(UInt32(vectors.values.count / max(dimension, 1)))
    }
    return vectors
  }
}

/// A worker as an expander: terms are ids of the vocabulary that its tokens come from.
package struct BackendExpander: Expander {
  package let digest: Fingerprint
  private let backend: Backend

  /// Starts the worker only if its description does not say what it is.
  package init(_ backend: Backend) throws {
    self.backend = backend
    digest = try backend.digest()
  }

  package func expand(_ input: EncoderInput) throws -> [Expansion] {
    try backend.encode(input, .expansion, side: .document) { try AnswerReader($1).expansions($0) }
  }
}
