import Dataflow

/// A tiny part of YAML for tests: one stage a line, `name: {key: value, key: [a, b]}`, with true columns.
enum ToyText {
  static func stages(_ text: String) throws -> [StageDeclaration] {
    try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { !$1.allSatisfy { $0 == " " } }
      .map { try StageDeclaration(entry(Array($1), line: $0 + 1)) }
  }

  private static func entry(_ text: [Character], line: Int) -> ConfigNode.Entry {
    var parser = Parser(text: text, line: line)
    return parser.entry()
  }

  private struct Parser {
    let text: [Character]
    let line: Int
    var position = 0

    init(text: [Character], line: Int) {
      self.text = text
      self.line = line
    }

    var here: SourceLocation { SourceLocation(file: "toy.yaml", line: line, column: position + 1) }

    mutating func skip(_ characters: String) {
      while position < text.count, characters.contains(text[position]) { position += 1 }
    }

    mutating func word() -> String {
      let start = position
      while position < text.count, !",:{}[] ".contains(text[position]) { position += 1 }
      return String(text[start..<position])
    }

    mutating func entry() -> ConfigNode.Entry {
      skip(" ,")
      let location = here
      let key = word()
      skip(": ")
      return ConfigNode.Entry(key: key, keyLocation: location, value: value())
    }

    mutating func value() -> ConfigNode {
      let location = here
      guard position < text.count, "{[".contains(text[position]) else {
        return ConfigNode(.scalar(ConfigScalar(text: word(), style: .plain)), at: location)
      }
      let isMapping = text[position] == "{"
      var entries: [ConfigNode.Entry] = []
      var elements: [ConfigNode] = []
      position += 1
      skip(" ,")
      while position < text.count, !"]}".contains(text[position]) {
        if isMapping { entries.append(entry()) } else { elements.append(value()) }
        skip(" ,")
      }
      position += 1
      return ConfigNode(isMapping ? .mapping(entries) : .sequence(elements), at: location)
    }
  }
}
