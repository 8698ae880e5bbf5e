package import Backends
package import Dataflow
package import Encoders
package import Inference

/// What every stage with a model is told: which, and how to compute. Either `model`, a folder for the native engine, or
/// `backend`, a command that speaks the protocol of encoders.
package protocol ModelParameters: DefaultedParameters, CheckedParameters, Sendable {
  var model: ResourcePath? { get }
  var backend: BackendDescription? { get }
  var precision: Precision { get }
  /// Tokens that go through the model at once; more take more memory.
  var batch: Int { get }
}

extension ModelParameters {
  /// What is wrong with the keys that all have.
  package var modelProblem: ParameterProblem? {
    if model != nil, backend != nil { return ParameterProblem("backend", "and `model` exclude each other") }
    if model == nil, backend == nil {
      return ParameterProblem("model", "is missing: name a model's folder, or a `backend`")
    }
    return batch < 1 ? ParameterProblem("batch", "must be at least 1") : nil
  }

  package var problem: ParameterProblem? { modelProblem }

  package var limits: BatchLimits { BatchLimits(tokens: batch, sequences: 64) }
}
