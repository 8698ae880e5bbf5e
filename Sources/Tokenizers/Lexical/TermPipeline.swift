internal import Kernels

/// Words to terms: StandardTokenizer, then, each if asked for, EnglishPossessiveFilter, LowerCaseFilter, StopFilter and
/// a stemmer, in Lucene's order.
struct TermPipeline {
  private let scanner = WordScanner.shared
  private let lowerCase = LowerCase.shared
  private let stripsPossessive: Bool
  private let stopWords: Set<[UInt8]>
  /// At most one of the two stemmers is there.
  private var porter: PorterStemmer?
  private let porter2: Stemmer?
  /// Whether words leave as they are but for their case.
  private let keepsTerms: Bool
  private var memo = TermMemo()
  /// The current term, lower case: 255 UTF-16 units are at most 765 bytes.
  private var term = [UInt8](repeating: 0, count: 1024)
  private var result: [UInt8] = []

  init(stripsPossessive: Bool, stopWords: StopWords, stemmer: StemmerName) throws {
    self.stripsPossessive = stripsPossessive
    self.stopWords = stopWords.words
    keepsTerms = self.stopWords.isEmpty && stemmer == .none
    porter = stemmer == .porter ? try PorterStemmer() : nil
    porter2 = stemmer == .porter2 ? try Stemmer(algorithm: "english") : nil
  }

  mutating func analyze(_ text: Span<UInt8>, emit: (Span<UInt8>) throws -> Void) rethrows {
    var position = 0
    while let word = scanner.next(in: text, from: position) {
      position = word.end
      let end = stripsPossessive ? endWithoutPossessive(of: word, in: text) : word.end
      let (count, hash) = word.isASCII ? fold(ascii: text, word.start, end) : fold(text, word.start, end)
      try filter(count: count, hash: hash, emit)
    }
  }

  /// EnglishPossessiveFilter: the word without a final 's or 'S, the apostrophe being U+0027, U+2019 or U+FF07.
  private func endWithoutPossessive(of word: Word, in text: Span<UInt8>) -> Int {
    guard word.end - word.start >= 2, text[word.end - 1] | 0x20 == UInt8(ascii: "s") else { return word.end }
    if text[word.end - 2] == UInt8(ascii: "'") { return word.end - 2 }
    guard word.end - word.start >= 4 else { return word.end }
    return switch (text[word.end - 4], text[word.end - 3], text[word.end - 2]) {
    case (0xe2, 0x80, 0x99), (0xef, 0xbc, 0x87): word.end - 4
    default: word.end
    }
  }

  /// Writes the lower case of ASCII bytes to `term`; returns its length and FNV-1a hash.
  private mutating func fold(ascii text: Span<UInt8>, _ start: Int, _ end: Int) -> (Int, UInt64) {
    var hash = Self.emptyHash
    var output = term.mutableSpan
    for index in start..<end {
      var byte = text[index]
      if byte &- UInt8(ascii: "A") < 26 { byte |= 0x20 }
      output[index - start] = byte
      hash = (hash ^ UInt64(byte)) &* Self.hashPrime
    }
    return (end - start, hash)
  }

  private mutating func fold(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> (Int, UInt64) {
    result.removeAll(keepingCapacity: true)
    var position = start
    while position < end {
      let point = CodePoint(in: text, at: position)
      position += point.length
      result.append(codePoint: lowerCase(point.value))
    }
    var hash = Self.emptyHash
    for (index, byte) in result.enumerated() {
      term[index] = byte
      hash = (hash ^ UInt64(byte)) &* Self.hashPrime
    }
    return (result.count, hash)
  }

  private static let emptyHash: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let hashPrime: UInt64 = 0x100_0000_01b3

  /// Drops, or stems and emits, the first `count` bytes of `term`.
  @inline(__always)
  private mutating func filter(count: Int, hash: UInt64, _ emit: (Span<UInt8>) throws -> Void) rethrows {
    if keepsTerms { return try emit(term.span.extracting(0..<count)) }
    if let known = memo.find(term.span.extracting(0..<count), hash: hash) {
      if !known.isEmpty { try emit(memo.bytes.span.extracting(known)) }
      return
    }
    let word = Array(term[..<count])
    resolve(word)
    memo.keep(word, hash: hash, result: result)
    if !result.isEmpty { try emit(result.span) }
  }

  /// Sets `result` to the stem of `word`, or to nothing if it is a stop word.
  private mutating func resolve(_ word: [UInt8]) {
    result.removeAll(keepingCapacity: true)
    if stopWords.contains(word) { return }
    if let porter2 {
      porter2.append(stemOf: word, to: &result)
    } else if porter != nil {
      porter?.stem(word, into: &result)
    } else {
      result.append(contentsOf: word)
    }
  }
}
