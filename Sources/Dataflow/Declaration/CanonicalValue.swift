/// A value in the one form that fingerprints are taken of.
///
/// `bytes` is JSON with the keys of every mapping in ascending order of their UTF-8, no white space, and only the escapes
/// that JSON demands (`\"`, `\\`, and `\u00xx` below U+0020). A whole number is decimal; a floating-point number is the
/// shortest text that reads back as the same value and always has a point or an exponent, so the number 1 of a `Double`
/// is `1.0` and of an `Int` is `1`: the type of a parameter decides, not the way it was typed.
package indirect enum CanonicalValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int128)
  /// The shortest text of a finite `Double` or `Float`.
  case float(String)
  case text(String)
  case list([CanonicalValue])
  case map([String: CanonicalValue])

  /// The canonical UTF-8.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  private func append(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += Array("null".utf8)
    case .boolean(let value): bytes += Array("\(value)".utf8)
    case .integer(let value): bytes += Array("\(value)".utf8)
    case .float(let text): bytes += Array(text.utf8)
    case .text(let text): Self.append(text, to: &bytes)
    case .list(let elements): Self.append(elements, to: &bytes)
    case .map(let values): Self.append(values, to: &bytes)
    }
  }

  private static func append(_ elements: [CanonicalValue], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      element.append(to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private static func append(_ values: [String: CanonicalValue], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    let sorted = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (index, (key, value)) in sorted.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(key, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      value.append(to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20: bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

// MARK: Nodes

extension CanonicalValue {
  /// What `node` means before any type has been asked for: `100` is a whole number, `"100"` a text.
  package init(_ node: ConfigNode) {
    switch node.content {
    case .scalar(let scalar): self.init(scalar.resolved)
    case .sequence(let elements): self = .list(elements.map(CanonicalValue.init))
    case .mapping(let entries):
      self = .map(Dictionary(entries.map { ($0.key, CanonicalValue($0.value)) }) { $1 })
    }
  }

  private init(_ scalar: ConfigScalar.Resolved) {
    switch scalar {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .float(let value): self = value.isFinite ? .float("\(value)") : .text("\(value)")
    case .text(let text): self = .text(text)
    }
  }
}

extension ConfigNode {
  /// The node as canonical bytes: key order, quoting style and number spelling (`0x10`, `16`) do not matter.
  ///
  /// For parameters whose type is known, fingerprint `CanonicalEncoder.bytes(of:)` instead: it also fills in defaults
  /// and gives `100` and `100.0` the same bytes where the type is `Double`.
  package var canonicalBytes: [UInt8] {
    CanonicalValue(self).bytes
  }

  /// `value` as a tree, all of it at `location`.
  init(_ value: CanonicalValue, at location: SourceLocation) {
    func plain(_ text: String) -> Content { .scalar(ConfigScalar(text: text, style: .plain)) }
    let content: Content =
      switch value {
      case .null: plain("null")
      case .boolean(let value): plain("\(value)")
      case .integer(let value): plain("\(value)")
      case .float(let text): plain(text)
      case .text(let text): .scalar(ConfigScalar(text: text, style: .quoted))
      case .list(let elements): .sequence(elements.map { ConfigNode($0, at: location) })
      case .map(let values):
        .mapping(values.map { Entry(key: $0.key, keyLocation: location, value: ConfigNode($0.value, at: location)) })
      }
    self.init(content, at: location)
  }
}
