internal import Kernels

/// Turns the paths and patterns of a job file into files with names, in an order that every machine agrees on.
enum FilePatterns {
  /// Paths as listed, patterns in their place with their matches sorted bytewise, a path that comes twice only once.
  ///
  /// A path that exists is itself even if it has a `*` in it.
  /// - Parameter skips: tells from a match's path behind the fixed part whether the format wants to leave it out.
  /// - Throws: `CorpusError` `.noInput` for an absent path or a pattern without a match, `.badData`, `.io`.
  static func files(_ patterns: [String], skips: (String) -> Bool) throws(CorpusError) -> [CollectionFile] {
    guard !patterns.isEmpty else { throw CorpusError(.noInput, "no input file is named") }
    var found: [(path: String, name: String)] = []
    // Bytes: two paths that differ in normal form only are two files.
    var seen: Set<[UInt8]> = []
    for pattern in patterns {
      for entry in try expand(pattern, skips: skips) where seen.insert(Array(entry.path.utf8)).inserted {
        found.append(entry)
      }
    }
    let names = distinctNames(found)
    var files: [CollectionFile] = []
    for (entry, name) in zip(found, names) { files.append(try probe(entry.path, name)) }
    return files
  }

  private static func expand(
    _ pattern: String, skips: (String) -> Bool
  ) throws(CorpusError) -> [(path: String, name: String)] {
    guard PathPattern.isPattern(pattern), !PathPattern.exists(pattern) else {
      return [(pattern, String(pattern.split(separator: "/").last ?? ""))]
    }
    do throws(StreamError) {
      let fixed = PathPattern.fixedPart(of: pattern)
      let entries = try PathPattern.matches(of: pattern).map { path in
        (path, String(decoding: path.utf8.dropFirst(fixed.utf8.count), as: UTF8.self))
      }
      let kept = entries.filter { !skips($0.1) }
      guard !kept.isEmpty else {
        throw StreamError(.missing, path: pattern, "every file that matches this pattern is one the format leaves out")
      }
      return kept
    } catch {
      throw CorpusError(error)
    }
  }

  private static func probe(_ path: String, _ name: String) throws(CorpusError) -> CollectionFile {
    do throws(StreamError) {
      return try CollectionFile(InputFile(path: path), name: name)
    } catch {
      throw CorpusError(error)
    }
  }

  /// Puts folders before names that two paths share.
  private static func distinctNames(_ entries: [(path: String, name: String)]) -> [String] {
    var names = entries.map(\.name)
    while true {
      let clashing = Dictionary(grouping: names.indices) { Array(names[$0].utf8) }.values.filter { $0.count > 1 }
        .joined()
      var hasChanged = false
      for index in clashing {
        let longer = withOneMoreFolder(names[index], of: entries[index].path)
        hasChanged = hasChanged || longer.utf8.count != names[index].utf8.count
        names[index] = longer
      }
      if !hasChanged { return names }
    }
  }

  private static func withOneMoreFolder(_ name: String, of path: String) -> String {
    let all = path.split(separator: "/")
    return all.suffix(name.split(separator: "/").count + 1).joined(separator: "/")
  }
}
