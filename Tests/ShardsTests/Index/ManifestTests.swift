import Codecs
import Foundation
import Kernels
import Shards
import Testing

@Suite struct ManifestTests {
  /// The manifest of `make_documents.py`.
  static var example: Manifest {
    func file(_ name: String, _ text: String) -> Manifest.File {
      Manifest.File(
        name: name, seal: FileSeal(size: text.utf8.count, fingerprint: .of(Array(text.utf8))))
    }
    return Manifest(
      fingerprint: .of(Array("inputs".utf8)), tool: "bigrain 1.0", postings: 9, terms: 7,
      shards: [
        .init(name: "shard-0001", documents: 2, files: []),
        .init(name: "shard-0000", documents: 3, files: [file("terms", "t0"), file("documents", "d0")]),
      ],
      files: [file("quarantine.jsonl", "bad\n")],
      contract: [
        "encoder": "bm25", "k1": 1.2, "b": 0.75, "lengths": [512, 64], "title": .null, "lower": true,
        "note": "caf\u{e9} \"quoted\"\n",
      ],
      quarantined: ["emptyText": 2, "duplicateID": 1])
  }

  @Test func theBytesAreThoseOfTheDescription() throws {
    let golden = try Fixture.read(Fixture.golden("manifest-v1.json"))
    #expect(String(decoding: Self.example.encoded, as: UTF8.self) == String(decoding: golden, as: UTF8.self))
    #expect(Self.example.encoded == golden)
    #expect(try Manifest(parsing: golden, path: "manifest.json") == Self.example)
    #expect(throws: Never.self, "it is JSON for others too") {
      try JSONSerialization.jsonObject(with: Data(golden))
    }
  }

  @Test func everyChangedMissingOrAddedByteIsFound() throws {
    let good = Self.example.encoded
    func expectCorrupt(_ bytes: [UInt8]) {
      #expect(throws: FormatError.self) { try Manifest(parsing: bytes, path: "manifest.json") }
    }
    for bit in 0..<(good.count * 8) {
      var damaged = good
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      expectCorrupt(damaged)
    }
    for length in 0..<good.count { expectCorrupt(Array(good.prefix(length))) }
    for byte in [0, 10, 32, 125] { expectCorrupt(good + [UInt8(byte)]) }
    expectCorrupt(Array("\n".utf8) + good)
  }

  /// A manifest with a good seal over other content.
  func sealed(_ change: (String) -> String) -> [UInt8] {
    let text = String(decoding: Self.example.encoded, as: UTF8.self)
    let body = Array(change(String(text[..<text.range(of: "  \"sha256\": \"", options: .backwards)!.lowerBound])).utf8)
    return body + Array("  \"sha256\": \"\(Fingerprint.of(body))\"}\n".utf8)
  }

  func message(_ bytes: [UInt8]) -> String {
    do {
      _ = try Manifest(parsing: bytes, path: "M")
      return "read"
    } catch { return "\(error)" }
  }

  @Test func versionsOfTheFutureAreToldApart() {
    #expect(message(sealed { $0 }) == "read")
    let newer = sealed { $0.replacingOccurrences(of: "\"format\": 1", with: "\"format\": 2") }
    #expect(message(newer) == "M has format version 2, this program reads up to 1: use a newer bigrain")
    #expect(message(sealed { $0.replacingOccurrences(of: "\"format\": 1", with: "\"format\": 0") }).contains("again"))
  }

  @Test(arguments: [
    ("\"shard-0000\"", "\"../shard\""), ("\"documents\",", "\"..\","), ("\"terms\",", "\"documents\","),
    ("\"documents\": 5", "\"documents\": 6"), ("\"postings\": 9", "\"postings\": -9"),
    ("\"postings\": 9", "\"postings\": 9e99999"), ("\"postings\": 9", "\"postings\": 9223372036854775807"),
    ("\"size\": 2", "\"size\": \"2\""), ("\"quarantine.jsonl\"", "\"manifest.json\""), ("\"tool\"", "\"terms\""),
    ("\"shard-0001\"", "\"shard-0000\""), ("\"quarantine.jsonl\"", "\"\""), ("\"quarantine.jsonl\"", "\"a\\u0000\""),
    ("\"format\": 1", "\"format\": null"), ("\"shards\": [", "\"shards\": [" + String(repeating: "[", count: 100_000)),
  ])
  func contentThatMakesNoSenseIsCorrupt(change: (String, String)) {
    let bytes = sealed { $0.replacingOccurrences(of: change.0, with: change.1) }
    #expect(bytes != Self.example.encoded)
    #expect(message(bytes).hasPrefix("M is corrupt: "), "\(message(bytes))")
  }

  @Test func jsonComesBackAndIsTheSameForCodable() throws {
    var random = SeededGenerator.make()
    func value(_ depth: Int) -> JSONValue {
      switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &random) {
      case 0: .null
      case 1: .bool(.random(using: &random))
      case 2: .integer(Int64.random(in: .min...Int64.max, using: &random) >> Int64.random(in: 0...63, using: &random))
      case 3: .number(Double.random(in: -1e30...1e30, using: &random))
      case 4: .string(text())
      case 5: .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth + 1) })
      default:
        .members((0..<Int.random(in: 0...4, using: &random)).map { .init("\($0)" + text(), value(depth + 1)) })
      }
    }
    func text() -> String {
      String(
        String.UnicodeScalarView(
          (0..<Int.random(in: 0...6, using: &random)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0...(Bool.random(using: &random) ? 0x10FFFF : 0x80), using: &random))
          }))
    }
    for _ in 0..<2000 {
      let value = value(0)
      #expect(try JSONValue(parsing: value.encoded) == value)
      #expect(throws: Never.self) {
        try JSONSerialization.jsonObject(with: Data(value.encoded), options: .fragmentsAllowed)
      }
    }
    struct Contract: Codable {
      var encoder = "bm25"
      var k1 = 1.2
      var lengths = [512, 64]
      var nested = ["lower": true]
    }
    let contract = try JSONDecoder().decode(JSONValue.self, from: try JSONEncoder().encode(Contract()))
    #expect(contract == ["encoder": "bm25", "k1": 1.2, "lengths": [512, 64], "nested": ["lower": true]])
    #expect(try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(contract)) == contract)
  }

  @Test func jsonThatIsWrongIsRefused() {
    let wrong = [
      "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{\"a\":1,\"a\":2}", "01", "-", "1.", "1e", "+1", ".5",
      "NaN",
      "tru", "\"", "\"\\", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\u{1}\"", "1 2", "'a'",
      "\"\\x\"", String(repeating: "[", count: 65), "1e999",
    ]
    for text in wrong {
      #expect(throws: (any Error).self, "\(text)") { try JSONValue(parsing: Array(text.utf8)) }
    }
    #expect(throws: (any Error).self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    #expect(throws: Never.self) { try JSONValue(parsing: Array("\"\\ud83d\\ude00\"".utf8)) }
  }
}
