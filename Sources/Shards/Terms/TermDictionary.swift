internal import Codecs
internal import Kernels

/// The dictionary of a shard: exact look-up, and all terms in order.
///
/// What is read at opening was checked against its checksum, and so is a block at each look-up: a damaged dictionary is
/// an error, never a missing term. Immutable; safe from several threads. What it does throws `FormatError`.
protocol TermDictionary: Sendable {
  var totals: PostingTotals { get }

  /// The entry of exactly `term`, or `nil`.
  func lookup(_ term: [UInt8]) throws -> TermEntry?

  /// All terms in byte order.
  func terms() -> any TermSequence

  /// The bytes of a list that stands in the dictionary, whose block was checked when its entry was read. `offset` is the
  /// entry's `inlineOffset`.
  func inlineList(of entry: TermEntry, at offset: Int) throws -> ByteView
}

protocol TermSequence {
  /// The next term, or `nil` behind the last. Throws `FormatError`.
  mutating func next() throws -> (term: [UInt8], entry: TermEntry)?
}
