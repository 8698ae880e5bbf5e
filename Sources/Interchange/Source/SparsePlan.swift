internal import Codecs
internal import Shards

/// What a format can hold of the sparse side.
struct SparseLimits: Sendable {
  /// The format's name, for messages.
  let format: String
  /// Whether impacts must be whole numbers.
  var wholeNumbers = false
  /// The highest impact.
  var maxImpact: Float?
  /// Whether impacts must be above 0.
  var positive = false
  /// The most terms.
  var maxTerms: Int?
  /// The most postings of a list, and of all.
  var maxList: Int?
  var maxPostings: Int?
  var maxDocuments = Int(Int32.max)
  /// What is wrong with a term, or `nil`.
  var termProblem: @Sendable ([UInt8]) -> String? = { _ in nil }
  /// What is wrong with a document's id, or `nil`.
  var idProblem: @Sendable ([UInt8]) -> String? = { _ in nil }
}

/// What an export will write of the sparse side: the terms that stay, numbered in byte order, and the highest impact.
/// Made before anything is written, by one pass over the dictionaries and the ids.
///
/// Memory: the terms, and four bytes for each term of each shard.
struct SparsePlan: Sendable {
  /// The terms that are written, in byte order.
  let terms: ByteStrings
  /// (terms): documents that have the term.
  let frequencies: [Int]
  let postings: Int
  /// Impacts above it are written as it.
  let maxImpact: Float?
  /// Whether ids are replaced by row numbers.
  let renumbers: Bool
  private(set) var report: ExportReport
  /// (shards, terms of the shard): the term's number in `terms`, or `dropped`.
  let numbers: [[UInt32]]

  static let dropped = UInt32.max

  init(_ source: ExportSource, _ limits: SparseLimits, _ options: ExportOptions) throws {
    func refuse(_ detail: String) -> ExportRefusal { ExportRefusal(format: limits.format, detail: detail) }
    var report = ExportReport()
    report.documents = source.documentCount
    guard source.hasSparseSide || source.documentCount == 0 else { throw refuse("it has no sparse side") }
    guard source.documentCount <= limits.maxDocuments else {
      throw refuse("\(source.documentCount) documents, it can hold \(limits.maxDocuments)")
    }
    try Self.checkImpacts(source, limits, options, refuse)
    renumbers = try Self.checkIDs(source, limits, options, &report, refuse)

    var survey = try TermSurvey(source, limits)
    if let first = survey.firstProblem, !options.clip.contains(.terms) {
      throw refuse(
        "\(survey.problems) of its terms cannot be written, the first is `\(Self.shown(first.term))`, which"
          + " \(first.problem); --clip terms leaves them out")
    }
    if let most = limits.maxTerms, survey.kept > most {
      guard options.clip.contains(.terms) else {
        throw refuse("\(survey.kept) terms, it can hold \(most); --clip terms leaves out the rarest")
      }
      survey.keepMostFrequent(most)
    }
    (terms, frequencies, numbers) = try survey.collect(source)
    postings = frequencies.reduce(0, +)
    if let most = limits.maxList, let longest = frequencies.max(), longest > most {
      throw refuse("a list of \(longest) postings, it can hold \(most)")
    }
    if let most = limits.maxPostings, postings > most {
      throw refuse("\(postings) postings, it can hold \(most)")
    }
    report.terms = terms.count
    report.postings = postings
    if survey.dropped > 0 {
      report.clipped["terms"] = survey.dropped
      report.clipped["postings"] = survey.postings - postings
    }
    maxImpact = limits.maxImpact
    self.report = report
  }

  private static func checkImpacts(
    _ source: ExportSource, _ limits: SparseLimits, _ options: ExportOptions, _ refuse: (String) -> ExportRefusal
  ) throws {
    if limits.wholeNumbers, source.impactKind == .floats {
      throw refuse(
        "its weights have fractions, and the format has whole numbers only; put `quantize.impacts` into the pipeline")
    }
    if limits.positive, let least = source.minImpact, least <= 0 {
      throw refuse("it has a weight of \(least), and the format has weights above 0 only")
    }
    guard let most = limits.maxImpact, !options.clip.contains(.impacts) else { return }
    var terms = try MergedTerms(source)
    while let term = try terms.next() {
      if term.maxImpact <= most { continue }
      throw refuse(
        "it has an impact of \(Int(term.maxImpact)) (term `\(shown(term.bytes))`), the highest of the format is"
          + " \(Int(most)); --clip impacts lowers them, fewer `bits` of quantize.impacts avoid them")
    }
  }

  /// Whether ids are to be replaced.
  private static func checkIDs(
    _ source: ExportSource, _ limits: SparseLimits, _ options: ExportOptions, _ report: inout ExportReport,
    _ refuse: (String) -> ExportRefusal
  ) throws -> Bool {
    var count = 0
    var first: (id: [UInt8], problem: String)?
    try source.forEachID { _, id in
      guard let problem = limits.idProblem(id) else { return }
      count += 1
      if first == nil { first = (id, problem) }
    }
    guard let first else { return false }
    guard options.clip.contains(.ids) else {
      throw refuse(
        "\(count) of its ids cannot be written, the first is `\(shown(first.id))`, which \(first.problem);"
          + " --clip ids writes row numbers, and the ids beside them")
    }
    try source.forEachID { _, id in
      if let problem = NameRules.line(id) {
        throw refuse("the id `\(shown(id))` \(problem), so that it cannot be kept beside the row numbers either")
      }
    }
    report.clipped["ids"] = source.documentCount
    return true
  }

  static func shown(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(60), as: UTF8.self) + (bytes.count > 60 ? "..." : "")
  }

  /// An impact as it is written.
  func clipped(_ impact: Float, counting count: inout Int) -> Float {
    guard let maxImpact, impact > maxImpact else { return impact }
    count += 1
    return maxImpact
  }

  /// The report of a finished export in which so many impacts were lowered.
  func report(clippedImpacts: Int) -> ExportReport {
    var report = report
    if clippedImpacts > 0 { report.clipped["impacts"] = clippedImpacts }
    return report
  }
}

/// One pass over the dictionaries: which terms can be written.
private struct TermSurvey {
  private var keeps: [Bool] = []
  private var frequencies: [UInt32] = []
  private(set) var postings = 0
  private(set) var problems = 0
  private(set) var firstProblem: (term: [UInt8], problem: String)?

  init(_ source: ExportSource, _ limits: SparseLimits) throws {
    var terms = try MergedTerms(source)
    while let term = try terms.next() {
      let problem = limits.termProblem(term.bytes)
      keeps.append(problem == nil)
      frequencies.append(UInt32(clamping: term.documentFrequency))
      postings += term.documentFrequency
      guard let problem else { continue }
      problems += 1
      if firstProblem == nil { firstProblem = (term.bytes, problem) }
    }
  }

  var kept: Int { keeps.count { $0 } }
  var dropped: Int { keeps.count - kept }

  /// Drops the terms of the fewest documents; of equal ones, the last in byte order.
  mutating func keepMostFrequent(_ count: Int) {
    let order = keeps.indices.filter { keeps[$0] }.sorted { (frequencies[$1], $0) < (frequencies[$0], $1) }
    for term in order.dropFirst(count) { keeps[term] = false }
  }

  func collect(_ source: ExportSource) throws -> (ByteStrings, [Int], [[UInt32]]) {
    var strings = ByteStrings()
    var frequencies: [Int] = []
    var numbers = source.shards.map { shard in
      [UInt32](repeating: SparsePlan.dropped, count: shard.postings?.totals.termCount ?? 0)
    }
    var terms = try MergedTerms(source)
    var index = 0
    while let term = try terms.next() {
      defer { index += 1 }
      guard keeps[index] else { continue }
      for list in term.lists { numbers[list.shard.number][list.entry.ordinal] = UInt32(strings.count) }
      strings.append(term.bytes)
      frequencies.append(term.documentFrequency)
    }
    return (strings, frequencies, numbers)
  }
}

extension SparsePlan {
  /// Calls `body` with each term that is written, its number and its lists, in byte order.
  func forEachTerm(
    _ source: ExportSource, _ body: (_ number: Int, _ term: MergedTerms.Term) throws -> Void
  ) throws {
    var terms = try MergedTerms(source)
    var number = 0
    while number < self.terms.count, let term = try terms.next() {
      guard term.bytes.elementsEqual(self.terms[number]) else { continue }
      try body(number, term)
      number += 1
    }
  }
}
