/// How the codes of a shard are put in lists: a list's entries lie together, its documents ascending.
package struct CodeLists: Sendable {
  /// (lists + 1): the first entry of each list, then how many entries there are.
  let starts: [UInt32]
  /// (entries): the document of each.
  let documents: [UInt32]

  package var count: Int { starts.count - 1 }

  /// - Parameter numbers: (documents), the list of each, below `count`.
  package init(count: Int, of numbers: [UInt32]) {
    var starts = [UInt32](repeating: 0, count: count + 1)
    for number in numbers { starts[Int(number) + 1] += 1 }
    for list in 0..<count { starts[list + 1] += starts[list] }
    var next = starts
    var documents = [UInt32](repeating: 0, count: numbers.count)
    for (document, number) in numbers.enumerated() {
      documents[Int(next[Int(number)])] = UInt32(document)
      next[Int(number)] += 1
    }
    self.starts = starts
    self.documents = documents
  }

  /// Of a file: starts (lists + 1) and documents. `nil` unless starts ascend from 0 to the number of documents, each of
  /// which has one entry, ascending in its list.
  init?(starts: [UInt32], documents: [UInt32]) {
    guard starts.count > 1, starts[0] == 0, Int(starts[starts.count - 1]) == documents.count,
      (1..<starts.count).allSatisfy({ starts[$0 - 1] <= starts[$0] })
    else { return nil }
    var seen = [UInt64](repeating: 0, count: (documents.count + 63) / 64)
    for list in 1..<starts.count {
      var last = -1
      for entry in Int(starts[list - 1])..<Int(starts[list]) {
        let document = Int(documents[entry])
        guard document > last, document < documents.count, seen[document / 64] & 1 << (document % 64) == 0 else {
          return nil
        }
        seen[document / 64] |= 1 << (document % 64)
        last = document
      }
    }
    self.starts = starts
    self.documents = documents
  }

  /// (documents): the entry of each.
  package var entries: [UInt32] {
    var entries = [UInt32](repeating: 0, count: documents.count)
    for (entry, document) in documents.enumerated() { entries[Int(document)] = UInt32(entry) }
    return entries
  }

  /// The entries of `lists`, which ascend; those of neighbours as one range.
  func ranges(of lists: [Int]) -> [Range<Int>] {
    lists.reduce(into: []) { ranges, list in
      let range = Int(starts[list])..<Int(starts[list + 1])
      if let last = ranges.last, last.upperBound == range.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
      } else {
        ranges.append(range)
      }
    }
  }
}
