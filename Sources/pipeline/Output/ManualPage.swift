internal import Foundation

/// The man page of the command, in man's macros, made of what the commands say of themselves.
struct ManualPage {
  private let command: CommandDescription
  private let version: String

  init(_ command: CommandDescription, version: String) {
    self.command = command
    self.version = version
  }

  var text: String {
    let commands = (command.subcommands ?? []).filter { $0.commandName != "help" }
    var lines = [
      ".TH PIPELINE 1 \"\" \"\(Self.quoted(version))\" \"User Commands\"", ".SH NAME",
      "pipeline \\- \(Self.escaped(Self.lowered(command.abstract ?? "")))", ".SH SYNOPSIS",
      ".B pipeline", ".I COMMAND", "[\\fIOPTIONS\\fR]",
    ]
    lines += [".SH COMMANDS"]
    for command in commands { lines += section(command) }
    lines += [".SH EXIT STATUS"] + exitCodes
    lines += [
      ".SH ENVIRONMENT", ".TP", ".B NO_COLOR", "Nothing is coloured. Nothing is where standard error is no terminal.",
      ".SH FILES", ".TP", ".I OUTPUT/current", "The published generation of an index.", ".TP", ".I OUTPUT/report.html",
      "What the last run did.", ".TP", ".I OUTPUT/work", "Finished chunks and the checkpoint.", ".SH SEE ALSO",
      "The README and the pages in docs/ that come with the source.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(_ command: CommandDescription) -> [String] {
    let arguments = (command.arguments ?? []).filter { argument in
      argument.shouldDisplay && !(argument.names ?? []).contains { ["help", "version"].contains($0.name) }
    }
    var lines = [
      ".SS \"pipeline \(command.commandName)\(arguments.filter { $0.names == nil }.map(Self.placeholder).joined())\""
    ]
    lines += Self.paragraph(command.abstract)
    if let discussion = command.discussion { lines += [".PP"] + Self.paragraph(discussion) }
    for argument in arguments {
      let isInversion = Self.negated(argument).map { name in arguments.contains { Self.long($0) == name } } ?? false
      lines += item(argument, isInversion: isInversion)
    }
    return lines
  }

  private static func placeholder(_ argument: CommandDescription.Argument) -> String {
    let name = (argument.valueName ?? "value").uppercased() + (argument.isRepeating ? "..." : "")
    return " " + quoted(argument.isOptional ? "[\(name)]" : name)
  }

  private static func long(_ argument: CommandDescription.Argument) -> String? {
    argument.names?.first { $0.kind == "long" }?.name
  }

  /// `forecast` of `--no-forecast`.
  private static func negated(_ argument: CommandDescription.Argument) -> String? {
    guard argument.kind == "flag", let name = long(argument), name.hasPrefix("no-") else { return nil }
    return String(name.dropFirst(3))
  }

  /// - Parameter isInversion: whether it turns another flag off: the parser gives both the other's text.
  private func item(_ argument: CommandDescription.Argument, isInversion: Bool) -> [String] {
    let names = (argument.names ?? []).map { "\\fB\(Self.escaped($0.spelled))\\fR" }.joined(separator: ", ")
    let isValued = argument.kind == "option"
    let value = argument.valueName.map { "\\fI\(Self.escaped($0))\\fR" } ?? ""
    var lines = [".TP", names.isEmpty ? value : isValued ? "\(names) \(value)" : names]
    if isInversion, let name = Self.negated(argument) {
      return lines + [Self.escaped("Turns --\(name) off.")]
    }
    lines += Self.paragraph(argument.abstract)
    if let values = argument.allValues, !values.isEmpty {
      lines.append(Self.escaped("One of \(values.joined(separator: ", "))."))
    }
    if let standard = argument.defaultValue { lines.append(Self.escaped("Default: \(standard).")) }
    if argument.isRepeating, !names.isEmpty { lines.append("May be given more than once.") }
    return lines
  }

  /// The list in the root's discussion, `0 done; 1 ...; 2 ...`, one item a line.
  private var exitCodes: [String] {
    guard let text = command.discussion, let start = text.range(of: "Exit codes: ") else { return [] }
    return text[start.upperBound...].split(separator: ";").flatMap { entry -> [String] in
      let words = entry.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: " ", maxSplits: 1)
      guard words.count == 2 else { return [] }
      let meaning = words[1].hasSuffix(".") ? String(words[1].dropLast()) : String(words[1])
      return [".TP", ".B \(words[0])", Self.escaped(meaning)]
    }
  }

  private static func paragraph(_ text: String?) -> [String] {
    (text ?? "").split(separator: "\n").map { escaped(String($0)) }
  }

  private static func lowered(_ text: String) -> String {
    let sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
    return sentence.prefix(1).lowercased() + sentence.dropFirst()
  }

  private static func quoted(_ text: String) -> String { text.replacing("\"", with: "\\(dq") }

  /// Text as it stands: no backslash, hyphen, or point or quote at the start of a line means anything to man.
  private static func escaped(_ text: String) -> String {
    let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("`", with: "\\(ga")
    return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
  }
}
