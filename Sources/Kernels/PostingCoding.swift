internal import CKernels

/// What writing postings needs: checks and codes over whole arrays, in C, because that is where an index's time goes.
package enum PostingCoding {
  /// The first of `range` that may not follow: documents ascend from `last` (2^32 - 1: none before) and are below
  /// `total`, impacts are whole numbers of 1...65535, or finite. `nil` if all fit.
  package static func firstUnfit(
    _ documents: [UInt32], _ impacts: [Float], in range: Range<Int>, after last: UInt32, total: Int, isWhole: Bool
  ) -> Int? {
    precondition(range.lowerBound >= 0 && range.upperBound <= min(documents.count, impacts.count))
    // Reads the elements of `range`, which both arrays have.
    let fit = unsafe documents.withUnsafeBufferPointer { documents in
      unsafe impacts.withUnsafeBufferPointer { impacts in
        unsafe ck_posting_check(
          documents.baseAddress.map { unsafe $0 + range.lowerBound },
          impacts.baseAddress.map { unsafe $0 + range.lowerBound }, range.count, last, UInt32(clamping: total),
          isWhole ? 1 : 0)
      }
    }
    return fit == range.count ? nil : range.lowerBound + fit
  }

  /// Copies `range` of both arrays to `place` of two others.
  package static func copy(
    _ documents: [UInt32], _ impacts: [Float], in range: Range<Int>, to place: Int, of targets: inout [UInt32],
    _ values: inout [Float]
  ) {
    copy(documents, range, to: place, of: &targets)
    copy(impacts, range, to: place, of: &values)
  }

  private static func copy<T: BitwiseCopyable>(_ source: [T], _ range: Range<Int>, to place: Int, of target: inout [T])
  {
    precondition(range.lowerBound >= 0 && range.upperBound <= source.count)
    precondition(place >= 0 && range.count <= target.count - place)
    // Both ranges are inside their arrays, by the lines above.
    unsafe source.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe (to + place).update(from: from + range.lowerBound, count: range.count)
      }
    }
  }

  /// Appends the gaps of `documents[range]` after `last` as varints.
  package static func appendGaps(
    _ documents: [UInt32], in range: Range<Int>, after last: UInt32, to output: inout [UInt8]
  ) {
    precondition(range.lowerBound >= 0 && range.upperBound <= documents.count)
    // Reads the elements of `range`; a gap has at most 5 bytes.
    unsafe documents.withUnsafeBufferPointer { source in
      unsafe output.append(atMost: 5 * range.count) {
        unsafe ck_posting_gaps(source.baseAddress.map { unsafe $0 + range.lowerBound }, range.count, last, $0)
      }
    }
  }

  /// Appends whole impacts of 1...65535, less one, as varints; or floats as they are.
  package static func appendImpacts(_ impacts: [Float], in range: Range<Int>, isWhole: Bool, to output: inout [UInt8]) {
    guard isWhole else { return output.appendLittleEndian(contentsOf: Array(impacts[range])) }
    precondition(range.lowerBound >= 0 && range.upperBound <= impacts.count)
    // Reads the elements of `range`; a code has at most 5 bytes.
    unsafe impacts.withUnsafeBufferPointer { source in
      unsafe output.append(atMost: 5 * range.count) {
        unsafe ck_posting_impacts(source.baseAddress.map { unsafe $0 + range.lowerBound }, range.count, $0)
      }
    }
  }

  /// Appends a full block in `BitPackedCodec`'s form.
  /// - Precondition: both arrays have 128 elements.
  package static func appendBlock(
    _ documents: [UInt32], _ impacts: [Float], after base: UInt32, isWhole: Bool, to output: inout [UInt8]
  ) {
    precondition(documents.count == BitPacking.blockLength && impacts.count == BitPacking.blockLength)
    // Reads 128 of both; writes two widths and at most 32 bits for each of 256 values.
    unsafe documents.withUnsafeBufferPointer { documents in
      unsafe impacts.withUnsafeBufferPointer { impacts in
        unsafe output.append(atMost: 2 + 8 * BitPacking.blockLength) {
          unsafe ck_posting_block(documents.baseAddress, impacts.baseAddress, base, isWhole ? 1 : 0, $0)
        }
      }
    }
  }

  /// The smallest and largest of the first `count` values, at least one.
  package static func range(_ values: [Float], count: Int) -> (lowest: Float, highest: Float) {
    precondition(count > 0 && count <= values.count)
    var (lowest, highest): (Float, Float) = (0, 0)
    // Reads `count` values.
    unsafe values.withUnsafeBufferPointer { unsafe ck_float_range($0.baseAddress, count, &lowest, &highest) }
    return (lowest, highest)
  }
}

/// Postings of a chunk, turned round by a counting sort.
package struct InvertedPostings: Sendable {
  /// (kept postings): term after term in the order given, documents in their order within a term.
  package let documents: [UInt32]
  package let impacts: [Float]
  /// (vocabulary): where each term's postings end.
  package let ends: [UInt32]

  /// - Parameters:
  ///   - offsets: (documents + 1), ascending, from 0 to `terms.count`.
  ///   - terms: (postings), each below `order.count`.
  ///   - impacts: (postings); zeros are left out.
  ///   - order: every term once.
  package init(offsets: [UInt32], terms: [UInt32], impacts: [UInt16], order: [UInt32]) {
    unsafe self.init(
      Source(offsets, terms, impacts, order),
      count: { unsafe ck_count_integers($0, $1, $2, $3) },
      place: { unsafe ck_place_integers($0, $1, $2, $3, $4, $5, $6) })
  }

  /// The same with floats, all of which are kept.
  package init(offsets: [UInt32], terms: [UInt32], impacts: [Float], order: [UInt32]) {
    unsafe self.init(
      Source(offsets, terms, impacts, order),
      count: { unsafe ck_count_floats($0, $1, $2, $3) },
      place: { unsafe ck_place_floats($0, $1, $2, $3, $4, $5, $6) })
  }

  /// Arrays that fit together: checked, because kernels trust them.
  private struct Source<Impact> {
    let offsets, terms: [UInt32]
    let impacts: [Impact]
    let order: [UInt32]

    init(_ offsets: [UInt32], _ terms: [UInt32], _ impacts: [Impact], _ order: [UInt32]) {
      precondition(offsets.first == 0 && Int(offsets[offsets.count - 1]) == terms.count)
      precondition(impacts.count == terms.count && terms.allSatisfy { $0 < order.count })
      precondition(zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 })
      (self.offsets, self.terms, self.impacts, self.order) = (offsets, terms, impacts, order)
    }
  }

  private typealias Words = UnsafePointer<UInt32>
  private typealias Targets = UnsafeMutablePointer<UInt32>

  private init<Impact>(
    _ source: Source<Impact>, count: (Words, UnsafePointer<Impact>, Int, Targets) -> Void,
    place: (Words, Int, Words, UnsafePointer<Impact>, Targets, Targets, UnsafeMutablePointer<Float>) -> Void
  ) {
    var next = [UInt32](repeating: 0, count: source.order.count)
    guard !source.terms.isEmpty else {
      (documents, impacts, ends) = ([], [], next)
      return
    }
    // Terms are below next.count, offsets end with the number of terms and impacts: `Source` saw to it.
    unsafe source.terms.withUnsafeBufferPointer { terms in
      unsafe source.impacts.withUnsafeBufferPointer { impacts in
        unsafe next.withUnsafeMutableBufferPointer { next in
          unsafe count(terms.baseAddress!, impacts.baseAddress!, terms.count, next.baseAddress!)
        }
      }
    }
    var kept: UInt32 = 0
    var seen = [Bool](repeating: false, count: next.count)
    for term in source.order {
      precondition(!seen[Int(term)], "a term stands twice in the order")
      seen[Int(term)] = true
      let count = next[Int(term)]
      next[Int(term)] = kept
      kept += count
    }
    var placed: [Float] = []
    // As many as were counted are placed, each in a place of its own below `kept`.
    documents = unsafe [UInt32](unsafeUninitializedCapacity: Int(kept)) { documents, filled in
      placed = unsafe [Float](unsafeUninitializedCapacity: Int(kept)) { values, filled in
        if kept > 0 {
          unsafe source.offsets.withUnsafeBufferPointer { offsets in
            unsafe source.terms.withUnsafeBufferPointer { terms in
              unsafe source.impacts.withUnsafeBufferPointer { impacts in
                unsafe next.withUnsafeMutableBufferPointer { next in
                  unsafe place(
                    offsets.baseAddress!, offsets.count - 1, terms.baseAddress!, impacts.baseAddress!,
                    next.baseAddress!, documents.baseAddress!, values.baseAddress!)
                }
              }
            }
          }
        }
        filled = Int(kept)
      }
      filled = Int(kept)
    }
    impacts = placed
    ends = next
  }
}
