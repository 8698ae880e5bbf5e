internal import Kernels

/// Finds documents whose id another document before them has, over a whole collection in bounded memory: an external
/// sort by id, then one by document number.
///
/// The result depends on what was added, not on the memory or on the order of adding.
package final class DuplicateFinder {
  /// A document and the first one with the same id.
  package struct Duplicate: Sendable, Hashable {
    package let document: UInt64
    package let first: UInt64

    package init(document: UInt64, first: UInt64) {
      self.document = document
      self.first = first
    }
  }

  private let ids: IDSorter
  private let duplicates: IDSorter

  /// - Parameters: as those of `IDSorter`.
  package init(folder: String, name: String = "duplicates", memory: Int = 64 << 20) {
    ids = IDSorter(folder: folder, name: "\(name).ids", memory: memory / 2)
    duplicates = IDSorter(folder: folder, name: "\(name).found", memory: memory / 2)
  }

  /// Adds an id with the document's number in the collection; no number comes twice.
  package func add(_ id: ArraySlice<UInt8>, document: UInt64) throws {
    try ids.add(id, number: document)
  }

  /// Calls `body` with every duplicate by ascending document number; the finder is empty afterwards.
  package func drain(_ body: (Duplicate) throws -> Void) throws {
    var current: (id: [UInt8], first: UInt64)?
    try ids.drain { id, document in
      if let current, current.id == id {
        try duplicates.add(Self.key(document)[...], number: current.first)
      } else {
        current = (id, document)
      }
    }
    try duplicates.drain { key, first in
      try body(Duplicate(document: key.reduce(0) { $0 << 8 | UInt64($1) }, first: first))
    }
  }

  /// All duplicates by ascending document number: 16 bytes each.
  package func finish() throws -> [Duplicate] {
    var all: [Duplicate] = []
    try drain { all.append($0) }
    return all
  }

  /// A number as 8 bytes whose byte order is that of numbers.
  private static func key(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
  }
}
