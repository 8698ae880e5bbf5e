/// Words of a unit file: systemd.service(5), "Command lines", and systemd.syntax(7), "Quoting".
enum SystemdWord {
  /// `%` begins a specifier everywhere in a unit.
  static func specifiersEscaped(_ text: String) -> String { text.escaping(["%": "%%"]) }

  /// In double quotes, in which a backslash escapes. For `Environment=`, where `$` means nothing.
  static func quoted(_ text: String) -> String {
    "\"\(text.escaping(["%": "%%", "\\": "\\\\", "\"": "\\\"", "\n": "\\n", "\r": "\\r"]))\""
  }

  /// For `ExecStart=`, where `$` begins a variable.
  static func argument(_ text: String) -> String {
    text.isPlainWord(with: "/._-=,:+@") ? text : quoted(text).escaping(["$": "$$"])
  }

  /// The words of an `ExecStart=` that `argument` wrote.
  static func split(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    var rest = line.unicodeScalars[...]
    func add(_ scalar: Unicode.Scalar) { word = (word ?? "") + String(Character(scalar)) }
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"":
        isQuoted.toggle()
        word = word ?? ""
      case " " where !isQuoted:
        words += [word].compactMap { $0 }
        word = nil
      case "\\":
        let escaped = rest.popFirst() ?? "\\"
        add(escaped == "n" ? "\n" : escaped == "r" ? "\r" : escaped)
      case "%" where rest.first == "%", "$" where rest.first == "$": add(rest.removeFirst())
      default: add(scalar)
      }
    }
    return words + [word].compactMap { $0 }
  }
}
