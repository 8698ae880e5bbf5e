/// Spells a `JSONValue` for people and for digests: two spaces of indentation, one member or element a line, UTF-8,
/// only what must be escaped is.
enum JSONWriter {
  static func write(_ value: JSONValue, indent: Int = 0, to bytes: inout [UInt8]) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += "\(value)".utf8
    case .number(let value):
      precondition(value.isFinite, "JSON has no infinite numbers")
      // The shortest digits that give the same number again; never in a locale.
      bytes += "\(value)".utf8
    case .string(let value): writeString(value, to: &bytes)
    case .array(let elements):
      writeList(elements, "[", "]", indent: indent, to: &bytes) { write($0, indent: indent + 2, to: &$1) }
    case .object(let members):
      writeList(members, "{", "}", indent: indent, to: &bytes) { member, bytes in
        writeString(member.name, to: &bytes)
        bytes += ": ".utf8
        write(member.value, indent: indent + 2, to: &bytes)
      }
    }
  }

  private static func writeList<Item>(
    _ items: [Item], _ open: String, _ close: String, indent: Int, to bytes: inout [UInt8],
    _ writeItem: (Item, inout [UInt8]) -> Void
  ) {
    bytes += open.utf8
    for (index, item) in items.enumerated() {
      bytes += (index == 0 ? "\n" : ",\n").utf8
      bytes += [UInt8](repeating: UInt8(ascii: " "), count: indent + 2)
      writeItem(item, &bytes)
    }
    if !items.isEmpty {
      bytes.append(UInt8(ascii: "\n"))
      bytes += [UInt8](repeating: UInt8(ascii: " "), count: indent)
    }
    bytes += close.utf8
  }

  static func writeString(_ string: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20, 0x7F: bytes += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension JSONValue {
  /// The value's bytes, without a newline at the end.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.write(self, to: &bytes)
    return bytes
  }
}
