/// A mapping as a type's `init(from:)` sees it.
struct ConfigKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ConfigDecoder

  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { decoder.allKeys.compactMap(Key.init(stringValue:)) }

  func contains(_ key: Key) -> Bool {
    decoder.lookUp(key.stringValue) != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    try part(key).node.isNull
  }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    if type is any DefaultedParameters.Type, decoder.lookUp(key.stringValue) == nil {
      let empty = ConfigNode(.mapping([]), at: decoder.node.location)
      return try decoder.part(empty, at: key).value(type)
    }
    return try part(key).value(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder.opened(part(key)).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder.opened(part(key)).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder.opened(part(key)) }

  private func part(_ key: Key) throws -> ConfigDecoder {
    guard let node = decoder.lookUp(key.stringValue) else {
      throw decoder.missing(key) { Key(stringValue: $0) != nil }
    }
    return decoder.part(node, at: key)
  }
}

/// A list as a type's `init(from:)` sees it.
struct ConfigListContainer: UnkeyedDecodingContainer {
  let decoder: ConfigDecoder
  let elements: [ConfigNode]
  private(set) var currentIndex = 0

  init(decoder: ConfigDecoder, elements: [ConfigNode]) {
    self.decoder = decoder
    self.elements = elements
  }

  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try next().value(type)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder.opened(next()).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try decoder.opened(next()).unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try decoder.opened(next()) }

  private mutating func next() throws -> ConfigDecoder {
    guard !isAtEnd else { throw decoder.failure("must have more than \(elements.count) elements") }
    defer { currentIndex += 1 }
    return decoder.part(elements[currentIndex], at: ConfigIndex(currentIndex))
  }
}

/// A single value as a type's `init(from:)` sees it.
struct ConfigValueContainer: SingleValueDecodingContainer {
  let decoder: ConfigDecoder

  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.node.isNull }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try ConfigDecoder(decoder.node, path: codingPath, context: decoder.context).value(type)
  }
}

/// A key known only at run time.
struct ConfigKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// A place in a list, from 0.
struct ConfigIndex: CodingKey {
  let index: Int
  var intValue: Int? { index }
  var stringValue: String { "\(index)" }

  init(_ index: Int) { self.index = index }
  init?(intValue: Int) { index = intValue }
  init?(stringValue: String) { nil }
}
