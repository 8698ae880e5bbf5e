/// A value for each of the 0x110000 code points in two steps: the page of 256 a scalar lies on, and its place there.
///
/// Pages whose 256 values are equal are stored once, so that the large uniform areas (ideographs, private use,
/// unassigned planes) cost nothing.
struct ScalarTable: Sendable {
  /// (0x1100) the page of scalars `256 * i ..< 256 * (i + 1)`.
  private var pageOf: [UInt16]
  /// (pages * 256)
  private var entries: [UInt32]
  /// Pages that several places may share, by the value that fills them.
  private var uniformPage: [UInt32: UInt16]

  init(repeating value: UInt32) {
    pageOf = [UInt16](repeating: 0, count: 0x1100)
    entries = [UInt32](repeating: value, count: 256)
    uniformPage = [value: 0]
  }

  subscript(scalar: UInt32) -> UInt32 {
    @inline(__always) get {
      let page = Int(pageOf[Int(scalar &>> 8)])
      return entries[page &<< 8 | Int(scalar & 255)]
    }
    set {
      let page = privatePage(of: Int(scalar >> 8))
      entries[page << 8 | Int(scalar & 255)] = newValue
    }
  }

  /// Gives every scalar of `range` the same value.
  mutating func fill(_ range: Range<UInt32>, with value: UInt32) {
    var scalar = range.lowerBound
    while scalar < range.upperBound {
      if scalar & 255 == 0, scalar + 256 <= range.upperBound {
        pageOf[Int(scalar >> 8)] = sharedPage(of: value)
        scalar += 256
      } else {
        self[scalar] = value
        scalar += 1
      }
    }
  }

  private mutating func sharedPage(of value: UInt32) -> UInt16 {
    if let page = uniformPage[value] { return page }
    let page = UInt16(entries.count >> 8)
    entries.append(contentsOf: repeatElement(value, count: 256))
    uniformPage[value] = page
    return page
  }

  /// The page at `index`, copied first when it is one of the shared ones.
  private mutating func privatePage(of index: Int) -> Int {
    let page = pageOf[index]
    guard uniformPage[entries[Int(page) << 8]] == page else { return Int(page) }
    let copy = entries.count >> 8
    entries.append(contentsOf: Array(entries[Int(page) << 8..<(Int(page) + 1) << 8]))
    pageOf[index] = UInt16(copy)
    return copy
  }
}
