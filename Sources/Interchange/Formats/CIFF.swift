internal import Kernels

/// The Common Index File Format, version 1: what Lucene, PISA, BMP and others exchange inverted indexes in.
/// https://github.com/osirrc/ciff
///
/// ```
/// file     = Header, PostingsList x num_postings_lists, DocRecord x num_docs; before each, its length as a varint
/// Header       1 version = 1, 2 num_postings_lists, 3 num_docs, 4 total_postings_lists, 5 total_docs,
///              6 total_terms_in_collection, 7 average_doclength (double), 8 description
/// PostingsList 1 term, 2 df, 3 cf, 4 Posting { 1 docid, 2 tf } ...
/// DocRecord    1 docid, 2 collection_docid, 3 doclength
/// ```
/// `docid` of a posting is the difference to the one before, the first is absolute. Fields that are zero are absent.
/// Terms are in byte order, document records in order 0, 1, 2, ... An impact is a tf; a document's length is the sum of
/// its tfs. The description names the index's fingerprint, so that equal indexes give equal files.
package enum CIFFExport: ExportFormat {
  package static let name = "ciff"
  package static let summary = "Common Index File Format for Lucene, PISA and others; a PATH that ends in .gz is packed"

  static func limits(_ format: String) -> SparseLimits {
    var limits = SparseLimits(format: format)
    limits.wholeNumbers = true
    limits.maxList = Int(Int32.max)
    limits.termProblem = NameRules.nonEmptyUTF8
    limits.idProblem = NameRules.nonEmptyUTF8
    return limits
  }

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    try CIFFWriter(source, try SparsePlan(source, limits(name), options)).write(to: output)
  }
}

/// CIFF for BMP, whose reader wraps what does not fit: term numbers have 16 bits, scores 8.
/// https://github.com/pisa-engine/BMP
package enum BMPExport: ExportFormat {
  package static let name = "bmp"
  package static let summary = "CIFF within the limits of BMP: at most 65,535 terms, impacts up to 255"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    var limits = CIFFExport.limits(name)
    limits.maxTerms = 65_535
    limits.maxImpact = 255
    guard !output.path.hasSuffix(".gz") else {
      throw ExportRefusal(format: name, detail: "BMP reads no .gz; give a PATH without it")
    }
    return try CIFFWriter(source, try SparsePlan(source, limits, options)).write(to: output)
  }
}

private struct CIFFWriter {
  private let source: ExportSource
  private let plan: SparsePlan
  /// (documents): the sum of the tfs.
  private var lengths: [Int]
  /// (terms): the sum of the tfs.
  private var frequencies: [Int] = []
  private var clipped = 0

  /// Above this, readers with protobuf's old default refuse a message.
  private static let messageBytes = 64 << 20

  init(_ source: ExportSource, _ plan: SparsePlan) throws {
    self.source = source
    self.plan = plan
    var lengths = [Int](repeating: 0, count: source.documentCount)
    var frequencies: [Int] = []
    var clipped = 0
    try plan.forEachTerm(source) { _, term in
      var sum = 0
      try term.forEachBlock { base, documents, impacts, count in
        for index in 0..<count {
          let tf = Int(plan.clipped(impacts[index], counting: &clipped))
          lengths[base + Int(documents[index])] += tf
          sum += tf
        }
      }
      frequencies.append(sum)
    }
    self.lengths = lengths
    self.frequencies = frequencies
    self.clipped = clipped
  }

  func write(to output: ExportOutput) throws -> ExportReport {
    if let longest = lengths.max(), longest > Int(Int32.max) {
      throw ExportRefusal(format: CIFFExport.name, detail: "a document's impacts sum to \(longest), above 2^31 - 1")
    }
    var report = plan.report(clippedImpacts: clipped)
    let file = try output.file()
    append(header(), to: file)
    var longest = 0
    try plan.forEachTerm(source) { number, term in longest = max(longest, try append(term, number, to: file)) }
    if longest > Self.messageBytes {
      report.notes.append("a list of \(longest) bytes: readers that limit a message to 64 MiB refuse it")
    }
    let ids = plan.renumbers ? try output.file(".ids") : nil
    try source.forEachID { document, id in
      var record: [UInt8] = []
      Protobuf.append(field: 1, document, to: &record)
      Protobuf.append(field: 2, plan.renumbers ? Array("\(document)".utf8) : id, to: &record)
      Protobuf.append(field: 3, lengths[document], to: &record)
      append(record, to: file)
      try file.flush()
      if let ids { try IDLines.append(id, to: ids) }
    }
    return report
  }

  private func append(_ message: [UInt8], to file: OutputFile) {
    Protobuf.append(varint: UInt64(message.count), to: &file.bytes)
    file.bytes += message
  }

  private func header() -> [UInt8] {
    let total = frequencies.reduce(0, +)
    var bytes: [UInt8] = []
    Protobuf.append(field: 1, 1, to: &bytes)
    Protobuf.append(field: 2, plan.terms.count, to: &bytes)
    Protobuf.append(field: 3, source.documentCount, to: &bytes)
    Protobuf.append(field: 4, plan.terms.count, to: &bytes)
    Protobuf.append(field: 5, source.documentCount, to: &bytes)
    Protobuf.append(field: 6, total, to: &bytes)
    Protobuf.append(field: 7, source.documentCount > 0 ? Double(total) / Double(source.documentCount) : 0, to: &bytes)
    Protobuf.append(field: 8, Array("bigrain \(source.fingerprint)".utf8), to: &bytes)
    return bytes
  }

  /// A list, read twice: its length comes before it. Gives the length.
  private func append(_ term: MergedTerms.Term, _ number: Int, to file: OutputFile) throws -> Int {
    var head: [UInt8] = []
    Protobuf.append(field: 1, term.bytes, to: &head)
    Protobuf.append(field: 2, plan.frequencies[number], to: &head)
    Protobuf.append(field: 3, frequencies[number], to: &head)
    var size = head.count
    try forEachPosting(term) { gap, tf in
      let inner = Self.innerSize(gap, tf)
      size += 1 + Protobuf.size(UInt64(inner)) + inner
    }
    Protobuf.append(varint: UInt64(size), to: &file.bytes)
    file.bytes += head
    try forEachPosting(term) { gap, tf in
      file.bytes.append(4 << 3 | 2)
      file.bytes.append(UInt8(Self.innerSize(gap, tf)))
      Protobuf.append(field: 1, gap, to: &file.bytes)
      Protobuf.append(field: 2, tf, to: &file.bytes)
    }
    try file.flush()
    return size
  }

  /// At most 12: two tags and two varints below 2^31.
  private static func innerSize(_ gap: Int, _ tf: Int) -> Int {
    (gap == 0 ? 0 : 1 + Protobuf.size(UInt64(gap))) + (tf == 0 ? 0 : 1 + Protobuf.size(UInt64(tf)))
  }

  private func forEachPosting(_ term: MergedTerms.Term, _ body: (_ gap: Int, _ tf: Int) -> Void) throws {
    var last = 0
    var ignored = 0
    try term.forEachBlock { base, documents, impacts, count in
      for index in 0..<count {
        let document = base + Int(documents[index])
        body(document - last, Int(plan.clipped(impacts[index], counting: &ignored)))
        last = document
      }
    }
  }
}
