/// A decoder without a file: it gives every type that decodes from it an example, and notes what was asked for.
///
/// A key whose presence is asked about first is one that may be absent. Lives for one `init(from:)`.
final class ShapeRecorder: Decoder {
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]
  /// What absent keys stand for: then none is required.
  var defaults: CanonicalValue?
  private var members: [ConfigShape.Member] = []
  private var isKeyed = false
  private var alone: ConfigShape?
  fileprivate var optional: Set<String> = []

  var shape: ConfigShape { isKeyed ? .mapping(members) : alone ?? .anything }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    isKeyed = true
    return KeyedDecodingContainer(Keyed<Key>(recorder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { List(recorder: self) }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(recorder: self) }

  fileprivate func note(_ key: String, _ shape: ConfigShape) {
    if members.contains(where: { $0.key == key }) { return }
    var standard: CanonicalValue?
    if case .map(let values)? = defaults, let value = values[key], value != .null { standard = value }
    let isRequired = defaults == nil && !optional.contains(key)
    members.append(ConfigShape.Member(key: key, shape: shape, isRequired: isRequired, standard: standard))
  }

  fileprivate func note(_ shape: ConfigShape) { alone = shape }

  /// Some value of the type.
  fileprivate static func example<T: Decodable>(of type: T.Type) throws -> T {
    if let shaped = type as? any ShapedParameter.Type, let value = shaped.example as? T { return value }
    if let enumeration = type as? any CaseIterable.Type, let value = first(of: enumeration) as? T { return value }
    if let defaulted = type as? any DefaultedParameters.Type, let value = defaulted.init() as? T { return value }
    let primitives: [Any] = [
      "x", false, 1, Int8(1), Int16(1), Int32(1), Int64(1), UInt(1), UInt8(1), UInt16(1), UInt32(1), UInt64(1), 1.0,
      Float(1),
    ]
    if let value = primitives.lazy.compactMap({ $0 as? T }).first { return value }
    return try T(from: ShapeRecorder())
  }

  private static func first<E: CaseIterable>(of type: E.Type) -> Any? { type.allCases.first }

  private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: ShapeRecorder
    var codingPath: [any CodingKey] { [] }
    /// Of a dictionary: what its values are is noted by its own shape.
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool {
      recorder.optional.insert(key.stringValue)
      return true
    }

    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      if type is any DefaultedParameters.Type { recorder.optional.insert(key.stringValue) }
      recorder.note(key.stringValue, try .of(type))
      return try ShapeRecorder.example(of: type)
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
      recorder.note(key.stringValue, .anything)
      return try ShapeRecorder().container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      recorder.note(key.stringValue, .list(of: .anything))
      return List(recorder: ShapeRecorder())
    }

    func superDecoder() -> any Decoder { recorder }
    func superDecoder(forKey key: Key) -> any Decoder { ShapeRecorder() }
  }

  /// A list of one element.
  private struct List: UnkeyedDecodingContainer {
    let recorder: ShapeRecorder
    var codingPath: [any CodingKey] { [] }
    var count: Int? { 1 }
    var isAtEnd: Bool { currentIndex > 0 }
    private(set) var currentIndex = 0

    init(recorder: ShapeRecorder) { self.recorder = recorder }

    mutating func decodeNil() -> Bool { false }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
      currentIndex += 1
      recorder.note(.list(of: try .of(type)))
      return try ShapeRecorder.example(of: type)
    }

    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
      currentIndex += 1
      return try ShapeRecorder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedDecodingContainer {
      currentIndex += 1
      return List(recorder: ShapeRecorder())
    }

    mutating func superDecoder() -> any Decoder { ShapeRecorder() }
  }

  private struct Single: SingleValueDecodingContainer {
    let recorder: ShapeRecorder
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
      recorder.note(try .of(type))
      return try ShapeRecorder.example(of: type)
    }
  }
}

extension Dictionary: ShapedParameter where Key == String, Value: Decodable {
  package static var shape: ConfigShape { .map(of: (try? ConfigShape.of(Value.self)) ?? .anything) }
  package static var example: [String: Value] { [:] }
}
