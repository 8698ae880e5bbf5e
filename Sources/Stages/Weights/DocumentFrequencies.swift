internal import Codecs
internal import Dataflow
internal import Kernels

/// In how many passages each term occurs, how many passages there are and how long they are together.
///
/// File: an `Envelope` of kind `frequencies`; sections `terms.offsets` and `terms` (`PackedBytes`, terms ascending as
/// bytes), `counts` (`PackedBytes` of u32 a term), `totals` = passages:u64 length:u64. Version history: 1.
package struct DocumentFrequencies: Artifact {
  static let kind = FileKind("frequencies")

  private let table: VocabularyTable
  /// (terms): passages that hold the term.
  private let counts: [UInt32]
  package let passages: Int
  /// Terms of all passages, repetitions included.
  package let totalLength: Int

  package init(path: String) throws {
    let part = try Part(path: path)
    table = VocabularyTable(part.terms)
    counts = part.counts
    passages = part.passages
    totalLength = part.totalLength
  }

  /// A file as it is: to be added up, without a table to look terms up in.
  struct Part {
    /// (terms), ascending as bytes.
    let terms: ByteStrings
    /// (terms): passages that hold the term.
    let counts: [UInt32]
    let passages: Int
    let totalLength: Int

    init(path: String) throws {
      let envelope = try Envelope(path: path, kind: DocumentFrequencies.kind, access: .positional)
      do {
        terms = try PackedBytes.strings(
          offsets: envelope.verifiedSection("terms.offsets"), data: envelope.verifiedSection("terms"))
        let raw = ByteView(try PackedBytes.unpack(envelope.verifiedSection("counts")))
        counts = try raw.array(of: UInt32.self, at: 0, count: terms.count)
        let totals = try envelope.verifiedSection("totals")
        passages = Int(truncatingIfNeeded: try totals.load(UInt64.self, at: 0))
        totalLength = Int(truncatingIfNeeded: try totals.load(UInt64.self, at: 8))
      } catch is PackedBytes.Corrupt {
        throw FormatError.corrupt(path: path, detail: "it does not decompress")
      } catch is ByteView.OutOfBounds {
        throw FormatError.corrupt(path: path, detail: "its sections do not fit together")
      }
    }
  }

  package var terms: Int { table.count }

  /// Terms of a passage on average; 1 where there are none.
  package var averageLength: Double {
    passages > 0 && totalLength > 0 ? Double(totalLength) / Double(passages) : 1
  }

  /// Passages that hold `term`.
  package func frequency(of term: Span<UInt8>) -> Int { table.find(term).map { Int(counts[Int($0)]) } ?? 0 }

  /// Lucene's inverse document frequency, ln(1 + (N - df + 0.5) / (df + 0.5)); for the idf files of inference-free
  /// retrievers the same.
  package func inverseFrequency(_ frequency: Int) -> Double { Self.inverseFrequency(frequency, of: passages) }

  /// The same for a term that `frequency` of `passages` passages hold.
  package static func inverseFrequency(_ frequency: Int, of passages: Int) -> Double {
    logarithm(1 + (Double(passages - frequency) + 0.5) / (Double(frequency) + 0.5))
  }

  /// Calls `body` with each term, ascending, and its frequency.
  package func forEach(_ body: (ArraySlice<UInt8>, Int) throws -> Void) rethrows {
    for index in 0..<table.count { try body(table.strings[index], Int(counts[index])) }
  }

  static func write(
    _ table: VocabularyTable, counts: [UInt32], passages: Int, totalLength: Int, to path: String, attempt: Int
  ) throws -> FileSeal {
    let order = table.sortedNumbers()
    var terms = ByteStrings()
    terms.reserve(strings: table.count, bytes: table.strings.data.count)
    for number in order { terms.append(table.strings[Int(number)]) }
    var raw: [UInt8] = []
    raw.appendLittleEndian(contentsOf: order.map { counts[Int($0)] })
    var totals: [UInt8] = []
    totals.appendLittleEndian(UInt64(passages))
    totals.appendLittleEndian(UInt64(totalLength))
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: attempt)
    try writer.section("terms.offsets", PackedBytes.packOffsets(terms))
    try writer.section("terms", PackedBytes.pack(terms.data))
    try writer.section("counts", PackedBytes.pack(raw))
    try writer.section("totals", totals)
    return try writer.commit()
  }
}
