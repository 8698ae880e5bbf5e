internal import Codecs

/// A JSON value of a model's file, read with messages that name the file and the key.
struct JSONFields {
  let value: JSONDocument
  let file: String
  /// Where in the file: `a.b`; empty at the top.
  let place: String

  /// - Throws: `ModelError` (65) for what is not JSON, or neither an object nor an array.
  init(parsing bytes: [UInt8], file: String) throws {
    do {
      value = try JSONDocument(parsing: bytes)
    } catch let error as JSONError {
      throw ModelError(.damaged, file, "line \(error.line), column \(error.column): \(error.reason)")
    }
    guard value.object != nil || value.array != nil else { throw ModelError(.damaged, file, "is no JSON object") }
    self.file = file
    place = ""
  }

  init(value: JSONDocument, file: String, place: String) {
    self.value = value
    self.file = file
    self.place = place
  }

  func error(_ detail: String) -> ModelError {
    ModelError(.damaged, file, place.isEmpty ? detail : "\(place): \(detail)")
  }

  func has(_ key: String) -> Bool { value[key] != nil }

  subscript(key: String) -> JSONFields? {
    value[key].map { JSONFields(value: $0, file: file, place: place.isEmpty ? key : "\(place).\(key)") }
  }

  /// The members of an object, in their order.
  /// - Throws: if it is no object, or a key comes twice.
  func members() throws -> [(key: String, value: JSONFields)] {
    guard let members = value.object else { throw error("an object expected") }
    var seen: Set<[UInt8]> = []
    return try members.map { member in
      let key = String(decoding: member.key, as: UTF8.self)
      guard seen.insert(member.key).inserted else { throw error("the key \"\(key)\" comes twice") }
      return (key, JSONFields(value: member.value, file: file, place: place.isEmpty ? key : "\(place).\(key)"))
    }
  }

  func elements() throws -> [JSONFields] {
    guard let elements = value.array else { throw error("a list expected") }
    return elements.enumerated().map { JSONFields(value: $1, file: file, place: "\(place)[\($0)]") }
  }

  /// The first of `keys` that is there, as a whole number.
  func integer(_ keys: String..., in range: ClosedRange<Int>) throws -> Int? {
    for key in keys {
      guard let field = self[key] else { continue }
      return try field.wholeNumber(in: range)
    }
    return nil
  }

  func wholeNumber(in range: ClosedRange<Int>) throws -> Int {
    guard case .number(let number) = value, let result = Int(exactly: number) else {
      throw error("a whole number expected")
    }
    guard range.contains(result) else { throw error("\(result) is not in \(range.lowerBound)...\(range.upperBound)") }
    return result
  }

  func number() throws -> Double {
    guard case .number(let number) = value, number.isFinite else { throw error("a number expected") }
    return number
  }

  func bool(_ key: String) throws -> Bool? {
    guard let field = self[key] else { return nil }
    guard let result = field.value.bool else { throw field.error("true or false expected") }
    return result
  }

  func text() throws -> String {
    guard let text = value.text else { throw error("a text expected") }
    return text
  }

  func text(_ key: String) throws -> String? { try self[key]?.text() }
}
