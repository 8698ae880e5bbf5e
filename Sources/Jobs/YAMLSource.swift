internal import Dataflow
internal import Yams

/// The text of a YAML file: checked before it is parsed, and looked at again to explain why parsing failed.
struct YAMLSource {
  let file: String
  let text: String

  /// - Throws: `ConfigError` for a file that is too large or not UTF-8.
  init(_ bytes: [UInt8], file: String) throws {
    self.file = file
    guard bytes.count <= YAMLReader.maximumBytes else {
      throw ConfigError(SourceLocation(file: file), "larger than 1 MiB, which no job or pipeline file should be")
    }
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      let valid = Self.validPrefix(content)
      throw ConfigError(Self.location(after: valid, in: file), "not UTF-8", hint: "save the file as UTF-8")
    }
    self.text = text
  }

  /// What the parser says, in one line.
  func configError(for error: YamlError) -> ConfigError {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      return explain(problem, context: context, at: mark)
    case .reader(let problem, _, _, _):
      let valid = text.unicodeScalars.prefix { Self.isPrintable($0) }
      return ConfigError(Self.location(after: Array(String(valid).utf8), in: file), "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      return repeated(keys.sorted().first ?? "", first: context.mark)
    default:
      return ConfigError(SourceLocation(file: file, line: 1, column: 1), "not YAML: \(shown("\(error)"))")
    }
  }

  private func explain(_ problem: String, context: YamlError.Context?, at mark: Mark) -> ConfigError {
    // Something that was never closed is told where it begins, not at the end of the file.
    let isOpen = problem.contains("could not find expected ':'") || isEnd(mark)
    let place = location(isOpen ? context?.mark ?? mark : mark)
    if context?.text.contains("single document") == true {
      return ConfigError(place, "a second document begins here", hint: "a file holds one")
    }
    if problem.contains("undefined alias") {
      return ConfigError(
        place, "anchors and aliases are not read", hint: "quote a text that begins with `*`")
    }
    if problem.contains("nesting level") {
      return ConfigError(place, "more than \(YAMLReader.maximumDepth) levels of nesting")
    }
    let said = problem.contains("<document start>") ? "this belongs to nothing before it" : problem
    return ConfigError(
      place, "not YAML: \(said)\(context.map { " \($0.text)" } ?? "")", hint: hint(for: problem, at: mark))
  }

  /// The error of a key that stands twice in a mapping; the parser tells only the first place.
  private func repeated(_ key: String, first: Mark) -> ConfigError {
    let indent = String(repeating: " ", count: first.column - 1)
    // The mapping goes on for as long as no line is indented less.
    let mapping = lines.dropFirst(first.line).prefix { $0.hasPrefix(indent) || $0.allSatisfy(\.isWhitespace) }
    let again = mapping.firstIndex { line in
      ["", "\"", "'"].contains { line.hasPrefix("\(indent)\($0)\(key)\($0):") }
    }
    guard let again else {
      return ConfigError(
        location(first), "key `\(shown(key))` is given twice in this mapping", hint: "remove one of them")
    }
    return ConfigError(
      SourceLocation(file: file, line: again + 1, column: first.column),
      "key `\(shown(key))` is given already on line \(first.line)", hint: "remove one of them")
  }

  /// The usual reasons for which a line is not YAML.
  private func hint(for problem: String, at mark: Mark) -> String? {
    let line = line(mark.line)
    let indent = line.prefix { $0 == " " || $0 == "\t" }
    let rest = line.dropFirst(mark.column - 1)
    if indent.contains("\t") || rest.first == "\t" { return "indent with spaces, not tabs" }
    if line.contains("${") || self.line(mark.line - 1).contains("${") { return "put quotes around values with `${`" }
    if let first = rest.first, "%@`".contains(first) { return "quote a text that begins with `\(first)`" }
    if problem.contains("alphabetic or numeric") { return "quote a text that begins with `*` or `&`" }
    if problem.contains("mapping values") { return "check the indentation, or quote a text that holds `: `" }
    return nil
  }

  private var lines: [Substring] {
    text.split(omittingEmptySubsequences: false) { $0.isNewline }
  }

  /// The line of this number, from 1; empty where there is none.
  private func line(_ number: Int) -> Substring {
    let lines = lines
    return lines.indices.contains(number - 1) ? lines[number - 1] : ""
  }

  /// Whether nothing but white space follows `mark`.
  private func isEnd(_ mark: Mark) -> Bool {
    line(mark.line).dropFirst(mark.column - 1).allSatisfy(\.isWhitespace)
      && lines.dropFirst(mark.line).allSatisfy { $0.allSatisfy(\.isWhitespace) }
  }

  /// Whether YAML allows the character (YAML 1.2.2, section 5.1).
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD, 0x10000...: true
    default: false
    }
  }

  private func location(_ mark: Mark) -> SourceLocation {
    SourceLocation(file: file, line: mark.line, column: mark.column)
  }

  /// The longest prefix of `bytes` that is UTF-8. The caller knows that it is not the whole.
  private static func validPrefix(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var low = 0
    var high = bytes.count
    func isValid(_ count: Int) -> Bool {
      // A character cut in two is no error of the file: back to its first byte.
      var prefix = bytes.prefix(count)
      while let last = prefix.last, last & 0xC0 == 0x80 || last >= 0xC0 { prefix.removeLast() }
      return String(validating: prefix, as: UTF8.self) != nil
    }
    while low < high {
      let middle = (low + high + 1) / 2
      if isValid(middle) { low = middle } else { high = middle - 1 }
    }
    return Array(bytes.prefix(low))
  }

  /// The line and column that follow `prefix`.
  private static func location(after prefix: [UInt8], in file: String) -> SourceLocation {
    let line = prefix.count { $0 == UInt8(ascii: "\n") } + 1
    let start = prefix.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = prefix[start...].count { $0 & 0xC0 != 0x80 } + 1
    return SourceLocation(file: file, line: line, column: column)
  }
}
