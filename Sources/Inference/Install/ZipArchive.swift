internal import Kernels

/// The files of a zip archive (a Python wheel), read from its central directory.
///
/// Only what wheels need: stored or deflated entries, one volume, no encryption, no zip64. Every offset is checked, and
/// an entry never unfolds to more than it says. Nothing is written under a name that stands in the archive.
package struct ZipArchive {
  private struct Entry {
    let method: UInt16
    let compressed: Int
    let size: Int
    let offset: Int
  }

  private let view: ByteView
  private let path: String
  private var entries: [String: Entry] = [:]

  /// - Throws: `ModelError` (65).
  package init(_ path: String) throws {
    self.path = path
    view = try MappedFile.open(path, access: .sequential)
    do {
      try readDirectory()
    } catch let error as ByteView.OutOfBounds {
      throw ModelError(.damaged, path, "is a damaged zip archive: \(error)")
    }
  }

  private func damaged(_ detail: String) -> ModelError { ModelError(.damaged, path, "as a zip archive: \(detail)") }

  /// The end record is at most 65,557 bytes before the end: 22 and a comment.
  private mutating func readDirectory() throws {
    guard view.count >= 22 else { throw damaged("is too short") }
    let first = max(0, view.count - 65_557)
    let positions = stride(from: view.count - 22, through: first, by: -1)
    guard let end = try positions.first(where: { try view.load(UInt32.self, at: $0) == 0x0605_4B50 }) else {
      throw damaged("has no directory")
    }
    let count = Int(try view.load(UInt16.self, at: end + 10))
    var offset = Int(try view.load(UInt32.self, at: end + 16))
    guard count < 0xFFFF, offset < 0xFFFF_FFFF else { throw damaged("is a zip64 archive, which no wheel here is") }
    for _ in 0..<count { offset = try readEntry(at: offset) }
  }

  /// Reads one member of the directory; gives where the next is.
  private mutating func readEntry(at offset: Int) throws -> Int {
    guard try view.load(UInt32.self, at: offset) == 0x0201_4B50 else { throw damaged("its directory is damaged") }
    func short(_ place: Int) throws -> Int { Int(try view.load(UInt16.self, at: offset + place)) }
    func long(_ place: Int) throws -> Int { Int(try view.load(UInt32.self, at: offset + place)) }
    guard try short(8) & 1 == 0 else { throw damaged("is encrypted") }
    let name = String(decoding: try view.bytes(offset + 46, try short(28)), as: UTF8.self)
    let entry = Entry(
      method: UInt16(try short(10)), compressed: try long(20), size: try long(24), offset: try long(42))
    guard entries.updateValue(entry, forKey: name) == nil else { throw damaged("holds \(name) twice") }
    return offset + 46 + (try short(28)) + (try short(30)) + (try short(32))
  }

  /// Gives the content of the entry `name` to `sink`, in pieces.
  /// - Throws: `ModelError` (65) if there is none, or it is damaged.
  package func extract(_ name: String, _ sink: ([UInt8]) throws -> Void) throws {
    guard let entry = entries[name] else { throw damaged("holds no \(name)") }
    do {
      // The local header repeats the name and has an extra field of its own length.
      guard try view.load(UInt32.self, at: entry.offset) == 0x0403_4B50 else { throw damaged("\(name) is damaged") }
      let names = Int(try view.load(UInt16.self, at: entry.offset + 26))
      let extra = Int(try view.load(UInt16.self, at: entry.offset + 28))
      let content = try view.slice(entry.offset + 30 + names + extra, entry.compressed)
      switch entry.method {
      case 0:
        guard entry.size == entry.compressed else { throw damaged("\(name) has two sizes") }
        for start in stride(from: 0, to: content.count, by: 1 << 20) {
          try sink(try content.bytes(start, min(1 << 20, content.count - start)))
        }
      case 8: try RawInflate.inflate(content, size: entry.size, sink)
      default: throw damaged("\(name) is compressed by method \(entry.method), which is not read")
      }
    } catch let error as ByteView.OutOfBounds {
      throw damaged("\(name): \(error)")
    } catch let error as RawInflate.Fault {
      throw damaged("\(name): \(error)")
    }
  }
}
