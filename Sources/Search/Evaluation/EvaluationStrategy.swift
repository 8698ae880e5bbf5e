/// A way to find the best documents of a shard. All find the same ones with the same scores; they differ in what they
/// leave unread. A new one is one file and one line in `EvaluationStrategies`.
package protocol EvaluationStrategy: Sendable {
  /// The name that users give.
  static var name: String { get }

  /// Offers every document of the shard that may be among the best to `collector`, with its exact score, and
  /// moves the cursors. Throws
  /// `FormatError`, and what the shard's closures throw.
  static func search(_ query: inout ShardQuery, _ collector: inout TopKCollector) throws
}

package enum EvaluationStrategies {
  /// The first is what a search uses unless told otherwise.
  package static let all: [any EvaluationStrategy.Type] = [MaxScore.self, Exhaustive.self]

  package static func named(_ name: String) -> (any EvaluationStrategy.Type)? { all.first { $0.name == name } }
}
