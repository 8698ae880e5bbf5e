internal import Foundation

/// `bigrain-bench ROW --option VALUE ...`: our side of a comparison, held ready by `Benchmarks/bench.py`.
///
/// It loads what it needs, prints `{"ready":1}`, and then makes one pass for each line on standard input, each answered
/// by a line of numbers, so that passes of ours and of a peer can alternate in one run. `dump PATH` instead of `run`
/// writes the result, for the driver to check.
@main
enum Runner {
  static var rows: [any Row.Type] {
    [TokenizeRow.self, IndexRow.self, SearchRow.self, EncodeRow.self, QuantizeRow.self]
  }

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let name = arguments.first, let type = rows.first(where: { $0.name == name }) else {
      print("usage: bigrain-bench \(rows.map { $0.name }.joined(separator: "|")) --option VALUE ...")
      exit(64)
    }
    var row = try type.init(try Options(Array(arguments.dropFirst())))
    try tell(["ready": 1])
    while let line = readLine() {
      if line.hasPrefix("dump ") {
        try row.dump(to: String(line.dropFirst(5)))
        try tell(["dumped": 1])
      } else {
        try tell(row.run())
      }
    }
  }

  private static func tell(_ numbers: [String: Double]) throws {
    try FileHandle.standardOutput.write(contentsOf: JSONEncoder().encode(numbers) + Data("\n".utf8))
  }

  /// Seconds that `body` takes, on the clock that never goes back.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let elapsed = try ContinuousClock().measure(body)
    return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
  }
}

/// A row of the table of comparisons.
protocol Row {
  static var name: String { get }
  init(_ options: Options) throws
  /// One pass: `seconds`, and what else was counted.
  mutating func run() throws -> [String: Double]
  /// Writes the last pass's result.
  func dump(to path: String) throws
}

/// `--key value` pairs.
struct Options {
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  private var values: [String: String] = [:]

  init(_ arguments: [String]) throws {
    for index in stride(from: 0, to: arguments.count, by: 2) {
      guard arguments[index].hasPrefix("--"), index + 1 < arguments.count else {
        throw Missing(description: "expected --option VALUE, not \(arguments[index])")
      }
      values[String(arguments[index].dropFirst(2))] = arguments[index + 1]
    }
  }

  func text(_ key: String) throws -> String {
    guard let value = values[key] else { throw Missing(description: "--\(key) is missing") }
    return value
  }

  func number(_ key: String, else value: Int) -> Int { values[key].flatMap { Int($0) } ?? value }
}
