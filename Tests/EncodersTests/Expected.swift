import Codecs
import Encoders
import Foundation
import Inference

/// `Golden/expected.json`: what PyTorch gives for the texts with the model in `Golden/tiny`.
struct Expected: Decodable {
  struct Sparse: Decodable {
    let terms: [Int32]
    let weights: [Float]
  }

  struct Cell: Decodable {
    let method: Method
    let vectors: [Sparse]
  }

  /// A `SparseMethod` with only the keys that differ.
  struct Method: Decodable {
    let value: SparseMethod
    let label: String

    private enum Keys: String, CodingKey {
      case encoder, activation, norm, pooling, special, length, scale, lexical, top, ratio, importance, quality
    }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: Keys.self)
      var method = SparseMethod(
        try keys.decode(SparseMethod.Encoder.self, forKey: .encoder),
        activation: try keys.decode(SparseMethod.Activation.self, forKey: .activation),
        norm: try keys.decode(SparseMethod.Norm.self, forKey: .norm),
        pooling: try keys.decode(SparseMethod.Pooling.self, forKey: .pooling),
        special: try keys.decode(SparseMethod.SpecialTokens.self, forKey: .special),
        length: try keys.decode(Int.self, forKey: .length))
      method.scale = try keys.decodeIfPresent(Double.self, forKey: .scale) ?? 1
      method.lexical = try keys.decodeIfPresent(Bool.self, forKey: .lexical) ?? false
      method.top = try keys.decodeIfPresent(Int.self, forKey: .top)
      method.ratio = try keys.decodeIfPresent(Double.self, forKey: .ratio) ?? 0
      method.importance = try keys.decodeIfPresent(Bool.self, forKey: .importance) ?? false
      method.quality = try keys.decodeIfPresent(Bool.self, forKey: .quality) ?? false
      value = method
      label = "\(method)"
    }
  }

  struct Tilde: Decodable {
    let terms: Int
    /// (passages): what is left of the passage, what is added.
    let passages: [[[Int32]]]
  }

  struct Words: Decodable {
    let length: Int
    let passages: [[Pair]]

    struct Pair: Decodable {
      let word: String
      let weight: Float

      init(from decoder: any Decoder) throws {
        var values = try decoder.unkeyedContainer()
        word = try values.decode(String.self)
        weight = try values.decode(Float.self)
      }
    }
  }

  struct Clean: Decodable {
    let text: String
    let passage: [String]
    let query: [String]
  }

  struct TokenVectors: Decodable {
    let length: Int
    let query_length: Int
    let passages: [[Float]]
    let queries: [[Float]]
  }

  struct Dense: Decodable {
    let length: Int
    let passages: [[Float]]
  }

  let texts: [String]
  let methods: [Cell]
  let tilde: [Tilde]
  let deepimpact: Words
  let clean: [Clean]
  let colbert: TokenVectors
  let dense: Dense

  static func read() throws -> Expected {
    try JSONDecoder().decode(Expected.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
  }

  static var folder: URL { Bundle.module.resourceURL!.appending(path: "Golden") }

  static func model(_ precision: Precision = .fp32) throws -> EncoderModel {
    try EncoderModels.load(folder.appending(path: "tiny").path(percentEncoded: false), precision: precision)
  }

  var input: EncoderInput { .texts(ByteStrings(texts.map { Array($0.utf8) })) }
}

/// The largest absolute difference of two lists of equal length.
func difference(_ left: [Float], _ right: [Float]) -> Float {
  left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
