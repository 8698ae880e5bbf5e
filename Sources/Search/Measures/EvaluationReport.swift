internal import Foundation

extension Evaluation {
  /// The means, one measure a line, and which queries they are over, for people.
  ///
  /// ```
  /// measure    mean
  /// nDCG@10  0.4352
  /// R@1000   0.8123
  ///
  /// Means over 43 queries.
  /// 2 judged queries are not in the run and not in the means: 12, 77
  /// ```
  /// - Parameter perQuery: whether each query's values come first, one query a line.
  package func table(perQuery listsQueries: Bool = false) -> String {
    let names = measures.map(\.description)
    var lines: [String] = []
    if listsQueries {
      let rows = perQuery.map { [String(decoding: $0.query, as: UTF8.self)] + $0.values.map(decimals) }
      lines += aligned([["query"] + names] + rows) + [""]
    }
    lines += aligned([["measure", "mean"]] + zip(names, mean.map(decimals)).map { [$0, $1] })
    return (lines + [""] + coverage).joined(separator: "\n") + "\n"
  }

  /// Which queries the means are over, and which not: one sentence a line.
  package var coverage: [String] {
    var lines = ["Means over \(counted(perQuery.count, "query", "queries"))."]
    if !missing.isEmpty {
      let verb = missing.count == 1 ? "is" : "are"
      let effect = isComplete ? "and counted as 0" : "and left out of the means"
      lines.append(
        "\(counted(missing.count, "judged query", "judged queries")) \(verb) not in the run \(effect): \(some(missing))"
      )
    }
    if !extra.isEmpty {
      let effect = extra.count == 1 ? "has no judgements and is ignored" : "have no judgements and are ignored"
      lines.append(
        "\(counted(extra.count, "query", "queries")) of the run \(effect): \(some(extra))")
    }
    return lines
  }

  /// Four decimals, rounded as trec_eval's `printf` does it.
  private func decimals(_ value: Double) -> String {
    String(format: "%.4f", value)
  }

  private func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count) \(count == 1 ? one : many)"
  }

  /// The first five ids.
  private func some(_ ids: [[UInt8]]) -> String {
    let shown = ids.prefix(5).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
    return ids.count > 5 ? "\(shown), ..." : shown
  }

  /// Rows as lines: the first column to the left, the others to the right, two spaces between.
  private func aligned(_ rows: [[String]]) -> [String] {
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }.joined(separator: "  ")
    }
  }
}

extension Evaluation: Encodable {
  /// `{"complete":false,"extra":[],"mean":{"nDCG@10":0.43},"missing":["12"],"perQuery":[{"query":"1","values":{...}}],
  /// "queries":43}`. Values have all their digits. Ids that are not UTF-8 show U+FFFD.
  package func encode(to encoder: any Encoder) throws {
    var root = encoder.container(keyedBy: Name.self)
    try root.encode(perQuery.count, forKey: "queries")
    try root.encode(isComplete, forKey: "complete")
    try root.encode(missing.map { String(decoding: $0, as: UTF8.self) }, forKey: "missing")
    try root.encode(extra.map { String(decoding: $0, as: UTF8.self) }, forKey: "extra")
    var means = root.nestedContainer(keyedBy: Name.self, forKey: "mean")
    try encode(mean, to: &means)
    var list = root.nestedUnkeyedContainer(forKey: "perQuery")
    for entry in perQuery {
      var item = list.nestedContainer(keyedBy: Name.self)
      try item.encode(String(decoding: entry.query, as: UTF8.self), forKey: "query")
      var values = item.nestedContainer(keyedBy: Name.self, forKey: "values")
      try encode(entry.values, to: &values)
    }
  }

  private func encode(_ values: [Double], to container: inout KeyedEncodingContainer<Name>) throws {
    for (measure, value) in zip(measures, values) { try container.encode(value, forKey: Name(measure.description)) }
  }

  /// A key that is any string.
  private struct Name: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init(stringLiteral name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }
}
