package import Codecs
package import Dataflow

/// A model that queries of an index need.
package struct ModelUse: Sendable, Hashable {
  /// The resource's name in the stage: `model`, `query-model`.
  package let name: String
  package let digest: Fingerprint
  /// As the job names it.
  package let folder: String
}

/// A stage whose queries need a model's weights: `run` writes where they are beside the index, not into it.
package protocol ModelUsing: Stage {
  var models: [ModelUse] { get }
}
