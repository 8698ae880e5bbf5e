/// A value and where it was written, for what can only be checked later (a measure's name, a cron line).
///
/// Equal values are equal wherever they stand, and encode alike.
package struct Located<Value: Sendable>: Sendable {
  package let value: Value
  package let location: SourceLocation

  package init(_ value: Value, at location: SourceLocation) {
    self.value = value
    self.location = location
  }
}

extension Located: Decodable where Value: Decodable {
  package init(from decoder: any Decoder) throws {
    value = try decoder.singleValueContainer().decode(Value.self)
    location = (decoder as? ConfigDecoder)?.node.location ?? SourceLocation(file: "")
  }
}

extension Located: Encodable where Value: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

extension Located: Equatable where Value: Equatable {
  package static func == (left: Located, right: Located) -> Bool { left.value == right.value }
}

extension ConfigNode: Decodable {
  /// The node itself, for a value whose type somebody else knows.
  package init(from decoder: any Decoder) throws {
    guard let config = decoder as? ConfigDecoder else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "can only be read from a configuration"))
    }
    self = config.node
  }
}
