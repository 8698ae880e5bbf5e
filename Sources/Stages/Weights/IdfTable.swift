package import Codecs
package import Dataflow
internal import Foundation
internal import Kernels

/// Inverse document frequencies of a vocabulary: what inference-free retrievers weigh queries with.
///
/// File: JSON as OpenSearch's `idf.json` has it, one object, a member for each token in the order of the vocabulary; 1.0
/// where no passage has the token.
package struct IdfTable: Artifact {
  package static let fileName = "idf.json"

  private let weights: [[UInt8]: Float]

  package init(path: String) throws {
    let bytes = try MappedFile.open(path).bytes
    // Keys as bytes: a dictionary of `String` would merge tokens that are canonically equivalent.
    guard let members = IdfScanner.members(bytes) else {
      throw FormatError.corrupt(path: path, detail: "it is no JSON object of numbers")
    }
    weights = Dictionary(members, uniquingKeysWith: { _, last in last })
  }

  /// The weight of a token; 1 for one that the table lacks.
  package func weight(of token: [UInt8]) -> Float { weights[token] ?? 1 }

  package var count: Int { weights.count }

  static func write(_ entries: [(token: [UInt8], weight: Float)], to path: String, attempt: Int) throws -> FileSeal {
    let file = try DurableFile(path, attempt: attempt)
    try file.append(Array("{".utf8))
    for (index, entry) in entries.enumerated() {
      try file.append(
        (index > 0 ? [UInt8(ascii: ","), UInt8(ascii: "\n")] : []) + quoted(entry.token)
          + Array(": \(entry.weight)".utf8))
    }
    try file.append(Array("}\n".utf8))
    return try file.commit()
  }

  /// The table of a model's folder, as an index keeps it.
  static func attachment(_ entries: [(token: [UInt8], weight: Float)]) -> Attachment {
    Attachment(name: fileName) { try write(entries, to: $0, attempt: 0) }
  }

  private static func quoted(_ token: [UInt8]) -> [UInt8] {
    var bytes = [UInt8(ascii: "\"")]
    for byte in token {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20: bytes += Array(String(format: "\\u%04x", byte).utf8)
      default: bytes.append(byte)
      }
    }
    return bytes + [UInt8(ascii: "\"")]
  }
}

/// Reads a flat JSON object of numbers whose keys are bytes.
private enum IdfScanner {
  static func members(_ bytes: [UInt8]) -> [([UInt8], Float)]? {
    var position = 0
    func skip() { while position < bytes.count, bytes[position] <= 0x20 { position += 1 } }
    func take(_ character: Character) -> Bool {
      skip()
      guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
      position += 1
      return true
    }
    func key() -> [UInt8]? {
      guard take("\"") else { return nil }
      let start = position
      while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
        position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
      }
      guard position < bytes.count else { return nil }
      position += 1
      let raw = bytes[start..<(position - 1)]
      guard raw.contains(UInt8(ascii: "\\")) else { return Array(raw) }
      let text = try? JSONDecoder().decode([String].self, from: Data(Array("[\"".utf8) + raw + Array("\"]".utf8)))
      return text.map { Array($0[0].utf8) }
    }
    func number() -> Float? {
      skip()
      let start = position
      while position < bytes.count, "+-.0123456789eE".utf8.contains(bytes[position]) { position += 1 }
      return Float(String(decoding: bytes[start..<position], as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }
    guard take("{") else { return nil }
    var members: [([UInt8], Float)] = []
    if take("}") { return members }
    repeat {
      guard let key = key(), take(":"), let number = number() else { return nil }
      members.append((key, number))
    } while take(",")
    return take("}") ? members : nil
  }
}
