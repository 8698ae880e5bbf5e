package import Dataflow
internal import Foundation

/// A table for people: what `explain` prints of a stage's output for one document.
package struct ExplanationTable: Sendable, Hashable {
  package let title: String
  package let columns: [String]
  package let rows: [[String]]

  package init(title: String, columns: [String], rows: [[String]]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// The tokens of each passage, by the words of the vocabulary.
  static func pieces(_ passages: TokenizedPassages, name: (Int32) -> String) -> [ExplanationTable] {
    (0..<passages.ids.count).map { row in
      let tokens = passages.tokens[Int(passages.offsets[row])..<Int(passages.offsets[row + 1])]
      let rows = tokens.enumerated().map { position, token -> [String] in
        [String(position + 1), name(Int32(bitPattern: token)), String(token)]
      }
      let id = String(decoding: Array(passages.ids[row]), as: UTF8.self)
      return ExplanationTable(title: "\(id): \(rows.count) tokens", columns: ["place", "piece", "id"], rows: rows)
    }
  }

  package static func number(_ value: Float) -> String { String(format: "%.4f", value) }

  /// As lines: numbers to the right, words to the left, in as many columns side by side as 110 characters have room for.
  package var lines: [String] {
    guard !rows.isEmpty else { return [title] }
    let widths = columns.indices.map { column in
      ([columns[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
    let width = widths.reduce(0) { $0 + $1 + 2 } + 3
    let across = min(max(1, 110 / width), max(1, (rows.count + 9) / 10))
    let down = (rows.count + across - 1) / across
    func line(_ cells: [String]) -> String {
      zip(cells, widths).map { cell, width in
        let space = String(repeating: " ", count: width - cell.count)
        return isNumber(cell) ? space + cell : cell + space
      }.joined(separator: "  ")
    }
    let header = Array(repeating: line(columns), count: across).joined(separator: "  |  ")
    return [title, header]
      + (0..<down).map { row in
        stride(from: row, to: rows.count, by: down).map { line(rows[$0]) }.joined(separator: "  |  ")
      }
  }

  private func isNumber(_ text: String) -> Bool { Double(text) != nil }
}

/// A stage that can say more of what it does to a document than its output has.
package protocol ExplainingStage: MapStage {
  func explain(_ inputs: StageInputs) throws -> [ExplanationTable]
}
