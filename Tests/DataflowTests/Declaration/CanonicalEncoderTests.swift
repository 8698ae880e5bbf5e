import Dataflow
import Testing

@Suite struct CanonicalEncoderTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private struct Parameters: Codable, Equatable {
    var terms: Int
    var ratio: Double
    var scale: Float
    var memory: ByteSize
    var allowed: Fraction
    var name: String
    var list: [Int?]
    var table: [String: Bool]
    var absent: String?
  }

  @Test func theFormIsFixed() throws {
    let value = Parameters(
      terms: 100, ratio: 100, scale: 0.1, memory: .gibibytes(1), allowed: Fraction(0.001), name: "a\"\\/\n\u{1}é",
      list: [1, nil], table: ["b": true, "a": false, "B": true])
    #expect(
      text(try CanonicalEncoder.bytes(of: value))
        == #"{"allowed":0.001,"list":[1,null],"memory":1073741824,"name":"a\"\\/\u000a\u0001é","ratio":100.0,"scale":0.1,"#
        + #""table":{"B":true,"a":false,"b":true},"terms":100}"#)
  }

  @Test func spellingAndOrderOfTheFileDoNotMatterAfterDecoding() throws {
    let rest: [(String, ConfigNode)] = [
      ("scale", .plain("1")), ("name", .quoted("x")), ("list", .list()), ("table", .map([:])),
    ]
    func node(_ pairs: [(String, ConfigNode)]) -> ConfigNode {
      let place = SourceLocation(file: "t.yaml")
      return ConfigNode(.mapping(pairs.map { .init(key: $0, keyLocation: place, value: $1) }), at: place)
    }
    let one = node(
      [("terms", .plain("100")), ("ratio", .plain("2")), ("memory", .plain("1KiB")), ("allowed", .plain("1%"))] + rest)
    let other = node(
      rest + [
        ("allowed", .plain("0.01")), ("memory", .plain("1024")), ("ratio", .plain("2.0")), ("terms", .untyped("0x64")),
      ])
    func bytes(_ node: ConfigNode) throws -> String {
      text(try CanonicalEncoder.bytes(of: ConfigDecoder.decode(Parameters.self, from: node, in: "s")))
    }
    #expect(try bytes(one) == bytes(other))
  }

  @Test func aTreeWithoutTypesKeepsTextsAndNumbersApart() {
    let node = ConfigNode.map(["b": .quoted("100"), "a": .plain("0x64"), "c": .list(.plain("~"), .plain("1.50"))])
    #expect(text(node.canonicalBytes) == #"{"a":100,"b":"100","c":[null,1.5]}"#)
  }

  @Test func pathsAreNoPartOfAFingerprint() throws {
    struct Read: Codable {
      var input: ResourcePaths
      var model: ResourcePath
    }
    let place = SourceLocation(file: "t.yaml")
    let path = ResourcePath(path: "/a", location: place)
    #expect(
      text(try CanonicalEncoder.bytes(of: Read(input: .init(paths: [path]), model: path)))
        == #"{"input":null,"model":null}"#)
  }

  @Test func numbersThatAreNotFiniteAreRefused() {
    #expect(throws: EncodingError.self) { try CanonicalEncoder.bytes(of: [Double.nan]) }
  }

  @Test func whatIsEncodedReadsBack() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("CanonicalEncoderTests: seed \(seed)")
    var generator = SplitMix(state: seed)
    for _ in 0..<500 {
      let value = Parameters(
        terms: .random(in: .min ... .max, using: &generator), ratio: .random(in: -1e300...1e300, using: &generator),
        scale: .random(in: -1...1, using: &generator),
        memory: ByteSize(bytes: .random(in: 0...1 << 50, using: &generator)),
        allowed: Fraction(.random(in: 0...1, using: &generator)), name: "\(seed)", list: [1, nil, 3], table: ["x": true]
      )
      let tree = ConfigNode.tree(try CanonicalEncoder.value(of: value))
      #expect(try ConfigDecoder.decode(Parameters.self, from: tree, in: "s") == value, "seed \(seed)")
    }
  }
}

extension ConfigNode {
  fileprivate static func tree(_ value: CanonicalValue) -> ConfigNode {
    switch value {
    case .null: .plain("null")
    case .boolean(let value): .plain("\(value)")
    case .integer(let value): .plain("\(value)")
    case .float(let text): .plain(text)
    case .text(let text): .quoted(text)
    case .list(let elements): ConfigNode(.sequence(elements.map(tree)), at: SourceLocation(file: "t.yaml"))
    case .map(let values):
      ConfigNode(
        .mapping(values.map { .init(key: $0.key, keyLocation: SourceLocation(file: "t.yaml"), value: tree($0.value)) }),
        at: SourceLocation(file: "t.yaml"))
    }
  }
}

/// Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
