internal import Codecs
internal import Kernels

/// Writing and reading `manifest.json`; the format is described at `Manifest`.
extension Manifest {
  private static let sealStart = Array("  \"sha256\": \"".utf8)
  private static let sealEnd = Array("\"}\n".utf8)
  private static let sealBytes = sealStart.count + 64 + sealEnd.count
  /// A manifest lists a few dozen files; more than this is damage.
  private static let sizeLimit = 64 << 20

  /// The bytes of `manifest.json`.
  package var encoded: [UInt8] {
    // The object without its closing `\n}`, then the seal as its last member.
    var bytes = Array(json.encoded.dropLast(2)) + Array(",\n".utf8)
    let seal = Fingerprint.of(bytes)
    bytes += Self.sealStart + Array(seal.description.utf8) + Self.sealEnd
    return bytes
  }

  /// Writes the manifest into a generation's folder, durably.
  package func write(to folder: String) throws {
    try DurableFile.write(encoded, to: "\(folder)/\(Self.fileName)")
  }

  /// Reads the manifest of a generation. Throws `FileError`, and `FormatError` for any byte that is not as it was
  /// written and for a version of the future.
  package static func read(from folder: String) throws -> Manifest {
    let path = "\(folder)/\(fileName)"
    let file = try PositionalFile(path)
    guard file.length <= sizeLimit else {
      throw FormatError.corrupt(path: path, detail: "it has \(file.length) bytes, too many for a manifest")
    }
    return try Manifest(parsing: try file.readExactly(at: 0, count: file.length), path: path)
  }

  /// - Parameter path: for error messages.
  package init(parsing bytes: [UInt8], path: String) throws {
    try Self.checkSeal(bytes, path: path)
    let json: JSONValue
    do { json = try JSONValue(parsing: bytes) } catch { throw FormatError.corrupt(path: path, detail: "\(error)") }
    guard let version = json["format"]?.integer else {
      throw FormatError.corrupt(path: path, detail: "it does not tell its format")
    }
    guard version >= Self.versions.lowerBound else {
      throw FormatError.tooOld(path: path, version: version, oldest: Self.versions.lowerBound)
    }
    guard version <= Self.versions.upperBound else {
      throw FormatError.tooNew(path: path, version: version, newest: Self.versions.upperBound)
    }
    try self.init(ManifestDecoder(path: path), json)
  }

  private static func checkSeal(_ bytes: [UInt8], path: String) throws {
    let content = bytes.dropLast(sealBytes)
    let expected = sealStart + Array(Fingerprint.of(content).description.utf8) + sealEnd
    guard bytes.count > sealBytes, Array(bytes.suffix(sealBytes)) == expected else {
      throw FormatError.corrupt(path: path, detail: "its seal is wrong: it was changed or cut after it was written")
    }
  }

  /// All members but the seal.
  private var json: JSONValue {
    [
      "contract": contract, "documents": .integer(Int64(documents)), "files": .array(files.map(\.json)),
      "fingerprint": .string("\(fingerprint)"), "format": .integer(Int64(Self.versions.upperBound)),
      "postings": .integer(Int64(postings)),
      "quarantined": .members(quarantined.map { .init($0.key, .integer(Int64($0.value))) }),
      "shards": .array(shards.map(\.json)), "terms": .integer(Int64(terms)), "tool": .string(tool),
    ]
  }

  private init(_ decoder: ManifestDecoder, _ json: JSONValue) throws {
    self.init(
      fingerprint: try decoder.fingerprint(json, "fingerprint"), tool: try decoder.string(json, "tool"),
      postings: try decoder.count(json, "postings"), terms: try decoder.count(json, "terms"),
      shards: try decoder.array(json, "shards").map(decoder.shard),
      files: try decoder.array(json, "files").map(decoder.file),
      contract: try decoder.member(json, "contract"), quarantined: try decoder.counts(json, "quarantined"))
    guard documents == (try decoder.count(json, "documents")) else {
      throw decoder.corrupt("the documents of its shards do not add up to its `documents`")
    }
    let paths = allFiles.map { Array($0.path.utf8) } + shards.map { Array($0.name.utf8) }
    guard Set(paths).count == paths.count else { throw decoder.corrupt("it lists a name twice") }
  }
}

extension Manifest.File {
  fileprivate var json: JSONValue {
    ["name": .string(name), "sha256": .string("\(seal.fingerprint)"), "size": .integer(Int64(seal.size))]
  }
}

extension Manifest.Shard {
  fileprivate var json: JSONValue {
    ["documents": .integer(Int64(documents)), "files": .array(files.map(\.json)), "name": .string(name)]
  }
}

/// Takes the parts of a manifest out of its JSON; what is not there or not of the right type is `FormatError.corrupt`.
private struct ManifestDecoder {
  let path: String

  func corrupt(_ detail: String) -> FormatError { .corrupt(path: path, detail: detail) }

  func member(_ json: JSONValue, _ name: String) throws -> JSONValue {
    guard let value = json[name] else { throw corrupt("`\(name)` is missing") }
    return value
  }

  func string(_ json: JSONValue, _ name: String) throws -> String {
    guard let value = try member(json, name).string else { throw corrupt("`\(name)` is not a string") }
    return value
  }

  /// Counts are below 2^48, so that sums of them do not overflow.
  func count(_ json: JSONValue, _ name: String) throws -> Int {
    guard let value = try member(json, name).integer, (0..<1 << 48).contains(value) else {
      throw corrupt("`\(name)` is not a count")
    }
    return value
  }

  func array(_ json: JSONValue, _ name: String) throws -> [JSONValue] {
    guard let value = try member(json, name).array else { throw corrupt("`\(name)` is not a list") }
    return value
  }

  func counts(_ json: JSONValue, _ name: String) throws -> [String: Int] {
    let object = try member(json, name)
    guard let members = object.object else { throw corrupt("`\(name)` is not an object") }
    var counts: [String: Int] = [:]
    for member in members { counts[member.name] = try count(object, member.name) }
    return counts
  }

  func fingerprint(_ json: JSONValue, _ name: String) throws -> Fingerprint {
    guard let value = Fingerprint(hex: try string(json, name)) else { throw corrupt("`\(name)` is not a digest") }
    return value
  }

  /// A name that stays inside the folder it is used in.
  func name(_ json: JSONValue) throws -> String {
    let name = try string(json, "name")
    guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0),
      name != Manifest.fileName
    else { throw corrupt("`\(name)` cannot name a file of an index") }
    return name
  }

  func file(_ json: JSONValue) throws -> Manifest.File {
    Manifest.File(
      name: try name(json),
      seal: FileSeal(size: try count(json, "size"), fingerprint: try fingerprint(json, "sha256")))
  }

  func shard(_ json: JSONValue) throws -> Manifest.Shard {
    Manifest.Shard(
      name: try name(json), documents: try count(json, "documents"), files: try array(json, "files").map(file))
  }
}
