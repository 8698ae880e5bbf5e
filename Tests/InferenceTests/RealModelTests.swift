import Foundation
import Inference
import Kernels
import Testing
import Tokenizers

/// Trained models: those of `data/models` always, those of `pipeline models fetch` where they are installed.
@Suite struct RealModelTests {
  static let texts =
    [
      "The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.", "",
      "Naïve café in München: 東京 and ﬁne-grained retrieval, e.g. BM25 + dense (top-1000)",
    ] + [(0..<120).map { "word\($0) is followed by \($0 * 7919 % 1000)" }.joined(separator: " ")]

  /// `nil` where the model is not installed.
  static func installed(_ name: String) -> String? {
    let folder = ModelStore().folder(name)
    return FileManager.default.fileExists(atPath: folder + "/config.json") ? folder : nil
  }

  /// The checkout's `data/models`.
  static let embedded = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "data/models").path

  private func batch(_ texts: [String], _ side: ModelSide) throws -> TokenBatch {
    let tokenizer = try WordPieceTokenizer(directory: side.tokenizer)
    return TokenBatch(
      texts.map { tokenizer.withSpecials(tokenizer.encode(Array($0.utf8)), maxLength: side.maximumLength ?? 512) })
  }

  private func vectors(_ path: String, _ precision: Precision = .fp32) throws -> FloatBuffer {
    let folder = try ModelFolder(path)
    let states = try Transformer(folder, precision: precision).states(try batch(Self.texts, folder.documents))
    return try SentenceHead(folder.documents, precision: precision).apply(states)
  }

  private func expected(_ name: String) throws -> [Float] {
    let root = try ModelRoot(try Golden.path(""))
    let tensors = try SafetensorsFile.tensors(try root.map("real.safetensors"), file: "real.safetensors")
    return try #require(tensors.first { $0.name == name }).floats()
  }

  @Test func denseTinyEqualsSentenceTransformers() throws {
    #expect(distance(try vectors(Self.embedded + "/dense-tiny").values, try expected("dense-tiny")) < 1e-5)
  }

  @Test(.enabled(if: installed("all-MiniLM-L6-v2") != nil, "needs `pipeline models fetch all-MiniLM-L6-v2`"))
  func miniLMEqualsSentenceTransformers() throws {
    let path = try #require(Self.installed("all-MiniLM-L6-v2"))
    let wanted = try expected("all-MiniLM-L6-v2")
    #expect(distance(try vectors(path).values, wanted) < 1e-5)
    // The worst of these texts, all of odd characters or numbers, has .972 in int8; passages are far better.
    for (precision, bound) in [(Precision.bf16, 0.9999), (.int8, 0.96)] {
      let found = try vectors(path, precision)
      for text in Self.texts.indices {
        let similarity = cosine(found.row(text), wanted[text * 384..<text * 384 + 384])
        #expect(similarity > bound, "\(precision), text \(text): cosine \(similarity)")
      }
    }
  }

  /// The numbers that the model's author published.
  @Test(.enabled(if: installed("splade-tiny") != nil, "needs `pipeline models fetch splade-tiny`"))
  func spladeTinyGivesThePublishedNumbers() throws {
    let folder = try ModelFolder(try #require(Self.installed("splade-tiny")))
    let states = try Transformer(folder, precision: .fp32).states(try batch(Array(Self.texts[..<3]), folder.documents))
    let weights = try VocabularyHead(folder, precision: .fp32).pooled(states, pooling: .maximum, activation: .log1pRelu)
    let products = (0..<3).map { left in
      (0..<3).map { right in zip(weights.row(left), weights.row(right)).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    let published: [[Float]] = [[39.7253, 7.1662, 0], [7.1662, 27.0255, 0.1385], [0, 0.1385, 26.3539]]
    for row in 0..<3 { #expect(distance(products[row], published[row]) < 1e-4) }
    let tokenizer = try WordPieceTokenizer(directory: folder.documents.tokenizer)
    for (word, weight) in [
      ("today", 2.5437), ("lovely", 2.1207), ("weather", 2.0432), ("summers", 2.0364), ("cool", 1.8054),
    ] {
      let id = try #require(tokenizer.encode(Array(word.utf8)).first)
      #expect(abs(weights[0, Int(id)] - Float(weight)) < 1e-4, "\(word)")
    }
  }

  @Test func tiledHeadOfTheWholeVocabulary() throws {
    let folder = try ModelFolder(Self.embedded + "/tilde-tiny")
    let states = try Transformer(folder, precision: .fp32).states(try batch(Self.texts, folder.documents))
    let head = try VocabularyHead(folder, precision: .fp32)
    let tokens = HiddenStates(buffer: states.buffer, offsets: Array(0...states.buffer.rows))
    let logits = head.pooled(tokens, pooling: .first, activation: .none)
    let pooled = head.pooled(states, pooling: .maximum, activation: .none)
    for sequence in 0..<states.count {
      let own = states.offsets[sequence]..<states.offsets[sequence + 1]
      let expected = (0..<head.vocabularySize).map { term in own.map { logits[$0, term] }.max() ?? 0 }
      #expect(distance(pooled.row(sequence), expected) < 1e-5)
    }
  }
}
