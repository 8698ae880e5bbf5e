internal import Synchronization

/// A list in memory, decoded: 8 bytes a posting.
final class DecodedList: Sendable {
  /// (postings) each.
  let documents: [UInt32]
  let impacts: [Float]
  let blocks: BlockDirectory

  init(documents: [UInt32], impacts: [Float], blocks: BlockDirectory) {
    self.documents = documents
    self.impacts = impacts
    self.blocks = blocks
  }

  var bytes: Int { 8 * documents.count + 16 * blocks.starts.count + 128 }
}

/// Lists that were decoded whole and are kept, because their terms are asked for again and again. Safe from several
/// threads.
///
/// A list is decoded block by block where a search needs it the first time, whole and kept from the second time on.
/// Where the budget is spent, the lists that were kept first go first. Lists above a quarter of the budget are never
/// kept.
package final class DecodedLists: Sendable {
  /// What a shard may take unless it is told otherwise.
  package static let usualBytes = 16 << 20

  private struct State {
    /// One bit a term: it was asked for.
    var seen: [UInt64]
    var lists: [Int: DecodedList] = [:]
    /// Ordinals in the order in which they were kept, from `oldest` on.
    var order: [Int] = []
    var oldest = 0
    var bytes = 0
  }

  private let limit: Int
  private let state: Mutex<State>

  init(terms: Int, bytes: Int) {
    limit = bytes
    state = Mutex(State(seen: bytes > 0 ? [UInt64](repeating: 0, count: (terms + 63) / 64) : []))
  }

  /// The decoded list of `entry`, or `nil` where its blocks should be decoded as they are needed. `decode` is called at
  /// most once, and gives `nil` where lists are not to be kept.
  func list(_ entry: TermEntry, _ decode: () throws -> DecodedList?) throws -> DecodedList? {
    guard limit > 0, entry.blockCapacity != PostingBlock.capacity, 32 * entry.documentFrequency <= limit else {
      return nil
    }
    let (list, wasSeen) = state.withLock { state -> (DecodedList?, Bool) in
      if let list = state.lists[entry.ordinal] { return (list, true) }
      let word = entry.ordinal / 64
      let bit: UInt64 = 1 << UInt64(entry.ordinal % 64)
      defer { state.seen[word] |= bit }
      return (nil, state.seen[word] & bit != 0)
    }
    if list != nil || !wasSeen { return list }
    guard let list = try decode() else { return nil }
    state.withLock { Self.keep(list, entry.ordinal, limit, &$0) }
    return list
  }

  private static func keep(_ list: DecodedList, _ ordinal: Int, _ limit: Int, _ state: inout State) {
    guard state.lists.updateValue(list, forKey: ordinal) == nil else { return }
    state.order.append(ordinal)
    state.bytes += list.bytes
    while state.bytes > limit, state.oldest < state.order.count - 1 {
      if let old = state.lists.removeValue(forKey: state.order[state.oldest]) { state.bytes -= old.bytes }
      state.oldest += 1
    }
    if state.oldest > 4096, state.oldest > state.order.count / 2 {
      state.order.removeFirst(state.oldest)
      state.oldest = 0
    }
  }
}
