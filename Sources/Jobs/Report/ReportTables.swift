internal import Drawing
internal import Foundation

/// What the report tells in words and tables.
enum ReportTables {
  /// Rows that stand open; the others are in a `details`.
  private static let open = 8
  private static let limit = 500

  // MARK: evaluation

  static func evaluation(_ comparison: ReportContent.Comparison?) -> [String] {
    guard let comparison, let first = comparison.now.measures.first else { return [] }
    let rows = comparison.now.measures.enumerated().compactMap { column, measure -> [String]? in
      guard let now = comparison.now.mean(measure) else { return nil }
      guard let previous = comparison.previous else { return [cell(measure, words: true), cell(decimals(now))] }
      guard let before = previous.entry.mean(measure) else {
        return [cell(measure, words: true), cell(decimals(now)), cell(""), cell("")]
      }
      return [cell(measure, words: true), cell(decimals(now)), cell(decimals(before)), difference(now - before)]
    }
    var heads = [head("measure", words: true), head("now")]
    if let previous = comparison.previous { heads += [head("generation \(previous.generation)"), head("difference")] }
    let means = table(heads, rows)
    let count = Figures.grouped(comparison.now.values.count)
    let caption = "<p class=\"note\">Means over \(count) queries; one that finds nothing counts 0.</p>"
    let top = "<div class=\"columns\"><div>\(means)\(caption)</div>\(chart(comparison, first))</div>"
    return [top, queries(comparison, first)]
  }

  private static func chart(_ comparison: ReportContent.Comparison, _ measure: String) -> String {
    let horizontal = Quantity("Queries in the order of their values", .count("queries"))
    if let changes = changes(comparison, measure), let previous = comparison.previous {
      let better = changes.count { $0.change > 0 }
      let worse = changes.count { $0.change < 0 }
      let svg = Differences(
        changes.map { (name: label($0.query, comparison), value: $0.change) }, horizontal: horizontal,
        vertical: Quantity("Difference of \(measure)", .number("now minus generation \(previous.generation)"))
      ).svg(label: "difference of \(measure) by query")
      return
        "<figure>\(svg)<figcaption>\(SVG.escaped(measure)) went up for \(better == 1 ? "1 query" : "\(better) queries"), down for \(worse), and stayed for \(changes.count - better - worse).</figcaption></figure>"
    }
    let svg = Differences(
      comparison.now.values.map { (name: label($0.key, comparison), value: $0.value.first ?? 0) },
      horizontal: horizontal, vertical: Quantity(measure, .number("0 to 1"))
    ).svg(label: "\(measure) by query")
    return
      "<figure>\(svg)<figcaption>\(SVG.escaped(measure)) of each query, the best first. There is no evaluation of an earlier generation to compare with.</figcaption></figure>"
  }

  private static func label(_ query: String, _ comparison: ReportContent.Comparison) -> String {
    comparison.queries[query].map { "\(query), \($0)" } ?? query
  }

  /// Queries of both evaluations, the largest change first; `nil` where there is nothing to compare.
  private static func changes(
    _ comparison: ReportContent.Comparison, _ measure: String
  ) -> [(query: String, before: Double, now: Double, change: Double)]? {
    guard let previous = comparison.previous?.entry, let old = previous.measures.firstIndex(of: measure),
      let new = comparison.now.measures.firstIndex(of: measure)
    else { return nil }
    let both = comparison.now.values.compactMap { query, values in
      previous.values[query].map {
        (query: query, before: $0[old], now: values[new], change: values[new] - $0[old])
      }
    }
    return both.isEmpty ? nil : both.sorted { (-abs($0.change), $0.query) < (-abs($1.change), $1.query) }
  }

  private static func queries(_ comparison: ReportContent.Comparison, _ measure: String) -> String {
    let heads: [String]
    let rows: [[String]]
    if let changes = changes(comparison, measure) {
      heads = [head("query", words: true), head("text", words: true), head("before"), head("now"), head("difference")]
      rows = changes.map {
        [
          cell($0.query, words: true), cell(comparison.queries[$0.query] ?? "", words: true), cell(decimals($0.before)),
          cell(decimals($0.now)), difference($0.change),
        ]
      }
    } else {
      heads =
        [head("query", words: true), head("text", words: true)] + comparison.now.measures.map { head($0) }
      rows = comparison.now.values.sorted { (($0.value.first ?? 0), $0.key) < (($1.value.first ?? 0), $1.key) }.map {
        [cell($0.key, words: true), cell(comparison.queries[$0.key] ?? "", words: true)]
          + $0.value.map { cell(decimals($0)) }
      }
    }
    let isCompared = comparison.previous != nil && heads.count == 5
    let title = isCompared ? "\(measure): the largest changes" : "The weakest queries"
    var html = "<h3>\(SVG.escaped(title))</h3>\(table(heads, Array(rows.prefix(open))))"
    if rows.count > open {
      let shown = Array(rows.dropFirst(open).prefix(limit))
      let rest = rows.count > open + limit ? ", the first \(limit) of them" : ""
      html +=
        "<details><summary>\(Figures.grouped(rows.count - open)) more queries\(rest)</summary>\(table(heads, shown))</details>"
    }
    return html
  }

  private static func decimals(_ value: Double) -> String { String(format: "%.4f", value) }

  private static func difference(_ value: Double) -> String {
    // What is shown as nothing is nothing.
    let value = abs(value) < 0.00005 ? 0 : value
    let style = value > 0 ? "up" : value < 0 ? "down" : ""
    return "<td class=\"\(style)\">\(value > 0 ? "+" : value < 0 ? "−" : "")\(decimals(abs(value)))</td>"
  }

  private static func cell(_ text: String, words: Bool = false) -> String {
    "<td\(words ? " class=\"words\"" : "")>\(SVG.escaped(text))</td>"
  }

  private static func head(_ text: String, words: Bool = false) -> String {
    "<th\(words ? " class=\"words\"" : "")>\(SVG.escaped(text))</th>"
  }

  private static func table(_ heads: [String], _ rows: [[String]]) -> String {
    "<div class=\"scroll\"><table><thead><tr>\(heads.joined())</tr></thead><tbody>"
      + rows.map { "<tr>\($0.joined())</tr>" }.joined(separator: "\n") + "</tbody></table></div>"
  }

  // MARK: passages, messages

  static func examples(_ examples: [ExpansionExample]) -> [String] {
    examples.map { example in
      let terms = example.terms.map {
        "<li>\(SVG.escaped($0.term))<small>\(Quantity.short($0.score))</small></li>"
      }
      return
        "<div class=\"passage\"><p class=\"id\">\(SVG.escaped(example.id)), by \(SVG.escaped(example.stage))</p><p>\(SVG.escaped(example.text))</p><ul class=\"terms\">\(terms.joined())</ul></div>"
    }
  }

  static func messages(_ trace: RunTrace.Content?) -> [String] {
    guard let trace, !trace.messages.isEmpty else { return [] }
    let more = trace.messageCount - trace.messages.count
    return [
      "<ul class=\"messages\">" + trace.messages.map { "<li>\(SVG.escaped($0))</li>" }.joined()
        + (more > 0 ? "<li>and \(Figures.grouped(more)) more</li>" : "") + "</ul>"
    ]
  }
}
