internal import Codecs
internal import Kernels

/// Where the bytes of a file or of an index go.
package struct Inspection: Sendable {
  /// A section of a file, or the files of one name of an index.
  package struct Part: Sendable, Equatable {
    package let name: String
    package let bytes: Int
    /// Of the whole, 0...1.
    package let share: Double
    /// 0 for a file or a part of an index, 1 for a section below it.
    package let level: Int
    /// Whether the checksum is right; `nil` where none was compared.
    package let isIntact: Bool?
    /// What that makes for each posting or document of an index: `1.42 a posting`.
    package var each: String?
  }

  package let path: String
  /// Facts about the whole, name and value, in the order to show them.
  package let facts: [Fact]
  package let bytes: Int
  package let parts: [Part]

  package struct Fact: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  /// Describes a file of bigrain, or an index. Throws `IndexError`, `FileError`, `FormatError`.
  package static func describe(_ path: String) throws -> Inspection {
    if try FileSystem.status(path)?.isRegular == true {
      guard FileSystem.lastComponent(of: path) != Manifest.fileName else {
        throw IndexError.manifest(path: path, folder: FileSystem.directory(of: path))
      }
      return try file(path)
    }
    return try index(try IndexLocation.resolve(path))
  }

  private static func file(_ path: String) throws -> Inspection {
    let envelope = try Envelope(path: path, access: .positional)
    let sections = try envelope.sections.map { section in
      Part(
        name: section.name, bytes: section.length, share: share(section.length, of: envelope.length), level: 0,
        isIntact: try isIntact(section, of: envelope))
    }
    let rest = envelope.length - sections.reduce(0) { $0 + $1.bytes }
    let frame = Part(
      name: "(envelope)", bytes: rest, share: share(rest, of: envelope.length), level: 0, isIntact: nil)
    var facts = [Fact(name: "kind", value: envelope.kind), Fact(name: "version", value: "\(envelope.version)")]
    if envelope.kind == DocumentFormat.kind.name { facts += documentFacts(path) }
    if envelope.kind == CodeWriter.kind.name { facts += codeFacts(path) }
    return Inspection(path: path, facts: facts, bytes: envelope.length, parts: sections + [frame])
  }

  private static func isIntact(_ section: Envelope.Section, of envelope: Envelope) throws -> Bool {
    var checksum: UInt32 = 0
    var done = 0
    while done < section.length {
      let count = min(1 << 20, section.length - done)
      checksum = CRC32C.checksum(try envelope.bytes(in: section, at: done, count: count), continuing: checksum)
      done += count
    }
    return checksum == section.checksum
  }

  private static func documentFacts(_ path: String) -> [Fact] {
    guard let reader = try? DocumentReader(path: path) else { return [] }
    return [
      Fact(name: "documents", value: "\(reader.count)"), Fact(name: "bytes of ids", value: "\(reader.idBytes)"),
      Fact(name: "bytes of text", value: reader.storesText ? "\(reader.textBytes)" : "not stored"),
    ]
  }

  private static func codeFacts(_ path: String) -> [Fact] {
    guard let reader = try? CodeReader(path: path) else { return [] }
    var facts = [
      Fact(name: "documents", value: "\(reader.count)"), Fact(name: "parts of a code", value: "\(reader.parts)"),
      Fact(name: "bits of a part", value: "\(reader.bits)"),
    ]
    if let lengths = reader.listLengths {
      facts += [
        Fact(name: "lists", value: "\(lengths.count)"),
        Fact(name: "largest list", value: "\(lengths.max() ?? 0)"),
        Fact(name: "empty lists", value: "\(lengths.count { $0 == 0 })"),
      ]
    }
    return facts
  }

  private static func share(_ bytes: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : Double(bytes) / Double(whole)
  }
}

extension Inspection {
  /// An index by the names of its files over all shards, the largest first, each with its sections.
  private static func index(_ location: IndexLocation) throws -> Inspection {
    let manifest = try Manifest.read(from: location.path)
    var sizes: [String: Int] = [Manifest.fileName: manifest.encoded.count]
    var sections: [String: [String: Int]] = [:]
    for file in manifest.allFiles {
      let name = FileSystem.lastComponent(of: file.path)
      sizes[name, default: 0] += file.seal.size
      guard let envelope = try? Envelope(path: "\(location.path)/\(file.path)") else { continue }
      for section in envelope.sections { sections[name, default: [:]][section.name, default: 0] += section.length }
    }
    let whole = sizes.values.reduce(0, +)
    let parts = largestFirst(sizes).flatMap { name, bytes in
      [
        Part(
          name: name, bytes: bytes, share: share(bytes, of: whole), level: 0, isIntact: nil,
          each: each(name, bytes, manifest))
      ]
        + largestFirst(sections[name] ?? [:]).map { section, bytes in
          Part(name: section, bytes: bytes, share: share(bytes, of: whole), level: 1, isIntact: nil)
        }
    }
    return Inspection(
      path: location.path, facts: facts(manifest, bytes: whole) + lists(of: manifest, in: location.path), bytes: whole,
      parts: parts)
  }

  /// How many lists the codes are in, if they are.
  private static func lists(of manifest: Manifest, in folder: String) -> [Fact] {
    for shard in manifest.shards where shard.files.contains(where: { $0.name == CodeWriter.fileName }) {
      let path = "\(folder)/\(shard.name)/\(CodeWriter.fileName)"
      guard let envelope = try? Envelope(path: path, kind: CodeWriter.kind, access: .positional),
        let lists = try? CodeSummary(envelope).lists
      else { return [] }
      return [Fact(name: "lists of codes", value: "\(lists)")]
    }
    return []
  }

  /// Files that do not belong to the sparse side of a shard.
  private static let otherFiles =
    [
      DocumentFormat.fileName, CodeWriter.fileName, TokenVectorWriter.fileName, ForwardWriter.fileName,
      Manifest.fileName,
    ] + VectorEncoding.allCases.map(\.fileName)

  private static func isSparse(_ name: String, _ manifest: Manifest) -> Bool {
    !otherFiles.contains(name) && manifest.shards.contains { $0.files.contains { $0.name == name } }
  }

  /// Bytes for each posting, of what belongs to the sparse side; for each document, of what else a shard has.
  private static func each(_ name: String, _ bytes: Int, _ manifest: Manifest) -> String? {
    if isSparse(name, manifest) {
      return manifest.postings > 0 ? "\(hundredths(bytes, manifest.postings)) a posting" : nil
    }
    guard manifest.documents > 0, otherFiles.contains(name), name != Manifest.fileName else { return nil }
    return "\(hundredths(bytes, manifest.documents)) a document"
  }

  private static func hundredths(_ bytes: Int, _ count: Int) -> String {
    let hundredths = (bytes * 100 + count / 2) / count
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }

  private static func largestFirst(_ sizes: [String: Int]) -> [(String, Int)] {
    sizes.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.map { ($0.key, $0.value) }
  }

  private static func facts(_ manifest: Manifest, bytes: Int) -> [Fact] {
    let quarantined = manifest.quarantined.values.reduce(0, +)
    var facts = [
      Fact(name: "documents", value: "\(manifest.documents)"), Fact(name: "terms", value: "\(manifest.terms)"),
      Fact(name: "postings", value: "\(manifest.postings)"), Fact(name: "shards", value: "\(manifest.shards.count)"),
      Fact(name: "quarantined", value: "\(quarantined)"), Fact(name: "built by", value: manifest.tool),
      Fact(name: "fingerprint", value: "\(manifest.fingerprint)"),
    ]
    if manifest.documents > 0 {
      let tenths = (bytes * 10 + manifest.documents / 2) / manifest.documents
      facts.insert(Fact(name: "bytes a document", value: "\(tenths / 10).\(tenths % 10)"), at: 1)
    }
    if manifest.postings > 0 {
      let sparse = manifest.allFiles.filter { isSparse(FileSystem.lastComponent(of: $0.path), manifest) }
      let value = hundredths(sparse.reduce(0) { $0 + $1.seal.size }, manifest.postings)
      facts.insert(Fact(name: "bytes a posting", value: value), at: 2)
    }
    return facts
  }
}
