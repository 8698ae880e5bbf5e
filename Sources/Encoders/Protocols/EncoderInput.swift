package import Codecs
package import Inference

/// What is to be encoded: the passages of one chunk, or one query.
package enum EncoderInput: Sendable {
  /// UTF-8 as the collection has it. An encoder with a tokenizer of its own wants this.
  case texts(ByteStrings)
  /// Ids of the model's vocabulary without special tokens around them (expanded passages have [SEP] inside), not yet
  /// cut to the model's length.
  case tokens(TokenBatch)

  /// Passages.
  package var count: Int {
    switch self {
    case .texts(let texts): texts.count
    case .tokens(let tokens): tokens.count
    }
  }
}
