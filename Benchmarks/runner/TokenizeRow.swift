internal import Corpus
internal import Foundation
internal import Kernels
internal import Tokenizers

/// WordPiece on one thread.
struct TokenizeRow: Row {
  static let name = "tokenize"

  private let tokenizer: WordPieceTokenizer
  private let texts: [[UInt8]]

  init(_ options: Options) throws {
    tokenizer = try WordPieceTokenizer(directory: options.text("model"))
    texts = try TopicsFile.read(options.text("input")).map(\.text)
  }

  mutating func run() throws -> [String: Double] {
    var tokens = 0
    var ids: [Int32] = []
    let seconds = Runner.seconds {
      for text in texts {
        ids.removeAll(keepingCapacity: true)
        tokenizer.encode(text, into: &ids)
        tokens += ids.count
      }
    }
    let bytes = texts.reduce(0) { $0 + $1.count }
    return ["seconds": seconds, "texts": Double(texts.count), "tokens": Double(tokens), "bytes": Double(bytes)]
  }

  /// `u32` count and ids of each text.
  func dump(to path: String) throws {
    var bytes: [UInt8] = []
    for text in texts {
      let ids = tokenizer.encode(text)
      bytes.appendLittleEndian(UInt32(ids.count))
      bytes.appendLittleEndian(contentsOf: ids)
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
