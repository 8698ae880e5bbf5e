extension String {
  /// Every scalar that `table` has, replaced. By scalars, because a quote with a combining mark is another character,
  /// and still a quote to those who read bytes.
  func escaping(_ table: [Unicode.Scalar: String]) -> String {
    var escaped = ""
    for scalar in unicodeScalars {
      if let text = table[scalar] { escaped += text } else { escaped.unicodeScalars.append(scalar) }
    }
    return escaped
  }

  /// Whether there is something, and nothing but letters, digits and `signs` of ASCII.
  func isPlainWord(with signs: String) -> Bool {
    !isEmpty
      && utf8.allSatisfy {
        (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0) || signs.utf8.contains($0)
      }
  }
}
