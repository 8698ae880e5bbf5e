/// Turns any `Encodable` value into the canonical form that fingerprints are taken of.
///
/// Foundation's encoder is not used: a fingerprint must not change with the version of a library. Two limits of
/// `Encodable` remain the caller's: a `Set`, and a dictionary whose keys are neither `String` nor `Int`, encode in an
/// order that changes from run to run; parameters must not hold them.
package enum CanonicalEncoder {
  /// The canonical bytes of `value`.
  ///
  /// - Throws: `EncodingError` for a number that is not finite, or what `value` itself throws.
  package static func bytes(of value: some Encodable) throws -> [UInt8] {
    try self.value(of: value).bytes
  }

  /// The canonical form of `value` as a tree.
  ///
  /// - Throws: `EncodingError` for a number that is not finite, or what `value` itself throws.
  package static func value(of value: some Encodable) throws -> CanonicalValue {
    let slot = CanonicalSlot(codingPath: [])
    try slot.fill(with: value)
    return slot.value
  }
}

/// The place of one value while it is encoded. A value writes itself once, or key by key, or element by element.
private final class CanonicalSlot: Encoder {
  enum Content {
    case value(CanonicalValue)
    case map([String: CanonicalSlot])
    case list([CanonicalSlot])
  }

  let codingPath: [any CodingKey]
  let userInfo: [CodingUserInfoKey: Any] = [:]
  var content = Content.value(.null)

  init(codingPath: [any CodingKey]) {
    self.codingPath = codingPath
  }

  var value: CanonicalValue {
    switch content {
    case .value(let value): value
    case .map(let slots): .map(slots.mapValues(\.value))
    case .list(let slots): .list(slots.map(\.value))
    }
  }

  func fill(with value: some Encodable) throws {
    switch value {
    case let value as Bool: content = .value(.boolean(value))
    case let value as String: content = .value(.text(value))
    case let value as Double: content = .value(.float(try finite(value, value.isFinite)))
    case let value as Float: content = .value(.float(try finite(value, value.isFinite)))
    case let value as any FixedWidthInteger: content = .value(.integer(try whole(value)))
    default: try value.encode(to: self)
    }
  }

  private func finite(_ value: some CustomStringConvertible, _ isFinite: Bool) throws -> String {
    if isFinite { return value.description }
    throw EncodingError.invalidValue(
      value, .init(codingPath: codingPath, debugDescription: "\(value) is not a finite number"))
  }

  private func whole(_ value: some FixedWidthInteger) throws -> Int128 {
    if let whole = Int128(exactly: value) { return whole }
    throw EncodingError.invalidValue(value, .init(codingPath: codingPath, debugDescription: "\(value) is too large"))
  }

  func slot(for key: any CodingKey) -> CanonicalSlot {
    let slot = CanonicalSlot(codingPath: codingPath + [key])
    var slots: [String: CanonicalSlot] = if case .map(let slots) = content { slots } else { [:] }
    slots[key.stringValue] = slot
    content = .map(slots)
    return slot
  }

  func nextSlot() -> CanonicalSlot {
    var slots: [CanonicalSlot] = if case .list(let slots) = content { slots } else { [] }
    let slot = CanonicalSlot(codingPath: codingPath + [ConfigIndex(slots.count)])
    slots.append(slot)
    content = .list(slots)
    return slot
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .map = content {} else { content = .map([:]) }
    return KeyedEncodingContainer(CanonicalKeyedContainer<Key>(slot: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .list = content {} else { content = .list([]) }
    return CanonicalListContainer(slot: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { CanonicalValueContainer(slot: self) }
}

private struct CanonicalKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: CanonicalSlot
  var codingPath: [any CodingKey] { slot.codingPath }

  func encodeNil(forKey key: Key) throws { slot.slot(for: key).content = .value(.null) }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try slot.slot(for: key).fill(with: value) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested>
  {
    slot.slot(for: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    slot.slot(for: key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { slot }
  func superEncoder(forKey key: Key) -> any Encoder { slot.slot(for: key) }
}

private struct CanonicalListContainer: UnkeyedEncodingContainer {
  let slot: CanonicalSlot
  var codingPath: [any CodingKey] { slot.codingPath }
  var count: Int { if case .list(let slots) = slot.content { slots.count } else { 0 } }

  func encodeNil() throws { slot.nextSlot().content = .value(.null) }
  func encode<T: Encodable>(_ value: T) throws { try slot.nextSlot().fill(with: value) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    slot.nextSlot().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { slot.nextSlot().unkeyedContainer() }
  func superEncoder() -> any Encoder { slot.nextSlot() }
}

private struct CanonicalValueContainer: SingleValueEncodingContainer {
  let slot: CanonicalSlot
  var codingPath: [any CodingKey] { slot.codingPath }

  func encodeNil() throws { slot.content = .value(.null) }
  func encode<T: Encodable>(_ value: T) throws { try slot.fill(with: value) }
}
