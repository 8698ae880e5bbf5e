/// Spells an `Inspection` for people and for programs.
extension Inspection {
  private static let barWidth = 30

  /// A table with a bar a line; ends with a newline.
  package var text: String {
    var lines = [path]
    let labelWidth = facts.map(\.name.count).max() ?? 0
    lines += facts.map { "  \(Self.padded($0.name, labelWidth))  \($0.value)" }
    let nameWidth = max(parts.map { $0.name.count + 2 * $0.level }.max() ?? 0, "total".count)
    let sizes = parts.map { Self.grouped($0.bytes) }
    let total = Self.grouped(bytes)
    let sizeWidth = max(sizes.map(\.count).max() ?? 0, total.count)
    lines.append("")
    for (part, size) in zip(parts, sizes) {
      let name = String(repeating: "  ", count: part.level) + part.name
      let each = part.each.map { "  \($0)" } ?? ""
      let note = part.isIntact == false ? "  DAMAGED: its checksum is wrong" : ""
      let row = [Self.padded(name, nameWidth), Self.padded(size, sizeWidth, right: true), Self.percent(part.share)]
      lines.append(
        "  " + row.joined(separator: "  ") + "  " + Self.padded(Self.bar(part.share), each.isEmpty ? 0 : Self.barWidth)
          + each + note)
    }
    lines.append("  \(Self.padded("total", nameWidth))  \(Self.padded(total, sizeWidth, right: true))")
    return lines.map(Self.trimmed).joined(separator: "\n") + "\n"
  }

  /// The same for `--json`.
  package var json: JSONValue {
    .members([
      .init("bytes", .integer(Int64(bytes))), .init("path", .string(path)),
      .init("facts", .members(facts.map { .init($0.name, .string($0.value)) })),
      .init("parts", .array(parts.map(Self.json))),
    ])
  }

  private static func json(_ part: Part) -> JSONValue {
    .members([
      .init("bytes", .integer(Int64(part.bytes))), .init("level", .integer(Int64(part.level))),
      .init("name", .string(part.name)), .init("share", .number(part.share)),
      .init("each", part.each.map(JSONValue.string) ?? .null),
      .init("intact", part.isIntact.map(JSONValue.bool) ?? .null),
    ])
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.hasSuffix(" ") { line.removeLast() }
    return line
  }

  /// 1234567 as `1,234,567`.
  private static func grouped(_ number: Int) -> String {
    var digits = Array("\(number)")
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return String(digits)
  }

  /// 0.1234 as ` 12.3 %`.
  private static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return padded("\(tenths / 10).\(tenths % 10)", 5, right: true) + " %"
  }

  private static func bar(_ share: Double) -> String {
    String(repeating: "#", count: min(barWidth, max(0, Int((share * Double(barWidth)).rounded()))))
  }
}
