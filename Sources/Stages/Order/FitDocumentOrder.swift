package import Codecs
package import Dataflow
internal import Kernels

/// Orders passages so that similar ones are neighbours, which makes an index smaller and its pruning sharper (see
/// `DocumentBisection`). Terms of one passage alone, or of more than a quarter of all, say nothing and are left out.
///
/// A contribution is an `Envelope` of kind `forward`: `terms.offsets`, `terms` (the chunk's vocabulary), `offsets`
/// (u32 a passage and one more), `postings` (u32 each); all `PackedBytes`.
package struct FitDocumentOrder: FitStage {
  package static let name = "fit.documentOrder"
  package static let version = 1
  package static let summary = "orders passages by recursive graph bisection; gives the order of shard"
  package static let ports = [Port.stream("from", ImpactVectors.type, SparseVectors.type)]
  package static let output = StageOutput.artifact(kind)
  static let kind = "order"
  private static let forward = FileKind("forward")

  package let parameters: NoParameters

  package init(parameters: NoParameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let batch = inputs.stream()
    if batch.type == ImpactVectors.type.name {
      let vectors = ImpactVectors(batch)
      let kept = Self.kept(vectors.offsets, vectors.terms) { vectors.impacts[$0] > 0 }
      return try Self.write(vectors.vocabulary, kept, to: path, attempt: attempt)
    }
    let vectors = SparseVectors(batch)
    let kept = Self.kept(vectors.offsets, vectors.terms) { vectors.weights[$0] > 0 }
    return try Self.write(vectors.vocabulary, kept, to: path, attempt: attempt)
  }

  private typealias Rows = (offsets: [UInt32], terms: [UInt32])

  private static func kept(_ offsets: [UInt32], _ terms: [UInt32], _ isKept: (Int) -> Bool) -> Rows {
    var rows: Rows = ([0], [])
    for row in 0..<offsets.count - 1 {
      for index in Int(offsets[row])..<Int(offsets[row + 1]) where isKept(index) { rows.terms.append(terms[index]) }
      rows.offsets.append(UInt32(rows.terms.count))
    }
    return rows
  }

  private static func write(_ vocabulary: ByteStrings, _ rows: Rows, to path: String, attempt: Int) throws -> FileSeal {
    let writer = try EnvelopeWriter(path: path, kind: forward, attempt: attempt)
    try writer.section("terms.offsets", PackedBytes.packOffsets(vocabulary))
    try writer.section("terms", PackedBytes.pack(vocabulary.data))
    for (name, values) in [("offsets", rows.offsets), ("postings", rows.terms)] {
      var raw: [UInt8] = []
      raw.appendLittleEndian(contentsOf: values)
      try writer.section(name, PackedBytes.pack(raw))
    }
    return try writer.commit()
  }

  private static func read(_ path: String) throws -> (vocabulary: ByteStrings, rows: Rows) {
    let envelope = try Envelope(path: path, kind: forward, access: .positional)
    func values(_ name: String) throws -> [UInt32] {
      let raw = ByteView(try PackedBytes.unpack(envelope.verifiedSection(name)))
      return try raw.array(of: UInt32.self, at: 0, count: raw.count / 4)
    }
    do {
      let vocabulary = try PackedBytes.strings(
        offsets: envelope.verifiedSection("terms.offsets"), data: envelope.verifiedSection("terms"))
      return (vocabulary, (try values("offsets"), try values("postings")))
    } catch is PackedBytes.Corrupt {
      throw FormatError.corrupt(path: path, detail: "it does not decompress")
    }
  }

  /// Counts terms, spools the forward index in the numbers of the whole collection (4 bytes a posting, mapped, so that
  /// the system keeps what memory has room for), and orders it.
  package func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    var table = VocabularyTable()
    var counts: [UInt32] = []
    var passages = 0
    for contribution in reduction.contributions {
      try reduction.checkCancellation()
      let (vocabulary, rows) = try Self.read(contribution.path)
      let numbers = Self.numbers(vocabulary, &table).map(Int.init)
      counts += [UInt32](repeating: 0, count: table.count - counts.count)
      for term in rows.terms { counts[numbers[Int(term)]] += 1 }
      passages += rows.offsets.count - 1
    }
    let spool = "\(reduction.spillDirectory)/forward"
    let file = try FileAppender(creating: spool)
    var offsets: [UInt64] = [0]
    for contribution in reduction.contributions {
      try reduction.checkCancellation()
      let (vocabulary, rows) = try Self.read(contribution.path)
      let numbers = Self.numbers(vocabulary, &table)
      try file.write(Self.spooled(rows, numbers, counts, passages, &offsets))
    }
    let bisection = try DocumentBisection(
      terms: MappedFile.open(spool), offsets: offsets, termCount: table.count)
    var places = [UInt32](repeating: 0, count: passages)
    for (place, passage) in bisection.order().enumerated() { places[Int(passage)] = UInt32(place) }
    try FileSystem.removeFile(spool)
    return try DocumentOrder.write(places, to: path, attempt: attempt)
  }

  private static func numbers(_ vocabulary: ByteStrings, _ table: inout VocabularyTable) -> [UInt32] {
    var numbers: [UInt32] = []
    numbers.reserveCapacity(vocabulary.count)
    for index in vocabulary.indices {
      let term = Array(vocabulary[index])
      numbers.append(table.number(of: term.span))
    }
    return numbers
  }

  private static func spooled(
    _ rows: Rows, _ numbers: [UInt32], _ counts: [UInt32], _ passages: Int, _ offsets: inout [UInt64]
  ) -> [UInt8] {
    var kept: [UInt32] = []
    let start = offsets[offsets.count - 1]
    for row in 0..<rows.offsets.count - 1 {
      for index in Int(rows.offsets[row])..<Int(rows.offsets[row + 1]) {
        let term = numbers[Int(rows.terms[index])]
        if counts[Int(term)] > 1, Int(counts[Int(term)]) * 4 <= passages { kept.append(term) }
      }
      offsets.append(start + UInt64(kept.count))
    }
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(contentsOf: kept)
    return bytes
  }
}
