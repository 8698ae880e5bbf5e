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
    let digits = lowered.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
    let cutoff = digits.isEmpty ? nil : Int(String(digits))
    let stem = lowered.dropLast(digits.count).prefix { $0 != "@" && $0 != "(" }
    let base = String(stem.reversed().drop { "_.".contains($0) }.reversed())
    guard let type = nearest(to: base) else { return nil }
    switch type.cutoff {
    case .never: return type.name
    case .optional: return type.name + (cutoff.map { "@\($0)" } ?? "")
    case .required: return "\(type.name)@\(cutoff ?? 10)"
    }
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

  /// Levenshtein's distance in characters.
  private static func editDistance(_ left: String, _ right: String) -> Int {
    let other = Array(right)
    var row = Array(0...other.count)
    for (i, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in other.indices {
        let substituted = diagonal + (character == other[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
      }
    }
    return row[other.count]
  }
}
