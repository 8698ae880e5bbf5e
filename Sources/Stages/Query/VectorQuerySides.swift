internal import Backends
internal import Codecs
internal import Encoders

/// Queries for the dense side: the passages' model, with its prompt before the text.
struct DenseQuerySide: Sendable {
  private let encoder: Lazy<any DenseEncoder>
  private let prompt: [UInt8]

  init(_ stage: IndexContract.Stage, _ context: QueryContext) throws {
    let query = try stage.member("query", as: DenseQuery.self)
    let length = query.length ?? stage.parameters["length"]?.integer
    prompt = Array(query.prompt.utf8)
    if stage.resources[ModelResources.backend] != nil {
      encoder = Lazy { try BackendDenseEncoder(context.backend(of: stage), side: .query) }
      return
    }
    let model = try context.model(of: stage)
    let plain = DenseTransformerEncoder.Plain(
      pooling: try stage.member("pooling", as: DensePooling.self).mode,
      normalizes: try stage.member("normalize", as: Bool.self))
    encoder = Lazy { try DenseTransformerEncoder(model.value(), length: length, plain: plain) }
  }

  func vector(_ text: [UInt8]) throws -> [Float] { try encoder.value().encode(.texts(ByteStrings([prompt + text]))) }
}

/// Queries for token vectors.
struct TokenQuerySide: Sendable {
  private let encoding: @Sendable ([UInt8]) throws -> (values: [Float], count: Int)

  init(_ stage: IndexContract.Stage, _ context: QueryContext) throws {
    let query = try stage.member("query", as: ColBERTQuery.self)
    let length = try stage.member("length", as: Int.self)
    if stage.resources[ModelResources.backend] != nil {
      let encoder = Lazy { try BackendTokenVectorEncoder(context.backend(of: stage), side: .query) }
      encoding = { text in
        let vectors = try encoder.value().encode(.texts(ByteStrings([text])))
        return (vectors.values, Int(vectors.offsets[1]))
      }
      return
    }
    let model = try context.model(of: stage)
    let encoder = Lazy { try ColBERTEncoder(model.value(), length: length, queryLength: query.length) }
    encoding = { text in
      let encoder = try encoder.value()
      let values = try encoder.encodeQuery(text)
      return (values, values.count / encoder.dimension)
    }
  }

  func vectors(_ text: [UInt8]) throws -> (values: [Float], count: Int) { try encoding(text) }
}
