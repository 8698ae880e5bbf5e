import Codecs
import Kernels

/// The sections of a file, to be changed and written again with checksums that fit.
struct Forgery {
  let kind: FileKind
  var sections: [(name: String, bytes: [UInt8])]

  init(_ path: String) throws {
    let envelope = try Envelope(path: path)
    kind = FileKind(envelope.kind, versions: envelope.version...envelope.version)
    sections = try envelope.sections.map { ($0.name, try envelope.section($0.name).bytes) }
  }

  subscript(_ name: String) -> [UInt8] {
    get { sections.first { $0.name == name }?.bytes ?? [] }
    set { for index in sections.indices where sections[index].name == name { sections[index].bytes = newValue } }
  }

  /// Gives the blocks of `terms`, of version 3, their checksums.
  mutating func sealBlocks() throws {
    let (blocks, starts) = (ByteView(self["blocks"]), ByteView(self["starts"]))
    var (sums, position, start): ([UInt8], Int, Int) = ([], 0, 0)
    while position < starts.count {
      let length = Int(clamping: try VarintList.read(starts, at: &position))
      let sum = CRC32C.checksum(try blocks.slice(start, length))
      for place in 0..<4 { sums.append(UInt8(truncatingIfNeeded: sum >> UInt32(8 * place))) }
      start += length
    }
    self["checksums"] = sums
  }

  /// Writes the file as `Envelope` describes it; `EnvelopeWriter` would wait for the disk.
  func write(to path: String) throws {
    var file = Array("bigrain\n".utf8) + Self.padded(kind.name)
    file.appendLittleEndian(UInt32(kind.versions.upperBound))
    file.appendLittleEndian(CRC32C.checksum(file))
    var directory: [UInt8] = []
    for (name, bytes) in sections {
      file += [UInt8](repeating: 0, count: -file.count & 63)
      directory += Self.padded(name)
      for number in [file.count, bytes.count] { directory.appendLittleEndian(UInt64(number)) }
      directory.appendLittleEndian(UInt64(CRC32C.checksum(bytes)))
      file += bytes
    }
    file += [UInt8](repeating: 0, count: -file.count & 63)
    var footer: [UInt8] = []
    footer.appendLittleEndian(UInt64(file.count))
    footer.appendLittleEndian(UInt32(sections.count))
    footer.appendLittleEndian(CRC32C.checksum(directory))
    footer.appendLittleEndian(UInt64(file.count + directory.count + 32))
    footer.appendLittleEndian(CRC32C.checksum(footer))
    try? FileSystem.removeFile(path)
    try FileAppender(creating: path).write(file + directory + footer + Array("end\n".utf8))
  }

  private static func padded(_ name: String) -> [UInt8] {
    Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
  }

  /// `bytes`, of which the four from `place` on were changed so that the CRC-32C is `wanted`: it is linear in the 32 bits.
  static func forge(_ bytes: [UInt8], at place: Int, checksum wanted: UInt32) -> [UInt8] {
    var bytes = bytes
    for index in place..<place + 4 { bytes[index] = 0 }
    let base = CRC32C.checksum(bytes)
    // (32): what a bit changes, and the bits that it is made of; by the highest bit of the change.
    var basis = [(change: UInt32, bits: UInt32)?](repeating: nil, count: 32)
    func reduced(_ change: UInt32, _ bits: UInt32) -> (change: UInt32, bits: UInt32) {
      var (change, bits) = (change, bits)
      while change != 0, let other = basis[change.leadingZeroBitCount] {
        change ^= other.change
        bits ^= other.bits
      }
      return (change, bits)
    }
    for bit in 0..<32 {
      bytes[place + bit / 8] = 1 << UInt8(bit % 8)
      let row = reduced(CRC32C.checksum(bytes) ^ base, 1 << UInt32(bit))
      bytes[place + bit / 8] = 0
      basis[row.change.leadingZeroBitCount] = row
    }
    let bits = reduced(wanted ^ base, 0).bits
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * index)) }
    precondition(CRC32C.checksum(bytes) == wanted)
    return bytes
  }
}
