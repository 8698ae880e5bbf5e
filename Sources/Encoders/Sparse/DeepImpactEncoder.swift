package import Codecs
internal import Inference
internal import Kernels
internal import Tokenizers

/// DeepImpact: a weight for each distinct word of a passage, from the hidden state of its first piece where it first
/// occurs. Mallia, Khattab, Suel and Tonellotto, "Learning Passage Impacts for Inverted Indexes", SIGIR 2021, as its
/// authors' code does it.
///
/// The cleaned words (`DeepImpactText.passage`) go through WordPiece as one text, `[CLS] pieces [SEP]` cut to 300 ids.
/// A word whose first piece would be at or after 300 has no weight; one at 299 gets the state of the [SEP] that stands
/// there, as the code has it.
package struct DeepImpactEncoder: PassageEncoder {
  private let model: EncoderModel
  private let length: Int
  private let limits: BatchLimits

  /// Throws `EncoderModel.Unsuitable`.
  package init(_ model: EncoderModel, length: Int = 300, limits: BatchLimits = BatchLimits()) throws {
    try model.require(.wordImpact, length: length)
    self.model = model
    self.length = length
    self.limits = limits
  }

  package var digest: Fingerprint { model.digest }

  /// The words of each text, in their order, and the weights of those that have one.
  package func encode(_ texts: ByteStrings) throws -> [[(word: [UInt8], weight: Float)]] {
    let passages = texts.map { passage(Array($0)) }
    var results = [[(word: [UInt8], weight: Float)]](repeating: [], count: passages.count)
    for batch in limits.plan(passages.map(\.sequence.count)) {
      let states = try model.states(TokenBatch(batch.map { passages[$0].sequence }))
      let picked = FloatBuffer(rows: batch.reduce(0) { $0 + passages[$1].words.count }, columns: states.width)
      var next = 0
      for (row, index) in batch.enumerated() {
        for word in passages[index].words {
          let place = states.offsets[row] + word.position
          picked.copy(states.buffer, rows: place..<(place + 1), toRow: next)
          next += 1
        }
      }
      let impacts = picked.rows > 0 ? try model.wordImpacts(picked) : []
      next = 0
      for index in batch {
        results[index] = passages[index].words.map { word in
          defer { next += 1 }
          return (word.bytes, impacts[next])
        }
      }
    }
    return results
  }

  struct Passage {
    let sequence: [Int32]
    /// Distinct words and the places of their first pieces.
    let words: [(bytes: [UInt8], position: Int)]
  }

  private func passage(_ text: [UInt8]) -> Passage {
    let words = DeepImpactText.passage(text)
    var pieces: [Int32] = []
    var first: [[UInt8]: Int] = [:]
    var order: [(bytes: [UInt8], position: Int)] = []
    for word in words {
      let position = pieces.count + 1
      if first[word] == nil {
        first[word] = position
        if position < length { order.append((word, position)) }
      }
      model.tokenizer.encode(word, into: &pieces)
    }
    return Passage(sequence: model.tokenizer.withSpecials(pieces, maxLength: length), words: order)
  }
}
