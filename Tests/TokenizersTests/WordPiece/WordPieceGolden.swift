import Foundation
import Testing
import Tokenizers

/// What Hugging Face `tokenizers` answered; made by `Golden/wordpiece_golden.py`.
enum WordPieceGolden {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Golden")

  /// The options of the golden files, by their names there.
  static let options: [String: WordPieceOptions] = {
    var cased = WordPieceOptions()
    cased.lowercase = false
    var accents = WordPieceOptions()
    accents.stripAccents = false
    var stripped = cased
    stripped.stripAccents = true
    var uncleaned = WordPieceOptions()
    uncleaned.cleansText = false
    uncleaned.isolatesIdeographs = false
    return [
      "uncased": WordPieceOptions(), "cased": cased, "accents": accents, "stripped": stripped, "uncleaned": uncleaned,
    ]
  }()

  static func vocabulary() throws -> [[UInt8]] {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "wordpiece-vocab.txt")))
    return bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }

  static func lines<Line: Decodable>(_ name: String, as type: Line.Type) throws -> [Line] {
    let data = try Data(contentsOf: folder.appending(path: name))
    return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(type, from: $0) }
  }

  /// The folder of real collections and models, where there is one: `BIGRAIN_SHARED`, or `shared` beside a folder
  /// that this file is in.
  static let shared: URL? = {
    if let path = ProcessInfo.processInfo.environment["BIGRAIN_SHARED"] { return URL(filePath: path) }
    var folder = URL(filePath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      folder = folder.deletingLastPathComponent()
      let candidate = folder.appending(path: "shared")
      if FileManager.default.fileExists(atPath: candidate.appending(path: "models").path) { return candidate }
    }
    return nil
  }()
}

/// FNV-1a, 64 bits, as the golden files have it.
struct FNV1a {
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }

  var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Calls `body` with the path of a folder that holds `files` and is gone afterwards.
func withTemporaryFolder<Result>(
  _ files: [String: some Sequence<UInt8>], _ body: (String) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "wordpiece-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  for (name, content) in files { try Data(content).write(to: folder.appending(path: name)) }
  return try body(folder.path)
}
