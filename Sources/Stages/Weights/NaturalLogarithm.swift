internal import Foundation

extension DocumentFrequencies {
  /// The C library's `log`: correctly rounded or within one unit in the last place on every platform we know.
  static func logarithm(_ value: Double) -> Double { log(value) }
}
