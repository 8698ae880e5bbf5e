internal import Codecs
internal import Dataflow
internal import Encoders
internal import Inference
internal import Kernels

/// What the stages that give sparse vectors have in common: a sparse encoder and its resources.
struct SparseEngine: Sendable {
  private let encoder: any SparseEncoder
  let source: EncoderSource
  /// See `Stage.instructions`: a bag of tokens has the same weights everywhere.
  let instructions: String?

  /// Loads the model or describes the child process. Throws what either throws, and `OtherTokenizer`.
  init(_ stage: String, _ parameters: some ModelParameters, _ method: SparseMethod, _ environment: StageEnvironment)
    throws
  {
    source = try EncoderSource(stage, parameters, environment)
    if let model = source.model, let declared = model.declaredMethod {
      try MethodMismatch.check(stage, method, declared: declared, by: model.path)
    }
    encoder = try source.sparse(method, limits: parameters.limits)
    instructions = method.usesModel ? source.instructions : nil
  }

  var resources: [String: Fingerprint] { source.resources(of: encoder) }

  func map(_ inputs: StageInputs) throws -> Batch {
    let batch = inputs.stream()
    let (input, tokens) = source.input(batch)
    let vectors = try encoder.encode(input)
    try EncoderFailure.check(vectors.count, is: batch.rows)
    var builder = SparseVectorsBuilder()
    for vector in vectors { try builder.append(vector, of: encoder) }
    var result = builder.vectors(ids: EncoderInput.ids(batch)).batch()
    result.tokens = tokens
    return result
  }
}

/// A model's folder says how it was trained, and the stage does something else.
struct MethodMismatch: ExitCoded, CustomStringConvertible {
  let description: String
  var exitCode: ExitCode { .configuration }

  static func check(_ stage: String, _ method: SparseMethod, declared: SparseMethod, by path: String) throws {
    let differences = [
      ("encoder", method.encoder.rawValue, declared.encoder.rawValue, method.isOfTokens != declared.isOfTokens),
      ("norm", method.norm.rawValue, declared.norm.rawValue, method.norm != declared.norm),
      (
        "pooling", method.pooling.rawValue, declared.pooling.rawValue,
        !method.isOfTokens && method.pooling != declared.pooling
      ),
    ].filter { $0.3 }
    guard !differences.isEmpty else { return }
    let words = differences.map { "\($0.0) \($0.1), the folder \($0.0) \($0.2)" }.joined(separator: "; ")
    throw MethodMismatch(description: "\(stage) and its model \(path) disagree: the stage has \(words)")
  }
}
