internal import Foundation

/// Names the parameters that differ between two canonical JSON objects.
enum ParameterDifference {
  /// `terms: 200 -> 100` for each differing key, sorted.
  static func list(from old: String, to new: String) -> [String] {
    guard old != new else { return [] }
    let left = object(old)
    let right = object(new)
    return Set(left.keys).union(right.keys).sorted().compactMap { key in
      let before = text(left[key])
      let after = text(right[key])
      return before == after ? nil : "\(key): \(before) -> \(after)"
    }
  }

  private static func object(_ json: String) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(json.utf8))) as? [String: Any] ?? [:]
  }

  private static func text(_ value: Any?) -> String {
    guard let value else { return "unset" }
    let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
    return (try? JSONSerialization.data(withJSONObject: value, options: options))
      .map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
  }
}
