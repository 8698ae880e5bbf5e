internal import Backends
internal import Codecs
internal import Encoders
internal import Inference
internal import Kernels
internal import Tokenizers

/// Where a query side finds what it needs: in the generation, and where models are.
struct QueryContext: Sendable {
  let contract: IndexContract
  let generation: String
  let models: ModelLocations

  /// The tokenizer of a stage's model, from the index itself. A folder that was given must have the same.
  func tokenizer(of stage: IndexContract.Stage) throws -> WordPieceTokenizer {
    let key = stage.resources[ModelResources.tokenizer] == nil ? ModelResources.model : ModelResources.tokenizer
    guard let digest = stage.resources[key] else { throw QueryEncoder.Mismatch.backend(stage) }
    if let folder = models.given(to: stage.name) {
      let tokenizer = try WordPieceTokenizer(directory: folder)
      let own = Fingerprint.of(tokenizer.canonicalDescription).description
      guard own == digest else {
        throw QueryEncoder.Mismatch(
          "the tokenizer", index: "\(digest.prefix(12)) (stage `\(stage.name)`)",
          query: "\(own.prefix(12)) (\(folder))")
      }
      return tokenizer
    }
    return try TokenizerFile.read("\(generation)/\(TokenizerFile.name(digest))", digest: digest)
  }

  /// The query side of a stage's model, loaded when it is first used.
  func model(of stage: IndexContract.Stage, named name: String = ModelResources.model) throws -> Lazy<EncoderModel> {
    guard let digest = stage.resources[name] else { throw QueryEncoder.Mismatch.backend(stage) }
    let precision = try stage.member("precision", as: Precision.self)
    let folder = models.folder(stage: stage.name, digest: digest)
    let use = stage.use
    let label = stage.name
    return Lazy {
      guard let folder else {
        throw QueryEncoder.Mismatch(
          description: "queries need the model of stage `\(label)` (\(use), digest \(digest.prefix(12))), and the "
            + "index does not know where it is: give its folder with --model \(label)=DIR")
      }
      let model = try EncoderModels.load(folder, precision: precision, side: .queries)
      guard model.digest.description == digest else {
        throw QueryEncoder.Mismatch(
          "the model of stage `\(label)`", index: String(digest.prefix(12)),
          query: "\(model.digest.description.prefix(12)) (\(folder))")
      }
      if let substitute = model.substitute {
        throw QueryEncoder.Mismatch(
          description: "stage `\(label)` (\(use)) encodes queries with a model, and the query side of \(folder) has no "
            + "transformer but \(substitute)")
      }
      return model
    }
  }

  /// The child process that encoded a stage's passages. Throws `Mismatch` when no job that was read names it.
  func backend(of stage: IndexContract.Stage) throws -> Backend {
    guard let digest = stage.resources[ModelResources.backend], let backend = Backend.described(by: digest) else {
      throw QueryEncoder.Mismatch.backend(stage)
    }
    return backend
  }

  /// Queries of a stage with a model, through what encoded its passages.
  func modelSide(
    _ stage: IndexContract.Stage, _ method: SparseMethod, quantization: QueryQuantization? = nil,
    named name: String = ModelResources.model
  ) throws -> any SparseQuerySide {
    if stage.resources[ModelResources.backend] != nil {
      return ModelQuerySide(
        quantization: quantization, encoder: Lazy { try BackendSparseEncoder(backend(of: stage), side: .query) })
    }
    let model = try model(of: stage, named: name)
    return ModelQuerySide(
      quantization: quantization, encoder: Lazy { try SparseTransformerEncoder(model.value(), method) })
  }

  /// The inverse document frequencies that the index was built with, or those of its model's folder.
  func idf(of stage: IndexContract.Stage) throws -> IdfTable {
    let path = "\(generation)/\(IdfTable.fileName)"
    guard FileSystem.exists(path) else {
      throw QueryEncoder.Mismatch(
        description: "stage `\(stage.name)` weighs queries by idf, and the index holds no \(IdfTable.fileName): give "
          + "`shard` an `idf:` input in the pipeline, or the stage a model whose folder has a table for queries")
    }
    return try IdfTable(path: path)
  }
}
