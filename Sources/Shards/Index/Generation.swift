/// A finished index that is never changed again: `INDEX/generations/000007`.
package struct Generation: Sendable, Hashable, Comparable {
  package let number: Int
  /// The folder.
  package let path: String

  package init(number: Int, path: String) {
    self.number = number
    self.path = path
  }

  package static func < (left: Generation, right: Generation) -> Bool { left.number < right.number }

  /// Throws `FileError`, `FormatError`.
  package func manifest() throws -> Manifest { try Manifest.read(from: path) }

  /// The folder's name: six digits, more from 1,000,000 on.
  static func name(_ number: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }

  /// The number that a folder's name spells; `nil` for any other spelling than that of `name(_:)`.
  static func number(_ name: String) -> Int? {
    guard let number = Int(name), number > 0, Self.name(number) == name else { return nil }
    return number
  }
}
