internal import Synchronization

/// The entries of terms that were asked for twice, so that the dictionary is not read for them again: queries repeat their
/// terms. The first that come stay, as many as there is room for. Safe from several threads.
final class KnownTerms: Sendable {
  /// Some 200 bytes each.
  private static let most = 8192

  private struct State {
    /// One bit a term of the shard: it was asked for.
    var asked: [UInt64]
    var entries: [[UInt8]: TermEntry] = [:]
  }

  private let state: Mutex<State>

  init(terms: Int) { state = Mutex(State(asked: [UInt64](repeating: 0, count: (terms + 63) / 64))) }

  /// The entry of `term`, which `lookup` finds where it is not known.
  func entry(_ term: [UInt8], _ lookup: () throws -> TermEntry?) rethrows -> TermEntry? {
    if let entry = state.withLock({ $0.entries[term] }) { return entry }
    guard let entry = try lookup() else { return nil }
    state.withLock { state in
      let (word, bit) = (entry.ordinal / 64, UInt64(1) << UInt64(entry.ordinal % 64))
      if state.asked[word] & bit != 0, state.entries.count < Self.most { state.entries[term] = entry }
      state.asked[word] |= bit
    }
    return entry
  }
}
