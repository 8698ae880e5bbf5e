internal import Codecs
internal import Kernels

/// The dictionary of a shard: exact look-up, and all terms in order.
///
/// What is read at opening was checked against its checksum, and so is a block at each look-up: a damaged dictionary is
/// an error, never a missing term. Immutable; safe from several threads. What it does throws `FormatError`.
protocol TermDictionary: Sendable {
  associatedtype Block: TermBlock

  var blocks: TermBlocks { get }

  /// A block of terms, its checksum compared.
  func open(_ block: Int) throws -> Block

  /// The bytes of a list that stands in the dictionary, whose block was checked when its entry was read. `offset` is the
  /// entry's `inlineOffset`.
  func inlineList(of entry: TermEntry, at offset: Int) throws -> ByteView
}

/// The terms of one block, one after the other. What they do throws `FormatError` or what `asCorruption` makes one of.
protocol TermBlock {
  /// The term that `next` went to.
  var term: [UInt8] { get }

  /// Goes to the next term; `false` behind the last.
  mutating func next() throws -> Bool

  /// The entry of the term that `next` went to.
  mutating func entry() throws -> TermEntry
}

extension TermDictionary {
  var totals: PostingTotals { blocks.totals }

  /// The entry of exactly `term`, or `nil`.
  func lookup(_ term: [UInt8]) throws -> TermEntry? {
    try asCorruption(of: blocks.path) {
      guard let found = try blocks.find(term) else { return nil }
      var block = try open(found)
      while try block.next() {
        if block.term == term { return try block.entry() }
        if !block.term.lexicographicallyPrecedes(term) { return nil }
      }
      return nil
    }
  }

  /// All terms in byte order.
  func terms() -> any TermSequence { DictionaryTerms(dictionary: self) }
}

/// Terms with their entries in byte order.
protocol TermSequence {
  /// The next term, or `nil` behind the last. Throws `FormatError`.
  mutating func next() throws -> (term: [UInt8], entry: TermEntry)?
}

private struct DictionaryTerms<Dictionary: TermDictionary>: TermSequence {
  let dictionary: Dictionary
  var nextBlock = 0
  var block: Dictionary.Block?

  mutating func next() throws -> (term: [UInt8], entry: TermEntry)? {
    try asCorruption(of: dictionary.blocks.path) {
      while true {
        if try block?.next() == true, let entry = try block?.entry(), let term = block?.term { return (term, entry) }
        guard nextBlock < dictionary.blocks.count else { return nil }
        block = try dictionary.open(nextBlock)
        nextBlock += 1
      }
    }
  }
}
