internal import Kernels

/// One message between us and a worker.
///
/// `magic:"BGRN" kind:u8 side:u8 zero:u16 sequence:u64 count:u32 length:u32 zero:u32 crc:u32`, 32 bytes, then `length`
/// bytes of payload. Integers are little-endian. `crc` is CRC-32 (zlib's) of the first 28 bytes and the payload.
/// `docs/backend-protocol.md` has the payloads and a worked example.
package struct Frame: Sendable, Hashable {
  package enum Kind: UInt8, Sendable, CaseIterable {
    /// JSON: the first frame of both directions.
    case hello = 1
    /// `lengths:u32[count] bytes`: the terms of a sparse worker's vocabulary.
    case vocabulary = 2
    /// `lengths:u32[count] bytes`: UTF-8.
    case texts = 3
    /// `lengths:u32[count] ids:i32[sum]`.
    case tokens = 4
    /// `values:f32[count * dimension]`.
    case dense = 5
    /// `lengths:u32[count] ids:u32[sum] weights:f32[sum]`.
    case sparse = 6
    /// `lengths:u32[count] values:f32[sum * dimension]`.
    case tokenVectors = 7
    /// `kept:u32[count] added:u32[count] passage:i32[sum kept] terms:i32[sum added] scores:f32[sum added]`.
    case expansion = 8
    /// UTF-8: why the batch cannot be encoded.
    case error = 15
  }

  package enum Side: UInt8, Sendable { case document = 0, query = 1 }

  package static let headerBytes = 32
  package static let magic: [UInt8] = Array("BGRN".utf8)

  package let kind: Kind
  package let side: Side
  /// The number of the batch; an answer carries that of its question.
  package let sequence: UInt64
  /// Passages.
  package let count: Int
  package let payload: [UInt8]

  package init(_ kind: Kind, side: Side = .document, sequence: UInt64 = 0, count: Int = 0, payload: [UInt8]) {
    self.kind = kind
    self.side = side
    self.sequence = sequence
    self.count = count
    self.payload = payload
  }

  /// Header and payload.
  package var bytes: [UInt8] {
    var bytes = Self.magic
    bytes.reserveCapacity(Self.headerBytes + payload.count)
    bytes += [kind.rawValue, side.rawValue, 0, 0]
    bytes.appendLittleEndian(sequence)
    bytes.appendLittleEndian(UInt32(count))
    bytes.appendLittleEndian(UInt32(payload.count))
    bytes.appendLittleEndian(UInt32(0))
    bytes.appendLittleEndian(CRC32.checksum(payload, continuing: CRC32.checksum(bytes)))
    bytes += payload
    return bytes
  }
}

/// The first 32 bytes of a frame that a worker sent: nothing in them is believed yet.
package struct FrameHeader: Sendable, Hashable {
  /// Bytes that are no frame.
  package struct Malformed: Error, CustomStringConvertible {
    package let description: String
  }

  package let kind: Frame.Kind
  package let side: Frame.Side
  package let sequence: UInt64
  package let count: Int
  package let length: Int
  private let bytes: [UInt8]
  private let checksum: UInt32

  /// - Precondition: 32 bytes.
  package init(_ bytes: [UInt8]) throws(Malformed) {
    precondition(bytes.count == Frame.headerBytes)
    guard bytes.starts(with: Frame.magic) else {
      throw Malformed(
        description: "no frame begins with \(Self.shown(bytes)): only frames may be on its standard output")
    }
    guard let kind = Frame.Kind(rawValue: bytes[4]), let side = Frame.Side(rawValue: bytes[5]) else {
      throw Malformed(description: "a frame of unknown kind \(bytes[4])")
    }
    let numbers = bytes.integers(of: UInt32.self, at: 0, count: 8)
    guard bytes[6] == 0, bytes[7] == 0, numbers[6] == 0 else {
      throw Malformed(description: "a frame with bits set that must be 0")
    }
    self.kind = kind
    self.side = side
    sequence = UInt64(numbers[2]) | UInt64(numbers[3]) << 32
    count = Int(numbers[4])
    length = Int(numbers[5])
    checksum = numbers[7]
    self.bytes = Array(bytes[..<28])
  }

  /// The frame, once its payload is there and fits its checksum.
  package func frame(_ payload: [UInt8]) throws(Malformed) -> Frame {
    precondition(payload.count == length)
    guard CRC32.checksum(payload, continuing: CRC32.checksum(bytes)) == checksum else {
      throw Malformed(description: "a frame of kind \(kind) whose checksum does not fit")
    }
    return Frame(kind, side: side, sequence: sequence, count: count, payload: payload)
  }

  /// The first bytes for people.
  private static func shown(_ bytes: [UInt8]) -> String {
    let text = bytes.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }
    return "\"\(text.joined())\""
  }
}
