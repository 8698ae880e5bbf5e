internal import Glibc

/// A shell pattern for paths: `*`, `?`, `[...]`, as glob(3) reads them. `*` does not match a leading dot or a slash.
package enum PathPattern {
  /// Whether `pattern` has a character that a glob gives a meaning.
  package static func isPattern(_ pattern: String) -> Bool {
    pattern.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
  }

  /// The folder part before the first component with a pattern in it, with its slash: `"a/b*/c"` gives `"a/"`.
  package static func fixedPart(of pattern: String) -> String {
    var fixed = ""
    for component in pattern.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
      if isPattern(String(component)) { break }
      fixed += component + "/"
    }
    return fixed
  }

  /// The paths that match, sorted by their bytes in any locale. Directories are left out.
  ///
  /// - Throws: `StreamError` `.missing` if nothing matches, `.unreadable` if a folder cannot be read.
  package static func matches(of pattern: String) throws(StreamError) -> [String] {
    var result = unsafe glob_t()
    // SAFETY: `result` is a zeroed glob_t that glob fills and globfree empties; the pattern is copied for the call.
    let code = unsafe glob(pattern, GLOB_NOSORT | GLOB_ERR | GLOB_MARK, nil, &result)
    let reason = errno
    defer { unsafe globfree(&result) }
    guard code == 0 || code == GLOB_NOMATCH || reason == ENOENT else {
      throw StreamError(.unreadable, path: pattern, "a folder of this pattern cannot be read: \(systemMessage(reason))")
    }
    var paths: [String] = []
    // SAFETY: glob sets gl_pathc entries of gl_pathv, each a NUL-terminated string that lives until globfree.
    for index in 0..<Int(unsafe result.gl_pathc) {
      guard let path = unsafe result.gl_pathv?[index] else { continue }
      unsafe paths.append(String(cString: path))
    }
    paths.removeAll { $0.utf8.last == UInt8(ascii: "/") }
    guard !paths.isEmpty else { throw StreamError(.missing, path: pattern, "no file matches this pattern") }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether anything is at `path`.
  package static func exists(_ path: String) -> Bool {
    // SAFETY: `path` is passed as a NUL-terminated copy that outlives the call.
    unsafe access(path, F_OK) == 0
  }
}
