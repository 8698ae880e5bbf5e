internal import Kernels

/// PISA's uncompressed collection, as `ciff2pisa` writes it. https://pisa.readthedocs.io, "Parsing and indexing"
///
/// ```
/// PATH.docs       u32: 1, number of documents; then a list a term: its length, its document numbers ascending
/// PATH.freqs      u32: a list a term: its length, its impacts
/// PATH.sizes      u32: number of documents; the length of each document, which is the sum of its impacts
/// PATH.terms      the terms by number, one a line, in byte order
/// PATH.documents  the ids by number, one a line
/// ```
/// All integers little-endian.
package enum PISAExport: ExportFormat {
  package static let name = "pisa"
  package static let summary = "PISA's canonical collection: PATH.docs, .freqs, .sizes, .terms, .documents"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    var limits = SparseLimits(format: name)
    limits.wholeNumbers = true
    limits.termProblem = NameRules.word
    limits.idProblem = NameRules.line
    let plan = try SparsePlan(source, limits, options)
    let docs = try output.file(".docs")
    let freqs = try output.file(".freqs")
    let sizes = try output.file(".sizes")
    let terms = try output.file(".terms")
    let documents = try output.file(".documents")
    var lengths = [UInt32](repeating: 0, count: source.documentCount)
    var clipped = 0
    docs.bytes.appendLittleEndian(contentsOf: [UInt32(1), UInt32(source.documentCount)])
    try plan.forEachTerm(source) { number, term in
      try IDLines.append(term.bytes, to: terms)
      docs.bytes.appendLittleEndian(UInt32(plan.frequencies[number]))
      freqs.bytes.appendLittleEndian(UInt32(plan.frequencies[number]))
      try term.forEachBlock { base, numbers, impacts, count in
        for index in 0..<count {
          let document = base + Int(numbers[index])
          let impact = UInt32(plan.clipped(impacts[index], counting: &clipped))
          docs.bytes.appendLittleEndian(UInt32(document))
          freqs.bytes.appendLittleEndian(impact)
          // Saturates at what no reader could tell apart from more.
          lengths[document] =
            lengths[document].addingReportingOverflow(impact).overflow ? .max : lengths[document] + impact
        }
        try docs.flush()
        try freqs.flush()
      }
    }
    sizes.bytes.appendLittleEndian(UInt32(source.documentCount))
    sizes.bytes.appendLittleEndian(contentsOf: lengths)
    let renumbers = plan.renumbers
    let ids = renumbers ? try output.file(".ids") : nil
    try source.forEachID { document, id in
      try IDLines.append(renumbers ? Array("\(document)".utf8) : id, to: documents)
      if let ids { try IDLines.append(id, to: ids) }
    }
    return plan.report(clippedImpacts: clipped)
  }
}
