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
/// schedule: "30 3 * * *"
/// keep: 2
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
  /// How many generations stay on disk, at least 1.
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
    keep = try keys.decodeIfPresent(Int.self, forKey: .keep) ?? 2
  }

  package var problem: ParameterProblem? {
    keep < 1 ? ParameterProblem("keep", "must be at least 1") : nil
  }
}

/// What a job may take of the machine.
package struct Budget: DefaultedParameters, CheckedParameters, Sendable {
  /// `auto` is one worker a core.
  package var workers = Workers.auto
  /// The peak of the process's memory.
  package var memory = ByteSize.gibibytes(1)

  package init() {}

  package var problem: ParameterProblem? {
    memory < .mebibytes(16) ? ParameterProblem("memory", "must be at least 16MiB") : nil
  }
}

/// How many chunks are worked on at once.
package enum Workers: Codable, Hashable, Sendable {
  case auto
  /// At least 1.
  case count(Int)

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if (try? container.decode(String.self)) == "auto" {
      self = .auto
    } else if let count = try? container.decode(Int.self), count >= 1 {
      self = .count(count)
    } else if let config = decoder as? ConfigDecoder {
      throw config.mismatch("`auto` or a whole number from 1")
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither auto nor a number from 1")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .auto: try container.encode("auto")
    case .count(let count): try container.encode(count)
    }
  }
}

/// How bad a collection may be.
package struct Limits: DefaultedParameters, CheckedParameters, Sendable {
  /// The part of the records that may be quarantined before the run counts as failed (`ExitCode.quarantineExceeded`).
  package var quarantine = Fraction(0.001)
  /// The largest record that is read; a larger one is quarantined.
  package var record = ByteSize.mebibytes(16)

  package init() {}

  package var problem: ParameterProblem? {
    record.bytes < 1 ? ParameterProblem("record", "must be at least 1B") : nil
  }
}

/// How the finished index is judged, and what it must reach to be published.
package struct EvaluationSettings: Decodable, Sendable, CheckedParameters {
  /// `id<TAB>text`
  package let queries: ResourcePath
  /// Judgements in TREC's format.
  package let qrels: ResourcePath
  package let measures: [Located<String>]
  /// How many passages are searched for.
  package let k: Int
  /// How to search; `nil` takes the index's own best.
  package let mode: Located<String>?
  /// The least value of a measure, in the order of the file.
  package let failBelow: [Gate]

  /// A measure and the value it must reach.
  package struct Gate: Sendable, Equatable {
    package let measure: Located<String>
    package let atLeast: Double
  }

  private enum CodingKeys: String, CodingKey {
    case queries, qrels, measures, k, mode
    case failBelow = "fail-below"
  }

  /// What is measured where the job does not say.
  package static let defaultMeasures = ["nDCG@10", "RR@10", "AP", "R@1000"]

  package init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    queries = try keys.decode(ResourcePath.self, forKey: .queries)
    qrels = try keys.decode(ResourcePath.self, forKey: .qrels)
    let place = (decoder as? ConfigDecoder)?.node.location ?? SourceLocation(file: "")
    measures =
      try keys.decodeIfPresent([Located<String>].self, forKey: .measures)
      ?? Self.defaultMeasures.map { Located($0, at: place) }
    k = try keys.decodeIfPresent(Int.self, forKey: .k) ?? 1000
    mode = try keys.decodeIfPresent(Located<String>.self, forKey: .mode)
    let floors = try keys.decodeIfPresent([String: Double].self, forKey: .failBelow) ?? [:]
    let written = try keys.decodeIfPresent(ConfigNode.self, forKey: .failBelow)?.mapping ?? []
    failBelow = written.compactMap { entry in
      floors[entry.key].map { Gate(measure: Located(entry.key, at: entry.keyLocation), atLeast: $0) }
    }
  }

  package var problem: ParameterProblem? {
    if measures.isEmpty { return ParameterProblem("measures", "must name at least one measure") }
    return k < 1 ? ParameterProblem("k", "must be at least 1") : nil
  }
}
