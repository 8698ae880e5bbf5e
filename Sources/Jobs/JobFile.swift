package import Dataflow

/// A job file as it is written: a collection, a pipeline, resources and what to do with the result.
///
/// ```yaml
/// pipeline: ../pipelines/tildev2.yaml      # this and every other path: relative to this file
/// inputs: {collection: ../data/sample/collection.tsv}         # `$collection` in the pipeline
/// models: {tilde: ../data/models/tilde-tiny}                  # `$tilde` in the pipeline
/// parameters: {terms: 200}                                    # `$terms` in the pipeline
/// output: ../out/msmarco
/// work: ../out/msmarco/work                                   # this is the default: OUTPUT/work
/// budget: {workers: auto, memory: 1GiB}
/// limits: {quarantine: 0.1%, record: 16MiB}
/// evaluate: {queries: q.tsv, qrels: q.trec, measures: [nDCG@10], k: 1000, mode: sparse, fail-below: {nDCG@10: 0.3}}
/// schedule: "TZ=Europe/Berlin 30 3 * * *"                     # see `CronExpression`
/// keep: 2                                                     # besides the published one and the one before it
/// ```
package struct JobFile: Decodable, Sendable, CheckedParameters {
  package let pipeline: ResourcePath
  package let inputs: Bindings
  package let models: Bindings
  package let parameters: Bindings
  /// The index root: `current`, `generations`.
  package let output: ResourcePath
  /// Where chunks and checkpoints are kept; `nil` means `work` in the output.
  package let work: ResourcePath?
  package let budget: Budget
  package let limits: Limits
  package let evaluate: EvaluationSettings?
  /// A cron line, as written.
  package let schedule: Located<String>?
  /// How many of the newest generations stay on disk, at least 1. The published one and the one before it always stay,
  /// so that `rollback` has somewhere to go.
  package let keep: Int

  package enum CodingKeys: String, CodingKey, CaseIterable {
    case pipeline, inputs, models, parameters, output, work, budget, limits, evaluate, schedule, keep
  }

  package init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    pipeline = try keys.decode(ResourcePath.self, forKey: .pipeline)
    inputs = try keys.decodeIfPresent(Bindings.self, forKey: .inputs) ?? Bindings()
    models = try keys.decodeIfPresent(Bindings.self, forKey: .models) ?? Bindings()
    parameters = try keys.decodeIfPresent(Bindings.self, forKey: .parameters) ?? Bindings()
    output = try keys.decode(ResourcePath.self, forKey: .output)
    work = try keys.decodeIfPresent(ResourcePath.self, forKey: .work)
    budget = try keys.decode(Budget.self, forKey: .budget)
    limits = try keys.decode(Limits.self, forKey: .limits)
    evaluate = try keys.decodeIfPresent(EvaluationSettings.self, forKey: .evaluate)
    schedule = try keys.decodeIfPresent(Located<String>.self, forKey: .schedule)
    keep = try keys.decodeIfPresent(GenerationCount.self, forKey: .keep)?.value ?? 2
  }

  package var problem: ParameterProblem? {
    keep < 1 ? ParameterProblem("keep", "must be at least 1") : nil
  }
}

/// A number of generations, for which editors have a word of their own.
package struct GenerationCount: Decodable, Sendable {
  let value: Int

  init(value: Int) { self.value = value }

  package init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Int.self) }
}
