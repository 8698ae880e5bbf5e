import Dataflow
import Testing

private enum Rounding: String, Codable, CaseIterable {
  case ceil
  case halfEven = "half-even"
}

private struct Window: Codable, Equatable {
  var size: Int
  var stride: Int?
}

private struct Everything: Decodable, Equatable {
  let flag: Bool
  let small: Int8
  let seed: UInt64
  let ratio: Double
  let scale: Float
  let name: String
  let rounding: Rounding
  let window: Window
  let lengths: [Int]
  let weights: [String: Double]
  let maybe: String?
}

private struct Expand: DefaultedParameters, CheckedParameters, Equatable {
  var terms = 200
  var rounding = Rounding.halfEven
  var window = Window(size: 5, stride: nil)
  var memory = ByteSize.mebibytes(64)
  var note: String?

  var problem: ParameterProblem? { terms < 1 ? ParameterProblem("terms", "must be at least 1") : nil }
}

@Suite struct ConfigDecoderTests {
  private var everything: KeyValuePairs<String, ConfigNode> {
    [
      "flag": .plain("true"), "small": .plain("-128"), "seed": .plain("18446744073709551615"), "ratio": .plain("1e-3"),
      "scale": .plain("2"), "name": .quoted("12"), "rounding": .plain("half-even"),
      "window": .map(["size": .plain("0x10"), "stride": .plain("~")]), "lengths": .list(.plain("1"), .plain("0o17")),
      "weights": .map(["a.b": .plain(".5")]), "maybe": .plain("yes"),
    ]
  }

  @Test func readsEveryKindOfValue() throws {
    let read: Everything = try ConfigDecoder.decode(from: .map(everything), in: "stage `s`")
    #expect(
      read
        == Everything(
          flag: true, small: -128, seed: .max, ratio: 0.001, scale: 2, name: "12", rounding: .halfEven,
          window: Window(size: 16, stride: nil), lengths: [1, 15], weights: ["a.b": 0.5], maybe: "yes"))
  }

  @Test func unknownKeysAreErrorsWithASuggestion() {
    let near = failure(Expand.self, .map(["terms": .plain("1"), "memroy": .plain("2")]))
    #expect(near == "t.yaml:2:1: unknown key `memroy` in stage `s`, did you mean `memory`?")
    let far = failure(Expand.self, .map(["colour": .plain("1")]))
    #expect(
      far
        == "t.yaml:1:1: unknown key `colour` in stage `s`, expected one of `terms`, `rounding`, `window`, `memory`, `note`"
    )
    let port = failure(Expand.self, .map(["frm": .plain("tokens")]), alsoKnown: ["from"])
    #expect(port == "t.yaml:1:1: unknown key `frm` in stage `s`, did you mean `from`?")
    let nested = failure(Expand.self, .map(["window": .map(["size": .plain("1"), "strid": .plain("1")])]))
    #expect(nested == "t.yaml:2:1: unknown key `strid` in `window` of stage `s`, did you mean `stride`?")
  }

  @Test func aMisspeltRequiredKeyIsReportedAsMisspelt() {
    #expect(
      failure(Window.self, .map(["sise": .plain("1")]))
        == "t.yaml:1:1: unknown key `sise` in stage `s`, did you mean `size`?")
    #expect(failure(Window.self, .map(["stride": .plain("1")])) == "t.yaml:1:1: missing key `size` in stage `s`")
  }

  @Test func omittedKeysTakeTheDefaults() throws {
    let read: Expand = try ConfigDecoder.decode(from: .map(["terms": .plain("7")]), in: "s")
    #expect(read == Expand(terms: 7))
    let none: Expand = try ConfigDecoder.decode(from: .map([:]), in: "s")
    #expect(none == Expand())
    let optional: Expand = try ConfigDecoder.decode(from: .map(["note": .plain("hello")]), in: "s")
    #expect(optional.note == "hello")
  }

  @Test func wrongValuesOfTheRightTypeAreLocated() {
    #expect(
      failure(Expand.self, .map(["terms": .plain("0")])) == "t.yaml:1:10: `terms` in stage `s` must be at least 1")
  }

  @Test(arguments: [
    ("yes", "true or false, not the text \"yes\""), ("1", "true or false, not the number 1"),
    ("", "true or false, not nothing"), ("on", "true or false, not the text \"on\""),
  ])
  func booleansAreStrict(text: String, problem: String) {
    #expect(
      failure([String: Bool].self, .map(["x": .plain(text)])) == "t.yaml:1:10: `x` in stage `s` must be \(problem)")
  }

  @Test(arguments: [
    ("1.0", "a whole number, not the number 1.0"), ("1_000", "a whole number, not the text \"1_000\", write 1000"),
    ("abc", "a whole number, not the text \"abc\""), ("128", "a whole number from -128 to 127, not 128"),
    ("true", "a whole number, not true"), ("0x", "a whole number, not the text \"0x\""),
    ("0x-1", "a whole number, not the text \"0x-1\""), ("1e2", "a whole number, not the number 1e2"),
  ])
  func integersAreStrict(text: String, problem: String) {
    #expect(
      failure([String: Int8].self, .map(["x": .plain(text)])) == "t.yaml:1:10: `x` in stage `s` must be \(problem)")
  }

  @Test(arguments: [
    (".inf", "a finite number, not the number .inf"), ("1,5", "a number, not the text \"1,5\""),
    ("0x1p3", "a number, not the text \"0x1p3\""), ("inf", "a number, not the text \"inf\""),
    ("1e400", "a finite number, not the number 1e400"),
  ])
  func numbersAreStrict(text: String, problem: String) {
    #expect(
      failure([String: Double].self, .map(["x": .plain(text)])) == "t.yaml:1:10: `x` in stage `s` must be \(problem)")
  }

  @Test func textsAreStrictUnlessQuotesCannotBeTold() throws {
    #expect(
      failure([String: String].self, .map(["x": .plain("12")]))
        == "t.yaml:1:10: `x` in stage `s` must be a text, not the number 12, write \"12\"")
    let text: String = try ConfigDecoder.decode(from: .untyped("12"), in: "s")
    let number: Int = try ConfigDecoder.decode(from: .untyped("12"), in: "s")
    #expect(text == "12" && number == 12)
  }

  @Test func enumsListWhatTheyAllow() {
    #expect(
      failure([String: Rounding].self, .map(["x": .plain("half_even")]))
        == "t.yaml:1:10: `x` in stage `s` must be one of `ceil`, `half-even`, not the text \"half_even\", did you mean `half-even`?"
    )
    #expect(
      failure(Expand.self, .map(["rounding": .list()]))
        == "t.yaml:1:10: `rounding` in stage `s` must be one of `ceil`, `half-even`, not a list")
  }

  @Test func elementsOfListsAreNamedByTheirPlace() {
    let node = ConfigNode.map(["window": .map(["size": .list(.plain("a"))])])
    #expect(
      failure([String: [String: [Int]]].self, node)
        == "t.yaml:1:1: `window.size[0]` in stage `s` must be a whole number, not the text \"a\"")
    #expect(failure([Int].self, .map([:])) == "t.yaml:1:1: stage `s` must be a list, not a mapping")
    #expect(failure(Window.self, .list()) == "t.yaml:1:1: stage `s` must be a mapping, not a list")
  }

  @Test func errorsThatATypeThrowsItselfAreLocated() {
    struct Even: Decodable {
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard try container.decode(Int.self) % 2 == 0 else {
          throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be even")
        }
      }
    }
    #expect(failure([String: Even].self, .map(["x": .plain("3")])) == "t.yaml:1:10: `x` in stage `s` must be even")
  }

  @Test func messagesStayOnOneLine() {
    let message = failure(
      [String: Int].self, .map(["a\nb": .quoted("x\r\n\u{0}\u{85}\u{2028}\"" + String(repeating: "y", count: 99))]))
    #expect(message?.contains { $0.isNewline } == false)
    #expect(message.map { $0.utf8.count < 200 } == true)
  }
}
