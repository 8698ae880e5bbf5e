/// Which words of predicted queries are new to a passage, as docTTTTTquery's `split_predictions` counts them: lower case,
/// `.`, `,` and `?` as spaces, no stop words.
package enum PredictedWords {
  private static let stopWords = Set(EnglishStopWords.nltk179.map { Array($0.utf8) })

  /// The words of `predictions` that `passage` lacks, in their order; each once unless `repeating`.
  package static func new(in predictions: [[UInt8]], comparedTo passage: [UInt8], repeating: Bool) -> [[UInt8]] {
    var known = Set(words(passage))
    var result: [[UInt8]] = []
    for word in predictions.flatMap(words) where !known.contains(word) && !stopWords.contains(word) {
      result.append(word)
      if !repeating { known.insert(word) }
    }
    return result
  }

  private static func words(_ text: [UInt8]) -> [[UInt8]] {
    String(decoding: text, as: UTF8.self).lowercased().utf8.split { byte in
      byte <= 0x20 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "?")
    }.map { Array($0) }
  }
}
