internal import Kernels

/// Porter's algorithm as Lucene's PorterStemFilter has it: libstemmer's `porter` plus the differences between the two.
///
/// Lucene follows Porter's own later program, libstemmer the published paper (Program 14(3), 1980). So Lucene
/// 1. leaves words of one or two letters alone,
/// 2. makes `ble` of `bli` (libstemmer: `able` of `abli` only): "possibly" -> "possibl", not "possibli",
/// 3. makes `log` of `logi`: "apology" -> "apolog", not "apologi",
/// 4. undoubles any consonant before `ed` and `ing` (libstemmer: not c, h, j, k, q, v, w, x): "trekking" -> "trek",
/// 5. counts letters in UTF-16 units, all beyond ASCII being consonants.
///
/// Of 2 to 4 the ending is put right before libstemmer sees the word; what it then gets ends in a way that its steps up
/// to that point leave alone. For 5 libstemmer gets one byte a unit. Checked against Lucene 9.9.1, see
/// lexical-lucene.tsv.
struct PorterStemmer {
  private let stemmer: Stemmer
  /// The word, a byte a UTF-16 unit: ASCII as it is, 0x80 and above something else.
  private var letters: [UInt8] = []
  private var stem: [UInt8] = []

  private static let ed = Array("ed".utf8)
  private static let ing = Array("ing".utf8)
  private static let ies = Array("ies".utf8)
  private static let bl = Array("bl".utf8)
  private static let log = Array("log".utf8)

  /// - Throws: when libstemmer was built without `porter`.
  init() throws {
    stemmer = try Stemmer(algorithm: "porter", encoding: .latin1)
  }

  /// Replaces `result` by the stem of the lower-case word `term`, UTF-8.
  mutating func stem(_ term: [UInt8], into result: inout [UInt8]) {
    result.removeAll(keepingCapacity: true)
    let isASCII = spell(term)
    guard letters.count > 2 else {
      return result.append(contentsOf: term)
    }
    undoubleConsonant()
    replaceEnding()
    if isASCII { return stemmer.append(stemOf: letters, to: &result) }
    stem.removeAll(keepingCapacity: true)
    stemmer.append(stemOf: letters, to: &stem)
    restore(term, into: &result)
  }

  // MARK: UTF-16 units

  /// Sets `letters`. Neighbours beyond ASCII get equal bytes exactly if they are equal units: 0x80 and 0x81 in turn;
  /// a surrogate pair, whose halves never equal a neighbour, 0x82 0x83.
  private mutating func spell(_ term: [UInt8]) -> Bool {
    letters.removeAll(keepingCapacity: true)
    var previous: UInt32 = 0
    var mark: UInt8 = 0x80
    var isASCII = true
    var position = 0
    while position < term.count {
      let point = CodePoint(in: term.span, at: position)
      position += point.length
      if point.value < 0x80 {
        letters.append(UInt8(point.value))
      } else if point.units == 2 {
        isASCII = false
        letters.append(0x82)
        letters.append(0x83)
      } else {
        isASCII = false
        if point.value != previous { mark ^= 1 }
        letters.append(mark)
      }
      previous = point.value
    }
    return isASCII
  }

  /// Turns `stem` back to UTF-8. Stemming changes only the ASCII end of a word, so the n-th unit beyond ASCII is the
  /// n-th of the term.
  private func restore(_ term: [UInt8], into result: inout [UInt8]) {
    var source = 0
    for letter in stem {
      if letter < 0x80 {
        result.append(letter)
      } else if letter != 0x83 {
        while term[source] < 0x80 { source += 1 }
        let length = CodePoint(in: term.span, at: source).length
        result.append(contentsOf: term[source..<source + length])
        source += length
      }
    }
  }

  // MARK: Where Lucene departs

  /// 4: "trekking" and "trekkings" become "trek"; libstemmer sees to b, d, f, g, m, n, p, r, t itself, and both keep
  /// l, s, z. What is left ends in none of `s`, `ed`, `ing`, so that step 1 is over for it.
  private mutating func undoubleConsonant() {
    let plural = letters.last == UInt8(ascii: "s") ? 1 : 0
    var end = letters.count - plural
    if ends(Self.ed, at: end) { end -= 2 } else if ends(Self.ing, at: end) { end -= 3 } else { return }
    guard end >= 2, letters[end - 1] == letters[end - 2], !isDoubleLeftToPorter(letters[end - 1]) else { return }
    guard isConsonant(end - 1), (0..<end).contains(where: { !isConsonant($0) }) else { return }
    letters.removeLast(letters.count - end + 1)
  }

  private func isDoubleLeftToPorter(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "b"), UInt8(ascii: "d"), UInt8(ascii: "f"), UInt8(ascii: "g"), UInt8(ascii: "m"),
      UInt8(ascii: "n"), UInt8(ascii: "p"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "l"),
      UInt8(ascii: "s"), UInt8(ascii: "z"):
      true
    default: false
    }
  }

  /// 2 and 3: whatever step 1 turns into `-bli` or `-logi` becomes `-ble` or `-log` if a syllable precedes it.
  private mutating func replaceEnding() {
    guard let end = endAfterStepOne() else { return }
    if ends(Self.bl, at: end), measureIsPositive(end - 2) {
      letters.removeLast(letters.count - end)
      letters.append(UInt8(ascii: "e"))
    } else if ends(Self.log, at: end), measureIsPositive(end - 3) {
      letters.removeLast(letters.count - end)
    }
  }

  /// Where the `i` or `y` stands that step 1 leaves at the end of this word, if it leaves one:
  /// (i|y)(s|ed|eds|ing|ings)?, or ies.
  private func endAfterStepOne() -> Int? {
    var end = letters.count
    if ends(Self.ies, at: end) {
      end -= 2
    } else {
      if letters.last == UInt8(ascii: "s") { end -= 1 }
      if ends(Self.ed, at: end) { end -= 2 } else if ends(Self.ing, at: end) { end -= 3 }
    }
    guard end > 0, letters[end - 1] == UInt8(ascii: "i") || letters[end - 1] == UInt8(ascii: "y") else { return nil }
    return end - 1
  }

  private func ends(_ suffix: [UInt8], at end: Int) -> Bool {
    let start = end - suffix.count
    return start >= 0 && suffix.indices.allSatisfy { letters[start + $0] == suffix[$0] }
  }

  /// Porter's consonant: not a, e, i, o, u, and not a y after a consonant.
  private func isConsonant(_ index: Int) -> Bool {
    switch letters[index] {
    case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"): return false
    case UInt8(ascii: "y"):
      // A run of y alternates; its first is a consonant unless a consonant stands before it.
      var first = index
      while first > 0, letters[first - 1] == UInt8(ascii: "y") { first -= 1 }
      let firstIsConsonant = first == 0 || !isConsonant(first - 1)
      return firstIsConsonant == ((index - first) % 2 == 0)
    default: return true
    }
  }

  /// Whether a vowel and, somewhere after it, a consonant stand among the first `count` letters (Porter's m > 0).
  private func measureIsPositive(_ count: Int) -> Bool {
    guard count > 1, let vowel = (0..<count).first(where: { !isConsonant($0) }) else { return false }
    return (vowel..<count).contains { isConsonant($0) }
  }
}
