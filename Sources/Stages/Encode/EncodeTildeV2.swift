package import Backends
package import Codecs
package import Dataflow
internal import Encoders
package import Inference

/// TILDEv2: a weight for each token of an expanded passage, the largest of equal ones.
///
/// w_i = ReLU(W h_i + b) over `[CLS] passage [SEP] expansion [SEP]`, 192 ids at most. Positions of special tokens, stop
/// words and symbols have no weight (`TokenFilter.tildeIndex`). A query is the bag of its tokens without those, each as
/// often as it occurs: no model reads it. Zhuang and Zuccon 2021; `modelingv2.py`, `indexingv2.py`.
package struct EncodeTildeV2: MapStage {
  package static let name = "encode.tildev2"
  package static let version = 2
  package static let summary = "weighs the tokens of expanded passages with TILDEv2; queries need no model"
  package static let ports = [Port.stream("from", TokenizedPassages.type, Passages.type)]
  package static let output = StageOutput.stream(SparseVectors.type)
  package static let reproducibility = Reproducibility.tolerance(1e-4)
  package static let checkpointsByDefault = true

  package struct Parameters: ModelParameters {
    package var model: ResourcePath?
    package var backend: BackendDescription?
    package var precision = Precision.fp32
    package var batch = 8192
    /// Ids that go through the model, special ones included; the expansion's end is cut off first.
    package var length = 192

    package init() {}
  }

  package let parameters: Parameters
  private let engine: SparseEngine

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    engine = try SparseEngine(Self.name, parameters, Self.method(length: parameters.length), environment)
  }

  static func method(length: Int) -> SparseMethod {
    SparseMethod(.expMLP, activation: .relu, norm: .identity, pooling: .maximum, special: .skipStops, length: length)
  }

  package var resources: [String: Fingerprint] { engine.resources }
  package var instructions: String? { engine.instructions }
  package func map(_ inputs: StageInputs) throws -> Batch { try engine.map(inputs) }
}

extension EncodeTildeV2: SparseQueryStage {
  static func querySide(_ stage: IndexContract.Stage, _ context: QueryContext) throws -> any SparseQuerySide {
    let method = SparseMethod(
      .binary, norm: .identity, pooling: .sum, special: .skipStops, length: SparseQueries.unlimited)
    return try BagQuerySide(method, tokenizer: context.tokenizer(of: stage))
  }
}

extension EncodeTildeV2: AttachingStage {
  package var attachments: [Attachment] { engine.source.attachments(needed: true) }
}
