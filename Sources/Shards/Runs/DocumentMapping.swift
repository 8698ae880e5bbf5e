/// Which document of a shard each document of a run becomes.
package enum DocumentMapping: Sendable {
  /// Document d becomes d + `by`; all are kept.
  case shifted(by: UInt32)
  /// (documents of the run): `dropped`, or the document's number in the shard. No number twice.
  case table([UInt32])

  /// Stands for a document that does not come into this shard.
  package static let dropped = UInt32.max

  /// What a merge must know of a mapping before it reads.
  struct Shape: Equatable {
    /// Smallest and largest number given; `nil` if nothing is kept.
    var range: ClosedRange<UInt32>?
    /// Numbers ascend, so that a list stays sorted.
    var isMonotonic: Bool
  }

  func shape(documentCount: Int) -> Shape {
    switch self {
    case .shifted(let by):
      guard documentCount > 0 else { return Shape(range: nil, isMonotonic: true) }
      return Shape(range: by...(by + UInt32(documentCount - 1)), isMonotonic: true)
    case .table(let table):
      var shape = Shape(range: nil, isMonotonic: true)
      var previous: UInt32?
      for document in table where document != Self.dropped {
        if let previous, document <= previous { shape.isMonotonic = false }
        previous = document
        let range = shape.range ?? document...document
        shape.range = min(range.lowerBound, document)...max(range.upperBound, document)
      }
      return shape
    }
  }

  /// Replaces the first `count` documents by their new numbers and moves the kept postings together; returns how many
  /// there are, or `nil` if a document is not in the table.
  func apply(_ documents: inout [UInt32], _ impacts: inout [Float], count: Int) -> Int? {
    switch self {
    case .shifted(let by):
      if by != 0 { for index in 0..<count { documents[index] &+= by } }
      return count
    case .table(let table):
      var kept = 0
      for index in 0..<count {
        guard Int(documents[index]) < table.count else { return nil }
        let document = table[Int(documents[index])]
        guard document != Self.dropped else { continue }
        documents[kept] = document
        impacts[kept] = impacts[index]
        kept += 1
      }
      return kept
    }
  }
}
