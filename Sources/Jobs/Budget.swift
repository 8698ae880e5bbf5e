package import Dataflow

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
  /// 1...`most`.
  case count(Int)

  package static let most = 1024

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if (try? container.decode(String.self)) == "auto" {
      self = .auto
    } else if let count = try? container.decode(Int.self), (1...Self.most).contains(count) {
      self = .count(count)
    } else if let config = decoder as? ConfigDecoder {
      throw config.mismatch("`auto` or a whole number from 1 to \(Self.most)")
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
