internal import Kernels

/// Protocol Buffers' wire format, as far as CIFF needs it.
enum Protobuf {
  /// Bytes of a varint.
  static func size(_ value: UInt64) -> Int { max(1, (70 - value.leadingZeroBitCount) / 7) }

  static func append(varint value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A numeric field; as proto3 has it, zero is not written.
  static func append(field: UInt64, _ value: Int, to bytes: inout [UInt8]) {
    guard value != 0 else { return }
    append(varint: field << 3, to: &bytes)
    append(varint: UInt64(bitPattern: Int64(value)), to: &bytes)
  }

  static func append(field: UInt64, _ value: Double, to bytes: inout [UInt8]) {
    guard value != 0 else { return }
    append(varint: field << 3 | 1, to: &bytes)
    bytes.appendLittleEndian(value.bitPattern)
  }

  static func append(field: UInt64, _ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
    guard !value.isEmpty else { return }
    append(varint: field << 3 | 2, to: &bytes)
    append(varint: UInt64(value.count), to: &bytes)
    bytes += value
  }
}
