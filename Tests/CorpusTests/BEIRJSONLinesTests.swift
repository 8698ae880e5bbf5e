import Corpus
import Foundation
import Testing

@Suite struct BEIRJSONLinesTests {
  private func read(_ content: String, _ options: ReadOptions = ReadOptions()) throws -> DocumentBatch {
    try parse("beir-jsonl", content, options)
  }

  @Test func aLineHasAnIdATitleAndAText() throws {
    let batch = try read(
      #"{"_id": "a", "title": "T", "text": "x y", "metadata": {"url": ["http://x", {"k": [1, -2.5e3, null]}]}}"# + "\n"
        + #"{"text":"z","_id":"b","title":""}"# + "\r\n")
    #expect(batch.documents == [Document("a", "x y", title: "T"), Document("b", "z")])
    #expect(batch.rejected.isEmpty && batch.notices[.carriageReturn] == 1)
  }

  @Test func otherToolkitsKeysAreReadByTheirOrder() throws {
    let batch = try read(
      """
      {"id": "1", "contents": "c"}
      {"docid": 22, "contents": "c", "text": "t"}
      {"docid": "no", "id": "no", "_id": "3", "text": "t", "title": null}
      {"id": -4, "text": "t"}
      """)
    #expect(
      batch.documents == [Document("1", "c"), Document("22", "t"), Document("3", "t"), Document("-4", "t")])
    #expect(batch.rejected.isEmpty)
  }

  @Test func escapesBecomeWhatTheyStandFor() throws {
    let batch = try read(#"{"\u005fid": "\"\\\/\b\f\n\r\t", "text": "\u00e9\u20AC\ud83d\ude00\u0000 \u2028"}"# + "\n")
    #expect(batch.documents == [Document("\"\\/\u{8}\u{C}\n\r\t", "é€😀\0 \u{2028}")])
  }

  @Test func rawSeparatorsDoNotSplitLines() throws {
    let text = "a\u{85}b\u{2028}c\u{2029}d\u{7F}"
    #expect(try read("{\"_id\":\"1\",\"text\":\"\(text)\"}\n").documents == [Document("1", text)])
  }

  @Test func halfASurrogatePairIsInvalidUTF8() throws {
    let content = #"{"_id":"1","text":"a\ud83d b \ude00\ud83d\ud83d\ude00"}"#
    #expect(try read(content).rejected.map(\.reason) == [.invalidUTF8])
    let replaced = try read(content, ReadOptions(invalidUTF8: .replace))
    #expect(replaced.documents == [Document("1", "a\u{FFFD} b \u{FFFD}\u{FFFD}😀")])
    #expect(replaced.notices[.replacement] == 3)
    let id = #"{"_id":"\ud83d","text":"a"}"#
    #expect(try read(id, ReadOptions(invalidUTF8: .replace)).rejected.map(\.reason) == [.invalidUTF8])
    // In what is not read it does no harm.
    #expect(try read(#"{"_id":"1","text":"a","x":"\ud83d","\ude00":1}"#).documents.count == 1)
  }

  @Test func aKeyThatComesTwiceCountsWithItsLastValue() throws {
    let batch = try read(#"{"_id":"1","text":"first","_id":"2","text":"last","x":1,"x":2}"#)
    #expect(batch.documents == [Document("2", "last")] && batch.notices[.duplicateKey] == 2)
  }

  @Test func missingAndMistypedMembersAreQuarantined() throws {
    let cases: [(String, RejectionReason)] = [
      (#"{"text":"a"}"#, .missingId), (#"{"_id":null,"text":"a"}"#, .missingId), (#"{"_id":"1"}"#, .missingText),
      (#"{"_id":"1","text":null}"#, .missingText), (#"{"_id":"1","text":["a"]}"#, .wrongType),
      (#"{"_id":1.5,"text":"a"}"#, .wrongType), (#"{"_id":1e3,"text":"a"}"#, .wrongType),
      (#"{"_id":true,"text":"a"}"#, .wrongType), (#"{"_id":"1","text":"a","title":5}"#, .wrongType),
      (#"{"_id":"","text":"a"}"#, .emptyId),
    ]
    for (line, reason) in cases {
      #expect(try read(line).rejected.map(\.reason) == [reason], "\(line)")
    }
  }

  @Test func emptyTextIsADocument() throws {
    let batch = try read(#"{"_id":"1","title":"t","text":""}"# + "\n\n  \n")
    #expect(batch.documents.count == 1 && batch.notices[.emptyText] == 1 && batch.notices[.emptyLine] == 2)
  }

  @Test func whatIsNoJSONIsQuarantinedWithItsPlace() throws {
    let bad = [
      "{", "}", "[", "[]", "1", "\"a\"", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1}}", "{\"a\":1} x",
      "{\"a\":01}", "{\"a\":-}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":+1}", "{\"a\":tru}", "{\"a\":nul}",
      "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"", "{\"a\":\"\\\"",
      "{\"a\":[1,]}", "{\"a\":[1 2]}", "{\"a\":{\"b\"}}", "{\"a\":[}", "{\"a\":[{]}", "{'a':1}", "{\"a\":0x1}",
      "{\"a\":1}\u{0}", "{\"a\":[[]}", "{\"a\" 1}", "nonsense",
    ]
    for line in bad {
      #expect(try read(line + "\n").rejected.map(\.reason) == [.malformedJSON], "\(line)")
    }
    #expect(try read("{\"_id\":\"1\" \"text\"}").rejected[0].detail.hasPrefix("byte 12 of the line: "))
    let deep = String(repeating: "[", count: 100_000)
    #expect(try read("{\"a\":\(deep)").rejected[0].detail.contains("nested deeper"))
  }

  @Test func pythonsNumbersBeyondJSONAreAllowedWhereNothingIsRead() throws {
    #expect(try read(#"{"_id":"1","text":"a","m":[NaN,Infinity,-Infinity]}"#).documents.count == 1)
  }

  @Test func randomObjectsGiveWhatFoundationReads() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    for _ in 0..<3000 {
      let line = randomObject(&random)
      let expected = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      let batch = try read(line)
      let document = try #require(batch.documents.first, "seed \(seed): \(line) \(batch.rejected)")
      #expect(document.id == (expected["_id"] as? String).map { Array($0.utf8) }, "seed \(seed): \(line)")
      #expect(document.text == (expected["text"] as? String).map { Array($0.utf8) }, "seed \(seed): \(line)")
      #expect(document.title == Array((expected["title"] as? String ?? "").utf8), "seed \(seed): \(line)")
    }
  }

  @Test func brokenObjectsAreRefusedWhereFoundationRefusesThem() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    var refused = 0
    for _ in 0..<5000 {
      // Foundation refuses half a surrogate pair in any string; here that is not malformed but invalid UTF-8, if read.
      var object = randomObject(&random)
      while object.lowercased().contains("\\ud") { object = randomObject(&random) }
      var line = Array(object.utf8)
      let at = Int.random(in: 0..<line.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: line.remove(at: at)
      case 1: line[at] = Array("{}[]\",:\\ue0-1.a \t".utf8).randomElement(using: &random)!
      default: line.swapAt(at, line.count - 1)
      }
      guard String(validating: line, as: UTF8.self) != nil, !line.contains(0) else { continue }
      let isJSON = (try? JSONSerialization.jsonObject(with: Data(line))) is [String: Any]
      let isMalformed = try parse("beir-jsonl", line).rejected.first?.reason == .malformedJSON
      let text = String(decoding: line, as: UTF8.self)
      if text.lowercased().contains("\\ud") { continue }
      // Foundation, unlike RFC 8259 and Python, takes a comma before a closing bracket.
      if text.contains(/,[ \t]*[}\]]/) { continue }
      #expect(isMalformed == !isJSON, "seed \(seed): \(text)")
      refused += isMalformed ? 1 : 0
    }
    #expect(refused > 500)
  }

  private func randomObject(_ random: inout SplitMix) -> String {
    var members = ["_id", "text"].map { "\"\($0)\"\(blank(&random)):\(blank(&random))\(randomString(&random, min: 1))" }
    if Bool.random(using: &random) { members.append("\"title\":\(randomString(&random, min: 0))") }
    for number in 0..<Int.random(in: 0...3, using: &random) {
      members.append("\"k\(number)\":\(randomValue(&random, depth: 0))")
    }
    return "{\(blank(&random))\(members.shuffled(using: &random).joined(separator: ",\(blank(&random))"))}"
  }

  private func blank(_ random: inout SplitMix) -> String {
    ["", "", " ", "  ", "\t"].randomElement(using: &random)!
  }

  private func randomValue(_ random: inout SplitMix, depth: Int) -> String {
    switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &random) {
    case 0: return randomString(&random, min: 0)
    case 1: return ["0", "-0", "12", "-3.25", "1e5", "2E-3", "0.5e+1"].randomElement(using: &random)!
    case 2: return ["true", "false", "null"].randomElement(using: &random)!
    case 3: return ["{}", "[]", "[ ]", "{ }"].randomElement(using: &random)!
    case 4:
      let count = Int.random(in: 0...3, using: &random)
      return "[\((0..<count).map { _ in randomValue(&random, depth: depth + 1) }.joined(separator: " , "))]"
    default:
      let count = Int.random(in: 0...3, using: &random)
      return "{\((0..<count).map { "\"n\($0)\":\(randomValue(&random, depth: depth + 1))" }.joined(separator: ","))}"
    }
  }

  private func randomString(_ random: inout SplitMix, min: Int) -> String {
    var result = "\""
    for _ in 0..<Int.random(in: min...20, using: &random) {
      switch Int.random(in: 0..<8, using: &random) {
      case 0: result += ["\\n", "\\\"", "\\\\", "\\/", "\\t", "\\b", "\\f", "\\r"].randomElement(using: &random)!
      case 1: result += String(format: "\\u%04x", UInt32.random(in: 1..<0xD800, using: &random))
      case 2:
        let pair = UInt32.random(in: 0..<0x100000, using: &random)
        result += String(format: "\\u%04X\\u%04x", 0xD800 + pair >> 10, 0xDC00 + pair & 0x3FF)
      case 3: result.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0xA0..<0xD800, using: &random))!)
      case 4: result.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0x1_0000..<0x11_0000, using: &random))!)
      default: result.unicodeScalars.append(Unicode.Scalar(UInt8.random(in: 0x61...0x7A, using: &random)))
      }
    }
    return result + "\""
  }
}
