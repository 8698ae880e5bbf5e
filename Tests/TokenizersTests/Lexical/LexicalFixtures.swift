import Foundation
import Testing
import Tokenizers

/// The test files of this folder and what is written in them.
enum LexicalFixtures {
  /// The lines of `Golden/name`, without empty ones and comments.
  static func lines(_ name: String) throws -> [String] {
    let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: nil), "no Golden/\(name)")
    return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// UTF-8 of a text in which `\uXXXX` stands for UTF-16 units.
  static func unescape(_ text: some StringProtocol) throws -> [UInt8] {
    var units: [UInt16] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        units.append(UInt16(byte))
        continue
      }
      units.append(try #require(UInt16(String(decoding: rest.dropFirst().prefix(4), as: UTF8.self), radix: 16)))
      rest.removeFirst(5)
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  /// `collection.tsv` of a folder of shared/data: the texts, or `nil` where there is no such file.
  static func texts(of collection: String) throws -> [[UInt8]]? {
    guard let shared = sharedFolder() else { return nil }
    let path = shared.appending(path: "data/\(collection)/collection.tsv").path
    guard let content = FileManager.default.contents(atPath: path) else { return nil }
    return Array(content).split(separator: UInt8(ascii: "\n")).map { line in
      Array(line[(line.firstIndex(of: UInt8(ascii: "\t")) ?? line.startIndex)...].dropFirst())
    }
  }

  private static func sharedFolder() -> URL? {
    if let path = ProcessInfo.processInfo.environment["BIGRAIN_SHARED"] { return URL(filePath: path) }
    var folder = URL(filePath: #filePath)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let shared = folder.appending(path: "shared")
      if FileManager.default.fileExists(atPath: shared.path) { return shared }
    }
    return nil
  }
}

extension TextAnalyzer {
  /// All terms of `text`.
  mutating func terms(of text: [UInt8]) -> [[UInt8]] {
    var terms: [[UInt8]] = []
    analyze(text) { term in terms.append(term.indices.map { term[$0] }) }
    return terms
  }

  /// All terms of `text`, for texts without odd characters.
  mutating func terms(of text: String) -> [String] {
    terms(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// A random number generator that gives the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// Prints `seed`, so that a failure can be repeated.
  init(seed: UInt64 = .random(in: 0...UInt64.max), for test: String) {
    print("\(test): seed \(seed)")
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// Text of up to `length` code points, mostly ASCII or mostly not.
  mutating func text(upTo length: Int) -> [UInt8] {
    let pools = [
      "abcdeinst ", "ABCEST", "0123456789", " \t\n", ".,:;'\"!?)(", "_-/#*", "éßİσΣ", "\u{300}\u{ad}\u{200d}\u{fe0f}",
      "אבあカ한中ก", "😀👩🏻🇩🇪🏴", "’＇s",
    ].map { Array($0.unicodeScalars) }
    let chosen = (0..<Int.random(in: 1...5, using: &self)).map { _ in pools.randomElement(using: &self) ?? [] }
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...length, using: &self) {
      if let scalar = chosen.randomElement(using: &self)?.randomElement(using: &self) { text.append(scalar) }
    }
    return Array(String(text).utf8)
  }
}
