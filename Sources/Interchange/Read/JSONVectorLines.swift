internal import Codecs

/// Lines of JSON with a vector: Anserini's `JsonVectorCollection` and `JsonDenseVectorCollection`, Pyserini's
/// `embeddings.jsonl`, Seismic's collections, naver's SPLADE output.
///
/// Of each object, the id is the first that is there of `id`, `_id`, `docid` (a string, or a whole number, taken digit
/// for digit), the vector is `vector`: an object of term -> weight, or an array of numbers. Other keys are ignored. A
/// weight of 0 is no entry.
package enum JSONVectorLines {
  package static let name = "json-vectors"
  package static let summary = "a JSON object a line with `id` and `vector` (Anserini, Pyserini, Seismic)"

  /// Sparse vectors in the lines; a dense one is rejected.
  package static func sparse(_ bytes: [UInt8]) -> VectorBatch {
    var rows = SparseLines()
    forEachLine(bytes) { row, range in
      do throws(JSONVectorParser.Fault) {
        guard let object = try JSONVectorParser.parse(bytes, range) else { return }
        guard case .sparse(let entries) = object.vector else {
          throw .init(reason: "wrong-type", detail: "`vector` is not an object of weights", id: object.id)
        }
        try rows.append(object.id, entries)
      } catch {
        rows.batch.rejected.append(error.rejection(row, range.lowerBound))
      }
    }
    return rows.finish()
  }

  /// Dense vectors in the lines; all must have one dimension, which without lines is 0.
  package static func dense(_ bytes: [UInt8], dimension expected: Int) -> VectorBatch {
    var batch = VectorBatch(values: .dense(dimension: expected, values: []))
    var values: [Float] = []
    forEachLine(bytes) { row, range in
      do throws(JSONVectorParser.Fault) {
        guard let object = try JSONVectorParser.parse(bytes, range) else { return }
        guard case .dense(let vector) = object.vector else {
          throw .init(reason: "wrong-type", detail: "`vector` is not an array of numbers", id: object.id)
        }
        guard vector.count == expected else {
          throw .init(
            reason: "wrong-dimension", detail: "\(vector.count) numbers instead of \(expected)", id: object.id)
        }
        batch.ids.append(object.id)
        values += vector
      } catch {
        batch.rejected.append(error.rejection(row, range.lowerBound))
      }
    }
    batch.values = .dense(dimension: expected, values: values)
    return batch
  }

  private static func forEachLine(_ bytes: [UInt8], _ body: (Int, Range<Int>) -> Void) {
    var start = 0
    var row = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      body(row, start..<end)
      row += 1
      start = end + 1
    }
  }

  /// Rows whose terms are texts.
  private struct SparseLines {
    var batch = VectorBatch(values: .sparse(vocabulary: ByteStrings(), offsets: [0], terms: [], weights: []))
    private var vocabulary = ByteStrings()
    private var numbers: [[UInt8]: UInt32] = [:]
    private var offsets: [UInt32] = [0]
    private var terms: [UInt32] = []
    private var weights: [Float] = []

    mutating func append(
      _ id: [UInt8], _ entries: [(term: [UInt8], weight: Float)]
    ) throws(JSONVectorParser.Fault) {
      let start = terms.count
      var seen: Set<UInt32> = []
      for (term, weight) in entries where weight != 0 {
        let number = number(of: term)
        guard seen.insert(number).inserted else {
          terms.removeSubrange(start...)
          weights.removeSubrange(start...)
          throw .init(
            reason: "duplicate-term",
            detail: "the term `\(String(decoding: term.prefix(60), as: UTF8.self))` comes twice",
            id: id)
        }
        terms.append(number)
        weights.append(weight)
      }
      batch.ids.append(id)
      offsets.append(UInt32(terms.count))
    }

    private mutating func number(of term: [UInt8]) -> UInt32 {
      if let number = numbers[term] { return number }
      let number = UInt32(vocabulary.count)
      numbers[term] = number
      vocabulary.append(term)
      return number
    }

    func finish() -> VectorBatch {
      var result = batch
      result.values = .sparse(vocabulary: vocabulary, offsets: offsets, terms: terms, weights: weights)
      return result
    }
  }
}
