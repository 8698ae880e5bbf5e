/// All terms of a shard in byte order, one at a time: for merges over several shards, where `forEachTerm` cannot wait.
package struct TermWalk {
  private var sequence: any TermSequence

  init(_ dictionary: any TermDictionary) { sequence = dictionary.terms() }

  /// The next term with its entry, or `nil` behind the last. Throws `FormatError`.
  package mutating func next() throws -> (term: [UInt8], entry: TermEntry)? { try sequence.next() }
}
