internal import Kernels

/// Sorts (id, number) records by the id's unsigned bytes, then by number, in bounded memory: what does not fit is
/// sorted in parts, written as runs to a folder, and merged.
///
/// The result does not depend on the memory or on the order of adding. Runs are removed when the sorter goes. One
/// thread at a time.
package final class IDSorter {
  private struct Entry {
    let prefix: UInt64
    let number: UInt64
    let start: UInt32
    let length: UInt32
  }

  private let folder: String
  private let name: String
  private let memory: Int
  private var data: [UInt8] = []
  private var entries: [Entry] = []
  private var runs: [IDRun] = []
  private var written = 0
  private let dataLimit: Int
  private let entryLimit: Int

  /// - Parameters:
  ///   - folder: an existing folder for runs, on a disk with space for the ids.
  ///   - name: begins the runs' names, so that two sorters can share a folder.
  ///   - memory: bytes for records and for the buffers of a merge; at least 16 KiB are used. One id that is larger than
  ///     a quarter of it is held all the same.
  package init(folder: String, name: String, memory: Int) {
    self.folder = folder
    self.name = name
    self.memory = min(max(memory, 1 << 14), 1 << 33)
    dataLimit = self.memory / 4
    // Sorting takes a half of the entries' memory again.
    entryLimit = self.memory / 4 * 3 / (MemoryLayout<Entry>.stride * 3 / 2)
  }

  /// Records added so far.
  package private(set) var count = 0

  /// Adds a record. Throws `FileError` when a run cannot be written.
  package func add(_ id: ArraySlice<UInt8>, number: UInt64) throws {
    if count == 0 {
      // At once, because growing holds an array twice; pages that are not touched cost nothing.
      data.reserveCapacity(dataLimit)
      entries.reserveCapacity(entryLimit)
    }
    if data.count + id.count > dataLimit || entries.count == entryLimit { try spillRun() }
    let start = data.count
    data.append(contentsOf: id)
    precondition(data.count <= UInt32.max, "an id holds less than 4 GiB")
    let prefix = Self.prefix(data, start, id.count)
    entries.append(Entry(prefix: prefix, number: number, start: UInt32(start), length: UInt32(id.count)))
    count += 1
  }

  /// The first 8 of `length` bytes from `start` as a big-endian number, filled with zeros.
  static func prefix(_ bytes: [UInt8], _ start: Int, _ length: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value = value << 8 | (index < length ? UInt64(bytes[start + index]) : 0) }
    return value
  }

  /// Calls `body` with every record in order and forgets them.
  package func drain(_ body: (_ id: [UInt8], _ number: UInt64) throws -> Void) throws {
    if runs.isEmpty {
      try forEachInMemory(body)
      forget()
      return
    }
    try spillRun()
    forget()
    // A buffer of at least 4 KiB for each run that is read at the same time, in half of the memory.
    let fanIn = min(max(memory / 8192, 2), 64)
    let bufferBytes = min(max(memory / 2 / fanIn, 4096), 1 << 18)
    while runs.count > fanIn {
      let merged = try merge(Array(runs.prefix(fanIn)), bufferBytes: bufferBytes)
      runs.removeFirst(fanIn)
      runs.append(merged)
    }
    var last = try IDMerge(runs, bufferBytes: bufferBytes)
    try last.forEach(body)
    runs = []
  }

  private func forget() {
    data = []
    entries = []
    count = 0
  }

  private func merge(_ part: [IDRun], bufferBytes: Int) throws -> IDRun {
    var writer = try newRun()
    var merge = try IDMerge(part, bufferBytes: bufferBytes)
    try merge.forEach { try writer.append($0, $1) }
    return try writer.finish()
  }

  private func newRun() throws -> IDRun.Writer {
    written += 1
    return try IDRun.Writer(path: "\(folder)/\(name).run-\(written)")
  }

  private func spillRun() throws {
    guard !entries.isEmpty else { return }
    var writer = try newRun()
    try forEachInMemory { try writer.append($0, $1) }
    runs.append(try writer.finish())
    entries.removeAll(keepingCapacity: true)
    data.removeAll(keepingCapacity: data.capacity <= 2 * dataLimit)
  }

  private func forEachInMemory(_ body: ([UInt8], UInt64) throws -> Void) throws {
    sortEntries()
    var id: [UInt8] = []
    for entry in entries {
      id.removeAll(keepingCapacity: true)
      id.append(contentsOf: data[Int(entry.start)..<Int(entry.start + entry.length)])
      try body(id, entry.number)
    }
  }

  private func sortEntries() {
    // Held apart, so that the comparison reads it while the entries change.
    let data = data
    entries.sort { left, right in
      if left.prefix != right.prefix { return left.prefix < right.prefix }
      // Equal prefixes: of the ids of up to 8 bytes, the shorter is a prefix of the longer.
      let shared = Int(min(left.length, right.length))
      var index = 8
      while index < shared {
        let (a, b) = (data[Int(left.start) + index], data[Int(right.start) + index])
        if a != b { return a < b }
        index += 1
      }
      return left.length == right.length ? left.number < right.number : left.length < right.length
    }
  }
}
