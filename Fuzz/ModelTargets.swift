internal import Foundation
internal import Inference
internal import Kernels
internal import Tokenizers

extension FuzzTarget {
  static var models: [FuzzTarget] {
    [
      FuzzTarget("safetensors") { _ = try SafetensorsFile.tensors(ByteView($0), file: "input") },
      FuzzTarget("tokenizer") { try tokenize(with: $0, name: "tokenizer.json") },
      FuzzTarget("vocabulary") { try tokenize(with: $0, name: "vocab.txt") },
    ]
  }

  private static let text = Array("A text: of Unaffable words, ein Stra\u{DF}e, \u{4E2D}\u{6587} and [MASK] 1234.".utf8)

  /// A tokenizer that opens gives ids that it knows.
  private static func tokenize(with bytes: [UInt8], name: String) throws {
    let path = try Scratch.file(bytes, name: name)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let tokenizer = try WordPieceTokenizer(directory: Scratch.folder)
    let ids = tokenizer.encode(text)
    precondition(ids.allSatisfy { tokenizer.token($0) != nil })
    _ = tokenizer.withSpecials(ids, maxLength: 8)
  }
}
