/// Booleans, numbers and texts, strictly.
extension ConfigDecoder {
  /// The node as a `T` if `T` is a boolean, a number or a text; `nil` if `T` is another type.
  func primitive<T>(_ type: T.Type) throws -> T? {
    if let integer = type as? any FixedWidthInteger.Type { return try self.integer(integer) as? T }
    switch type {
    case is Bool.Type: return try boolean() as? T
    case is String.Type: return try text() as? T
    case is Double.Type: return try number() as? T
    case is Float.Type: return try Float(number()) as? T
    default: return nil
    }
  }

  private func boolean() throws -> Bool {
    guard case .boolean(let value) = node.scalar?.resolved else { throw mismatch("true or false") }
    return value
  }

  /// - Throws: `ConfigError` for anything but a text; a plain number is one only in quotes.
  package func text() throws -> String {
    if let text = node.scalar?.asText { return text }
    guard let scalar = node.scalar, scalar.resolved != .null else { throw mismatch("a text") }
    throw mismatch("a text", hint: "write \"\(shown(scalar.text))\"")
  }

  /// - Throws: `ConfigError` for anything but a finite number.
  package func number() throws -> Double {
    switch node.scalar?.resolved {
    case .integer(let value): return Double(value)
    case .float(let value) where value.isFinite: return value
    case .float: throw mismatch("a finite number")
    default: throw mismatch("a number")
    }
  }

  private func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
    guard case .integer(let value) = node.scalar?.resolved else { throw mismatch("a whole number", hint: plainDigits) }
    guard let fitting = I(exactly: value) else {
      throw failure("must be a whole number from \(I.min) to \(I.max), not \(value)")
    }
    return fitting
  }

  /// The likely meaning of `1_000` or `"1000"`.
  private var plainDigits: String? {
    guard let text = node.scalar?.text else { return nil }
    let digits = text.filter { $0 != "_" }
    guard case .integer = ConfigScalar.core(digits) else { return nil }
    return "write \(shown(digits))"
  }
}
