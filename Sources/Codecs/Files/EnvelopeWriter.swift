internal import Kernels

/// Writes a file in `Envelope`'s format by the commit protocol. Sections are streamed one after the other; the same
/// content gives the same bytes. One thread at a time.
package final class EnvelopeWriter {
  private let file: DurableFile
  private var sections: [Envelope.Section] = []
  private var open: (name: String, offset: Int)?
  /// Of the open section so far; apart from its name, because it changes with every few bytes.
  private var checksum: UInt32 = 0

  package init(path: String, kind: FileKind, attempt: Int = 0) throws {
    file = try DurableFile(path, attempt: attempt)
    var header = Envelope.magic + Self.padded(kind.name)
    header.appendLittleEndian(UInt32(kind.versions.upperBound))
    header.appendLittleEndian(CRC32C.checksum(header))
    try file.append(header)
    try pad()
  }

  /// Bytes of the open section so far.
  package var sectionLength: Int { open.map { file.position - $0.offset } ?? 0 }

  /// Begins a section; ends the one before.
  package func begin(_ name: String) throws {
    try end()
    precondition(name.utf8.count <= 16 && !sections.contains { $0.name == name })
    open = (name, file.position)
    checksum = 0
  }

  /// Appends to the open section.
  package func append(_ bytes: [UInt8]) throws {
    precondition(open != nil, "no section is open")
    checksum = CRC32C.checksum(bytes, continuing: checksum)
    try file.append(bytes)
  }

  /// A whole section at once.
  package func section(_ name: String, _ bytes: [UInt8]) throws {
    try begin(name)
    try append(bytes)
    try end()
  }

  private func end() throws {
    guard let section = open else { return }
    sections.append(
      Envelope.Section(
        name: section.name, offset: section.offset, length: file.position - section.offset, checksum: checksum))
    open = nil
    try pad()
  }

  /// Writes directory and footer and makes the file appear under its name.
  package func commit() throws -> FileSeal { try Self.commit([self])[0] }

  /// The same for several files; see `DurableFile.commit`.
  package static func commit(_ writers: [EnvelopeWriter]) throws -> [FileSeal] {
    for writer in writers { try writer.finish() }
    return try DurableFile.commit(writers.map(\.file))
  }

  private func finish() throws {
    try end()
    var directory: [UInt8] = []
    for section in sections {
      directory += Self.padded(section.name)
      directory.appendLittleEndian(UInt64(section.offset))
      directory.appendLittleEndian(UInt64(section.length))
      directory.appendLittleEndian(section.checksum)
      directory.appendLittleEndian(UInt32(0))
    }
    var footer: [UInt8] = []
    footer.appendLittleEndian(UInt64(file.position))
    footer.appendLittleEndian(UInt32(sections.count))
    footer.appendLittleEndian(CRC32C.checksum(directory))
    footer.appendLittleEndian(UInt64(file.position + directory.count + Envelope.footerBytes))
    footer.appendLittleEndian(CRC32C.checksum(footer))
    try file.append(directory + footer + Envelope.endMagic)
  }

  private func pad() throws {
    let over = file.position % Envelope.alignment
    if over > 0 { try file.append([UInt8](repeating: 0, count: Envelope.alignment - over)) }
  }

  private static func padded(_ name: String) -> [UInt8] {
    Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
  }
}
