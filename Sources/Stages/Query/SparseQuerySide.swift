internal import Codecs
internal import Encoders
internal import Interchange
internal import Search
internal import Tokenizers

/// How the sparse side of an index reads queries.
protocol SparseQuerySide: Sendable {
  func query(_ text: [UInt8]) throws -> Query
}

/// A stage that says how queries are read for what it made.
protocol SparseQueryStage: Sendable {
  static var name: String { get }
  /// Throws `IndexContract.Unreadable`, `QueryEncoder.Mismatch`.
  static func querySide(_ stage: IndexContract.Stage, _ context: QueryContext) throws -> any SparseQuerySide
}

enum SparseQueries {
  /// The registry: every stage that makes sparse vectors.
  static let stages: [any SparseQueryStage.Type] = [
    EncodeTildeV2.self, EncodeUniCOIL.self, EncodeDeepImpact.self, EncodeSplade.self, EncodeSparse.self,
    EncodeBM25.self,
  ]

  /// The length of queries that nobody cuts.
  static let unlimited = 1 << 20
}

/// A bag of the query's tokens, without a model.
struct BagQuerySide: SparseQuerySide {
  private let encoder: BagEncoder

  init(_ method: SparseMethod, tokenizer: WordPieceTokenizer) throws {
    encoder = BagEncoder(method, tokenizer: tokenizer)
  }

  func query(_ text: [UInt8]) throws -> Query {
    try Query.of(encoder.encode(encoder.tokenizer.encode(text))) { encoder.tokenizer.token($0) }
  }
}

/// The text is the vector: the index was made of vectors that something else encoded.
struct GivenQuerySide: SparseQuerySide {
  func query(_ text: [UInt8]) throws -> Query { try QueryVectorText.sparse(text) }
}

/// The query's words as DeepImpact cleans them, each once.
struct WordQuerySide: SparseQuerySide {
  func query(_ text: [UInt8]) throws -> Query { try Query(terms: Array(Set(DeepImpactText.query(text)))) }
}

/// Each token of the query once, with its inverse document frequency; special tokens count for nothing.
struct IdfQuerySide: SparseQuerySide {
  private let idf: IdfTable
  private let bag: BagEncoder

  init(_ idf: IdfTable, tokenizer: WordPieceTokenizer, length: Int) {
    self.idf = idf
    bag = BagEncoder(
      SparseMethod(.binary, norm: .identity, pooling: .maximum, special: .zero, length: length), tokenizer: tokenizer)
  }

  func query(_ text: [UInt8]) throws -> Query {
    try Query(
      bag.encode(bag.tokenizer.encode(text)).terms.compactMap { id in
        bag.tokenizer.token(id).map { (term: $0, weight: max(0, idf.weight(of: $0))) }
      })
  }
}

/// The query through a model, which is loaded with the first.
struct ModelQuerySide: SparseQuerySide {
  private let quantization: QueryQuantization?
  private let loading: Lazy<any SparseEncoder>

  init(quantization: QueryQuantization?, encoder: Lazy<any SparseEncoder>) {
    self.quantization = quantization
    loading = encoder
  }

  func query(_ text: [UInt8]) throws -> Query {
    let encoder = try loading.value()
    let vector = try encoder.encode(.texts(ByteStrings([text])))[0]
    let quantized = quantization.map { quantization in vector.weights.map(quantization.apply) } ?? vector.weights
    return try Query.of(SparseVector(terms: vector.terms, weights: quantized)) { encoder.term($0) }
  }
}

extension Query {
  static func of(_ vector: SparseVector, _ term: (Int32) -> [UInt8]?) throws -> Query {
    try Query(
      zip(vector.terms, vector.weights).compactMap { id, weight in term(id).map { (term: $0, weight: weight) } })
  }
}
