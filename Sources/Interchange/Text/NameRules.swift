/// What other formats ask of terms and ids.
enum NameRules {
  /// What is wrong with `bytes` as text, or `nil`.
  @Sendable static func utf8(_ bytes: [UInt8]) -> String? {
    String(validating: bytes, as: UTF8.self) == nil ? "is not UTF-8" : nil
  }

  /// A line of a text file.
  @Sendable static func line(_ bytes: [UInt8]) -> String? {
    if bytes.isEmpty { return "is empty" }
    return bytes.contains(0x0A) || bytes.contains(0x0D) ? "has a line end" : nil
  }

  /// UTF-8 without white space, for what the other side splits at white space: Unicode's, as Java's and Rust's
  /// `isWhitespace` see it.
  @Sendable static func word(_ bytes: [UInt8]) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return "is not UTF-8" }
    if text.isEmpty { return "is empty" }
    return text.unicodeScalars.contains { $0.properties.isWhitespace || (0x1C...0x1F).contains($0.value) }
      ? "has white space" : nil
  }

  /// A word that Lucene's white-space tokenizer does not cut: at most 255 UTF-16 units.
  @Sendable static func luceneWord(_ bytes: [UInt8]) -> String? {
    if let problem = word(bytes) { return problem }
    let length = String(decoding: bytes, as: UTF8.self).utf16.count
    return length > 255 ? "has \(length) characters, of which Lucene takes 255 a term" : nil
  }

  /// A feature's name of Elasticsearch, which takes a dot for the border of an object.
  @Sendable static func featureWithoutDots(_ bytes: [UInt8]) -> String? {
    if let problem = utf8(bytes) { return problem }
    if bytes.isEmpty { return "is empty" }
    return bytes.contains(UInt8(ascii: ".")) ? "has a dot, which Elasticsearch refuses in feature names" : nil
  }

  @Sendable static func nonEmptyUTF8(_ bytes: [UInt8]) -> String? { bytes.isEmpty ? "is empty" : utf8(bytes) }

  /// A whole number below 2^63, spelled as numbers are.
  @Sendable static func integer(_ bytes: [UInt8]) -> String? {
    guard let value = Int(String(decoding: bytes, as: UTF8.self)), value >= 0, Array("\(value)".utf8) == bytes else {
      return "is no whole number from 0 on"
    }
    return nil
  }
}
