import Foundation
import Testing
import Tokenizers

/// Reading `vocab.txt`, `tokenizer_config.json` and `tokenizer.json`.
struct WordPieceFilesTests {
  private static let vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\nA\n"

  private func tokenizer(_ files: [String: String]) throws -> WordPieceTokenizer {
    try withTemporaryFolder(files.mapValues(\.utf8)) { try WordPieceTokenizer(directory: $0) }
  }

  private func encode(_ text: String, _ files: [String: String]) throws -> [Int32] {
    try tokenizer(files).encode(Array(text.utf8))
  }

  private func error(_ files: [String: String]) throws -> WordPieceError? {
    try error(files.mapValues { Array($0.utf8) })
  }

  private func error(_ files: [String: [UInt8]]) throws -> WordPieceError? {
    try withTemporaryFolder(files) { path in
      do {
        _ = try WordPieceTokenizer(directory: path)
        return nil
      } catch let error as WordPieceError {
        #expect(error.file.hasPrefix(path))
        return error
      }
    }
  }

  @Test(arguments: [
    vocabulary, String(vocabulary.dropLast()), vocabulary.replacing("\n", with: "\r\n"),
    vocabulary.replacing("a\n", with: "a \u{3000}\n"),
  ])
  func lineEndsAndSpacesAtThemAreNotPartOfAnEntry(text: String) throws {
    #expect(try encode("ab A[MASK]", ["vocab.txt": text]) == [5, 6, 5, 4])
  }

  @Test func blankLinesKeepTheirIds() throws {
    #expect(try encode("a", ["vocab.txt": "\n[UNK]\n\u{3000}\n[CLS]\n[SEP]\n \na\n"]) == [6])
  }

  @Test func entriesThatAreOnlyCanonicallyEquivalentAreTwo() throws {
    let config = "{\"do_lower_case\": false}"
    let text = "[UNK]\n[CLS]\n[SEP]\n\u{E9}\ne\u{301}\n"
    #expect(try encode("e\u{301} \u{E9}", ["vocab.txt": text, "tokenizer_config.json": config]) == [4, 3])
  }

  @Test func damagedVocabulariesNameTheLine() throws {
    let twice = try error(["vocab.txt": "[UNK]\n[CLS]\n[SEP]\na\nb\na\n"])
    #expect(twice?.reason == "line 6 repeats line 4, `a`; remove one of them")
    #expect(twice?.kind == .malformed)
    #expect(try error(["vocab.txt": ""])?.reason == "is empty")
    #expect(try error(["vocab.txt": "\u{FEFF}[UNK]\n"])?.reason.contains("byte order mark") == true)
    #expect(try error(["vocab.txt": "[CLS]\n[SEP]\n"])?.reason.contains("`[UNK]`") == true)
    #expect(try error(["vocab.txt": "[UNK]\n[CLS]\n"])?.reason.contains("`[SEP]`") == true)
    #expect(try error(["vocab.txt": [0x5B, 0x0A, 0xC3, 0x28]])?.reason == "line 2 is not UTF-8")
  }

  @Test func aFolderWithoutATokenizerIsMissingOne() throws {
    #expect(try error(["README": ""])?.kind == .missing)
    #expect(throws: WordPieceError.self) { _ = try WordPieceTokenizer(directory: "/nowhere/at/all") }
  }

  @Test func theConfigurationDecidesCaseAndNames() throws {
    let names = "{\"do_lower_case\": false, \"unk_token\": {\"content\": \"<u>\"}, \"cls_token\": \"<c>\"}"
    let files = ["vocab.txt": "<u>\n<c>\n[SEP]\na\nA\n", "tokenizer_config.json": names]
    #expect(try encode("A a<c>z", files) == [4, 3, 1, 0])
    let decoder = "{\"added_tokens_decoder\": {\"8\": {\"content\": \"[D]\", \"special\": true}}}"
    #expect(try encode("a[D][MASK]", ["vocab.txt": Self.vocabulary, "tokenizer_config.json": decoder]) == [5, 8, 4])
  }

  @Test func otherKindsOfTokenizerAreRefused() throws {
    let japanese = [
      "vocab.txt": Self.vocabulary, "tokenizer_config.json": "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}",
    ]
    #expect(try error(japanese)?.kind == .unsupported)
    for (part, other) in [
      ("\"WordPiece\"", "\"BPE\""), ("BertNormalizer", "Lowercase"), ("BertPreTokenizer", "Whitespace"),
      ("TemplateProcessing", "ByteLevel"), ("\"single_word\":false", "\"single_word\":true"),
    ] {
      #expect(try error(["tokenizer.json": Self.json.replacing(part, with: other)])?.kind == .unsupported, "\(other)")
    }
  }

  private static let json = """
    {"version":"1.0","truncation":{"max_length":3},"padding":null,"added_tokens":[
     {"id":1,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
     {"id":4,"content":"[MASK]","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true}],
     "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,
     "lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing",
     "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
     {"SpecialToken":{"id":"[SEP]","type_id":0}}],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},
     "[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},"model":{"type":"WordPiece","unk_token":"[UNK]",
     "continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,
     "[MASK]":4,"a":5,"##b":6,"A":7,"\\ud801\\udc28":8,"\\u00e9":9,"e\\u0301":10}}}
    """

  @Test func tokenizerJSONSaysItAll() throws {
    let tokenizer = try tokenizer(["tokenizer.json": Self.json, "vocab.txt": "[UNK]\n"])
    #expect(tokenizer.vocabularySize == 11)
    #expect(tokenizer.encode(Array("Ab  [MASK]\u{10400} [CLS]".utf8)) == [5, 6, 4, 8, 1, 1, 1])
    #expect(tokenizer.withSpecials([5], maxLength: 8) == [2, 5, 3])
    #expect(tokenizer.id(of: Array("e\u{301}".utf8)) == 10)
  }

  @Test func damagedTokenizerJSONSaysWhere() throws {
    let cut = try error(["tokenizer.json": String(Self.json.prefix(150))])
    #expect(cut?.reason.hasPrefix("line 2, column ") == true)
    let hole = try error(["tokenizer.json": Self.json.replacing("\"A\":7,", with: "")])
    #expect(hole?.reason == "no token has the id 7")
    let shared = try error(["tokenizer.json": Self.json.replacing("\"A\":7", with: "\"A\":6")])
    #expect(shared?.reason == "two tokens have the id 6")
    let beyond = try error(["tokenizer.json": Self.json.replacing("\"A\":7", with: "\"A\":2147483647")])
    #expect(beyond?.reason.contains("beyond") == true)
    let twoIDs = try error(["tokenizer.json": Self.json.replacing("\"id\":4,", with: "\"id\":9,")])
    #expect(twoIDs?.reason == "the added token `[MASK]` has the id 9, its entry 4")
    let around = try error(["tokenizer.json": Self.json.replacing("\"ids\":[2]", with: "\"ids\":[11]")])
    #expect(around?.reason.contains("id 11") == true)
    let repeated = try error(["tokenizer.json": Self.json.replacing("\"A\":7", with: "\"a\":7")])
    #expect(repeated?.reason.contains("repeats") == true)
    let noUnknown = try error(["tokenizer.json": Self.json.replacing("\"unk_token\"", with: "\"unk\"")])
    #expect(noUnknown?.reason.contains("unk_token") == true)
  }

  @Test func filesThatContradictEachOtherAreRefused() throws {
    let files = ["tokenizer.json": Self.json, "tokenizer_config.json": "{\"do_lower_case\": false}"]
    #expect(try error(files)?.reason.contains("make the two files agree") == true)
  }
}
