package import Codecs
package import Corpus
package import Dataflow
internal import FoundationEssentials
package import Kernels

/// Reads a collection: the source of every pipeline.
///
/// Chunks are cut at record borders that depend on the content alone. Bad records go to quarantine, and ids that come
/// twice within a chunk; across chunks, the index finds them.
package struct Read: SourceStage {
  package static let name = "read"
  package static let version = 2
  package static let summary =
    "reads documents from files: \(DocumentFormats.all.map { $0.name }.joined(separator: ", "))"
  package static let ports: [Port] = []
  package static let output = StageOutput.stream(Passages.type)

  package struct Parameters: Codable, Sendable, CheckedParameters {
    /// Paths and shell patterns.
    package let input: ResourcePaths
    package let format: String
    /// Mean size of a chunk; chunks have a quarter to four times as much.
    package let chunk: ByteSize
    package let options: ReadOptions

    private enum Keys: String, CodingKey, CaseIterable {
      case input, format, chunk
      case thirdColumn = "third-column"
      case invalidUTF8 = "invalid-utf8"
      case repair
      case titleJoin = "title-join"
      case contentTags = "content-tags"
      case titleTags = "title-tags"
    }

    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      input = try container.decode(ResourcePaths.self, forKey: .input)
      format = try container.decode(String.self, forKey: .format)
      chunk = try container.decodeIfPresent(ByteSize.self, forKey: .chunk) ?? .mebibytes(4)
      var options = ReadOptions()
      options.thirdColumn =
        try container.decodeIfPresent(ThirdColumn.self, forKey: .thirdColumn) ?? options.thirdColumn
      options.invalidUTF8 = try container.decodeIfPresent(InvalidUTF8.self, forKey: .invalidUTF8)
      options.repair = try container.decodeIfPresent(Repair.self, forKey: .repair) ?? options.repair
      options.titleJoin = try container.decodeIfPresent(TitleJoin.self, forKey: .titleJoin) ?? options.titleJoin
      options.contentTags = try container.decodeIfPresent([String].self, forKey: .contentTags) ?? options.contentTags
      options.titleTags = try container.decodeIfPresent([String].self, forKey: .titleTags) ?? options.titleTags
      self.options = options
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(format, forKey: .format)
      try container.encode(chunk, forKey: .chunk)
      try container.encode(options.thirdColumn, forKey: .thirdColumn)
      try container.encodeIfPresent(options.invalidUTF8, forKey: .invalidUTF8)
      try container.encode(options.repair, forKey: .repair)
      try container.encode(options.titleJoin, forKey: .titleJoin)
      try container.encode(options.contentTags, forKey: .contentTags)
      try container.encode(options.titleTags, forKey: .titleTags)
    }

    package var problem: ParameterProblem? {
      if DocumentFormats.all.contains(where: { $0.name == format }) {
        return chunk.bytes < 16 ? ParameterProblem("chunk", "must be at least 16 bytes") : nil
      }
      let names = DocumentFormats.all.map { $0.name }
      let hint = Suggestion.hint(for: format, among: names) ?? "there are \(names.joined(separator: ", "))"
      return ParameterProblem("format", "is no document format: `\(format)`; \(hint)")
    }
  }

  package let parameters: Parameters
  private let collection: DocumentCollection
  private let recordLimit: Int

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    recordLimit = environment.recordLimit
    var options = parameters.options
    options.limits.record = environment.recordLimit
    collection = try DocumentCollection(
      patterns: parameters.input.paths.map(\.path),
      format: try DocumentFormats.format(named: parameters.format, options: options))
  }

  package func stateSign() throws -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field("record limit \(recordLimit)")
    for file in collection.files {
      hasher.field(file.path)
      if let status = try FileSystem.status(file.path) {
        hasher.field("\(status.size) \(status.modified) \(status.device) \(status.inode)")
      }
    }
    return hasher.finalize()
  }

  package func splits() throws -> [SourceSplit] {
    try collection.splits(targetBytes: parameters.chunk.bytes).map(sourceSplit)
  }

  private func sourceSplit(_ split: Split) throws -> SourceSplit {
    let file = collection.files[split.file]
    return SourceSplit(
      file: file.name, offset: Int(split.offset), length: Int(split.length), firstLine: Int(split.firstLine),
      fingerprint: split.fingerprint, lane: file.compression == .none ? nil : file.path,
      locator: try Self.encode(split))
  }

  private static func encode(_ split: Split) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(split), as: UTF8.self)
  }

  private func split(of split: SourceSplit) throws -> Split {
    try JSONDecoder().decode(Split.self, from: Data(split.locator.utf8))
  }

  package func read(_ split: SourceSplit) throws -> [UInt8] {
    try collection.read(self.split(of: split))
  }

  package func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> Batch {
    let documents = collection.documents(in: bytes, of: try self.split(of: split))
    var ids = ByteStrings()
    var texts = ByteStrings()
    for document in documents.documents {
      ids.append(document.id)
      texts.append(document.contents(joinedBy: parameters.options.titleJoin))
    }
    let notices = Dictionary(uniqueKeysWithValues: documents.notices.counts.map { ($0.key.rawValue, $0.value) })
    return Passages(ids: ids, texts: texts).batch(
      rejected: documents.rejected.map { rejection($0, in: split) }.sorted(), notices: notices)
  }

  package func places(of ids: Set<[UInt8]>, in split: SourceSplit) throws -> [[UInt8]: RecordPlace] {
    let bytes = try read(split)
    let batch = collection.documents(in: bytes, of: try self.split(of: split))
    var places: [[UInt8]: RecordPlace] = [:]
    for (document, start) in zip(batch.documents, batch.starts) where ids.contains(document.id) {
      let lines = ByteScan.count(UInt8(ascii: "\n"), in: bytes, 0..<start)
      places[document.id] = RecordPlace(offset: split.offset + start, line: split.firstLine + lines)
    }
    return places
  }

  package func head(of split: SourceSplit, bytes count: Int) throws -> SourceSplit {
    guard split.length > count else { return split }
    var part = try self.split(of: split)
    let bytes = try collection.read(part)
    guard let end = collection.documents(in: bytes, of: part).starts.first(where: { $0 >= count }) else { return split }
    part.length = UInt64(end)
    part.fingerprint = Fingerprint.of(Array(bytes[..<end]))
    return try sourceSplit(part)
  }

  private func rejection(_ record: RejectedRecord, in split: SourceSplit) -> Dataflow.Rejection {
    Dataflow.Rejection(
      reason: record.reason.rawValue, detail: record.detail, id: record.id ?? "",
      offset: Int(record.byteOffset) - split.offset, line: Int(record.line) - split.firstLine, more: record.more)
  }
}

extension CorpusError: ExitCoded {
  package var exitCode: ExitCode {
    switch kind {
    case .noInput: .noInput
    case .badData: .badData
    case .changed: .tryAgain
    case .io: .inputOutput
    case .badRequest: .configuration
    }
  }
}
