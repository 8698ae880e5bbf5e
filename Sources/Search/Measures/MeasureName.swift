/// The parts of a measure's name, `Base(rel=2)@10`, before anyone asks whether there is such a measure.
struct MeasureName {
  var base: String
  var relevance: Int?
  var cutoff: Int?

  /// - Throws: `MeasureNameError` for anything that does not have this form.
  init(_ text: String) throws(MeasureNameError) {
    func wrong(_ problem: String) -> MeasureNameError {
      MeasureNameError(text, problem, suggestion: Measures.suggestion(for: text))
    }
    var rest = Substring(text.filter { $0 != " " })
    if let at = rest.lastIndex(of: "@") {
      guard let value = Int(rest[rest.index(after: at)...]), value > 0 else {
        throw wrong("the cutoff after @ is an integer from 1")
      }
      cutoff = value
      rest = rest[..<at]
    }
    if rest.last == ")", let open = rest.firstIndex(of: "(") {
      let argument = rest[rest.index(after: open)...].dropLast()
      guard argument.hasPrefix("rel="), let value = Int(argument.dropFirst(4)), value > 0 else {
        throw wrong("between parentheses only rel=n, an integer from 1, is known")
      }
      relevance = value
      rest = rest[..<open]
    }
    base = String(rest)
  }
}

extension Measures {
  /// The name that `text` perhaps stands for, or `nil`: another case, trec_eval's name, a common name, a typing error.
  static func suggestion(for text: String) -> String? {
    let lowered = text.filter { $0 != " " }.lowercased()
    let digits = String(lowered.reversed().prefix { $0.isASCII && $0.isNumber }.reversed())
    let stem = lowered.dropLast(digits.count).prefix { $0 != "@" && $0 != "(" }
    let base = String(stem.reversed().drop { "_.".contains($0) }.reversed())
    guard let type = nearest(to: base) else { return nil }
    let number = Int(digits).flatMap { $0 > 0 ? $0 : nil }
    let level = lowered.firstRange(of: "(rel=").flatMap { Int(lowered[$0.upperBound...].prefix(while: \.isNumber)) }
    let isCut = type.cutoff == .required || type.cutoff == .optional && (!digits.isEmpty || lowered.contains("@"))
    let parameters = MeasureParameters(
      cutoff: isCut ? number ?? 10 : nil, relevance: type.takesRelevance ? max(level ?? 1, 1) : 1)
    return type.init(parameters).description
  }

  /// Other tools' names of the measures here.
  private static let aliases = [
    "ndcg_cut": "nDCG", "dcg": "nDCG", "mrr": "RR", "recip_rank": "RR", "map": "AP", "map_cut": "AP", "precision": "P",
    "prec": "P", "recall": "R", "hit": "Success", "hits": "Success", "hitrate": "Success", "r-precision": "Rprec",
  ]

  private static func nearest(to base: String) -> (any Measure.Type)? {
    if let name = aliases[base] { return all.first { $0.name == name } }
    // One wrong letter in three at most: "ap" is not "p".
    let ranked = all.map { (type: $0, distance: editDistance($0.name.lowercased(), base)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance * 3 <= base.count else { return nil }
    return best.type
  }

  /// The number of letters to change, add, leave out or swap with the next (optimal string alignment).
  private static func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    var rows = [Array(0...right.count)]
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        var best = min(rows[i][j] + (left[i] == right[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
