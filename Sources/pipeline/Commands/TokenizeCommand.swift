internal import ArgumentParser
internal import Corpus
internal import Foundation
internal import Tokenizers

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Prints the token ids of texts, special tokens included, one JSON line a text.")

  @Option(help: "A model's folder with tokenizer.json or vocab.txt.", completion: .directory) var model: String
  @Option(help: "Texts, `id<TAB>text` a line; standard input without it.", completion: .file()) var input: String?

  private struct Line: Encodable {
    let id: String
    let ids: [Int32]
  }

  func run() throws {
    let tokenizer = try WordPieceTokenizer(directory: model)
    try TopicsFile.read(input ?? "/dev/stdin") { topics in
      for topic in topics {
        let ids = tokenizer.withSpecials(tokenizer.encode(topic.text), maxLength: .max)
        try Terminal.json(Line(id: String(decoding: topic.id, as: UTF8.self), ids: ids))
      }
    }
  }
}
