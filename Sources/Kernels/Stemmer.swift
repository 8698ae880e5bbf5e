internal import CStemmer

/// A stemmer of libstemmer (Snowball, https://snowballstem.org), by its algorithm's name: `porter`, `english`, ...
///
/// Holds libstemmer's working buffer, so one instance belongs to one worker; it is not `Sendable`.
/// `@safe`: the one pointer it stores never leaves it.
@safe package final class Stemmer {
  /// What the bytes given to `stem` mean.
  package enum Encoding: String {
    case utf8 = "UTF_8"
    /// One byte a letter. Algorithms for English treat every byte of 0x80 and above as a consonant.
    case latin1 = "ISO_8859_1"
  }

  /// libstemmer has no such algorithm for such an encoding.
  package struct UnknownAlgorithm: Error, Equatable, CustomStringConvertible {
    package let name: String

    package var description: String {
      "libstemmer has no algorithm \"\(name)\"; among those it has are \"porter\" and \"english\""
    }
  }

  private let handle: OpaquePointer

  /// - Throws: `UnknownAlgorithm`.
  package init(algorithm: String, encoding: Encoding = .utf8) throws(UnknownAlgorithm) {
    // Safe: both strings live through the call, which copies what it keeps; the handle returned (or null) is ours until
    // `deinit` deletes it, and nobody else sees it.
    guard let handle = unsafe sb_stemmer_new(algorithm, encoding.rawValue) else {
      throw UnknownAlgorithm(name: algorithm)
    }
    unsafe self.handle = handle
  }

  deinit {
    // Safe: `handle` came from sb_stemmer_new, is deleted only here, and no pointer into it outlives `append`.
    unsafe sb_stemmer_delete(handle)
  }

  /// Appends the stem of `word` (lower case, at most 2^31 - 1 bytes) to `result`.
  package func append(stemOf word: [UInt8], to result: inout [UInt8]) {
    // Safe: the array's buffer lives through the closure and libstemmer copies it; the answer points to
    // sb_stemmer_length bytes inside `handle`, valid until its next call, and is copied before this closure returns.
    unsafe word.withUnsafeBufferPointer { letters in
      guard let stem = unsafe sb_stemmer_stem(handle, letters.baseAddress, Int32(letters.count)) else {
        // Out of memory in libstemmer: the word as it is.
        return unsafe result.append(contentsOf: letters)
      }
      let count = unsafe Int(sb_stemmer_length(handle))
      unsafe result.append(contentsOf: UnsafeBufferPointer(start: stem, count: count))
    }
  }
}
