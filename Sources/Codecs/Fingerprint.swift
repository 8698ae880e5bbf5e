internal import Crypto

/// A SHA-256 digest: the name of anything whose content decides what is computed from it.
///
/// Equal fingerprints mean equal bytes. Printed and stored as 64 lower-case hexadecimal digits.
package struct Fingerprint: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// 32 bytes.
  package let bytes: [UInt8]

  /// - Precondition: `bytes.count == 32`.
  package init(bytes: [UInt8]) {
    precondition(bytes.count == 32, "a SHA-256 digest has 32 bytes")
    self.bytes = bytes
  }

  /// Reads 64 hexadecimal digits; `nil` for anything else.
  package init?(hex: String) {
    let digits = hex.utf8.map { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// The digest of `content`.
  package static func of(_ content: some Sequence<UInt8>) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.update(Array(content))
    return hasher.finalize()
  }

  package var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  package static func < (left: Fingerprint, right: Fingerprint) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension Fingerprint: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let value = Fingerprint(hex: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hexadecimal digits")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Builds a `Fingerprint` from parts.
///
/// `update` concatenates, so `"ab" + "c"` equals `"a" + "bc"`; use `field` where the border between two parts matters.
package struct FingerprintHasher {
  private var hash = SHA256()

  package init() {}

  /// Adds bytes as they are.
  package mutating func update(_ bytes: [UInt8]) {
    hash.update(data: bytes)
  }

  /// Adds `bytes` after their length (8 bytes, little-endian), so that no two lists of fields collide.
  package mutating func field(_ bytes: [UInt8]) {
    var length = UInt64(bytes.count)
    var prefix: [UInt8] = []
    for _ in 0..<8 {
      prefix.append(UInt8(truncatingIfNeeded: length))
      length >>= 8
    }
    hash.update(data: prefix)
    hash.update(data: bytes)
  }

  /// Adds a string's UTF-8 as a field.
  package mutating func field(_ text: String) {
    field(Array(text.utf8))
  }

  package mutating func field(_ fingerprint: Fingerprint) {
    field(fingerprint.bytes)
  }

  package func finalize() -> Fingerprint {
    Fingerprint(bytes: Array(hash.finalize()))
  }
}
