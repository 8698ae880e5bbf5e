#!/usr/bin/env python3
"""Writes the generated Swift tables of Sources/Tokenizers/Lexical and Segmentation.

    lexical-tables.py UNICODE_DATA SOURCES

UNICODE_DATA is a folder with the Unicode Character Database, version 15.0 (Debian: package `unicode-data`), SOURCES is
Sources/Tokenizers. Three files come out:

- WordBreakTable.swift: code point -> class and the automaton that finds words. The rules are UAX #29's, with the
  choices of Lucene's StandardTokenizer (longest match over the rules below; runs of South-East Asian script kept whole;
  one token an ideograph and a Hiragana letter; emoji sequences of UTS #51). Lucene 9.9 to 10 knows Unicode 12.1, so
  characters younger than that are `Other` here too.
- LowerCaseTable.swift: UnicodeData.txt's simple lower-case mapping, which is Java's `Character.toLowerCase(int)`.
- SentenceBreakTable.swift: Sentence_Break, Unicode 15.0, no changes.
"""

import base64
import os
import sys
from collections import defaultdict

LIMIT = 0x110000
LUCENE_UNICODE = (12, 1)


def rows(path):
    for line in open(path, encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line:
            first, *values = [field.strip() for field in line.split(";")]
            bounds = [int(x, 16) for x in first.split("..")]
            yield bounds[0], bounds[-1], values


def enumerated(path, default):
    values = [default] * LIMIT
    for low, high, (value, *_) in rows(path):
        for point in range(low, high + 1):
            values[point] = value
    return values


def binary(path, name):
    return {p for low, high, (value, *_) in rows(path) if value == name for p in range(low, high + 1)}


# ---------------------------------------------------------------- character sets of the word rules


def word_sets(ucd):
    """Name -> set of code points. A code point may be in several: `0` is Numeric and a key cap base."""
    wb = enumerated(f"{ucd}/auxiliary/WordBreakProperty.txt", "Other")
    script = enumerated(f"{ucd}/Scripts.txt", "Unknown")
    line_break = enumerated(f"{ucd}/LineBreak.txt", "XX")
    age = enumerated(f"{ucd}/DerivedAge.txt", "99.0")
    emoji = lambda name: binary(f"{ucd}/emoji/emoji-data.txt", name)

    sets = defaultdict(set)
    for point in range(LIMIT):
        if tuple(map(int, age[point].split("."))) > LUCENE_UNICODE:
            continue
        if wb[point] != "Other":
            sets[wb[point]].add(point)
        if script[point] in ("Han", "Hiragana", "Hangul"):
            sets[script[point]].add(point)
        if line_break[point] == "SA":
            sets["Complex_Context"].add(point)
    letters = sets["ALetter"] | sets["Hebrew_Letter"]
    sets["AHLetter"] = letters
    sets["Hangul"] &= letters
    sets["Numeric"] |= set(range(0xFF10, 0xFF1A))
    for special, points in LUCENE_12_1_DIFFERENCES.items():
        name, sign = special[1:], special[0]
        sets[name] = sets[name] | points if sign == "+" else sets[name] - points

    key_cap_base = set(map(ord, "0123456789#*"))
    accidental = set(map(ord, "©®™\u3030\u303d"))
    modifier = emoji("Emoji_Modifier")
    not_alone = sets["Regional_Indicator"] | key_cap_base | accidental | modifier
    return {
        "ignorable": sets["Format"] | sets["Extend"] | sets["ZWJ"],
        "ignorableButSelectors": (sets["Format"] | sets["Extend"] | sets["ZWJ"]) - {0xFE0E, 0xFE0F},
        "zwj": sets["ZWJ"],
        "emojiSelector": {0xFE0F},
        "keyCapBase": key_cap_base,
        "keyCap": {0x20E3},
        "emoji": emoji("Extended_Pictographic") | sets["Reserved_Pictographic"] | (emoji("Emoji") - not_alone),
        "emojiModifierBase": emoji("Emoji_Modifier_Base"),
        "emojiModifier": modifier,
        "regional": sets["Regional_Indicator"],
        "tag": set(range(0xE0020, 0xE007F)),
        "tagEnd": {0xE007F},
        "letter": sets["AHLetter"],
        "hangul": sets["Hangul"],
        "hebrew": sets["Hebrew_Letter"],
        "numeric": sets["Numeric"],
        "katakana": sets["Katakana"],
        "midLetter": sets["MidLetter"] | sets["MidNumLet"] | sets["Single_Quote"],
        "midNumeric": sets["MidNum"] | sets["MidNumLet"] | sets["Single_Quote"],
        "extendNumLet": sets["ExtendNumLet"],
        "singleQuote": sets["Single_Quote"],
        "doubleQuote": sets["Double_Quote"],
        "han": sets["Han"],
        "hiragana": sets["Hiragana"],
        "complex": sets["Complex_Context"],
    }


# What changed between Unicode 12.1 and 15.0 for characters that both know, found by asking Lucene 9.9.1 about every
# code point (lexical-lucene.java, mode `classes`).
LUCENE_12_1_DIFFERENCES = {
    "-AHLetter": {*range(0x2E5, 0x2EC), 0x55A, 0x58A, *range(0xA708, 0xA717)},
    "-MidLetter": {0x55F},
    "-Han": {0x16FE2},
    "+Reserved_Pictographic": set(range(0x1FB00, 0x1FC00)),
}


# ---------------------------------------------------------------- regular expressions over those sets

# An expression is ("set", name) | ("seq", ...) | ("alt", ...) | ("star", x); the helpers below build them.


def one(name):
    return ("set", name)


def seq(*parts):
    return ("seq", *parts)


def alt(*parts):
    return ("alt", *parts)


def star(part):
    return ("star", part)


def plus(part):
    return seq(part, star(part))


def maybe(part):
    return alt(part, seq())


def ex(name):
    """UAX #29 WB4: X (Extend | Format | ZWJ)* counts as X."""
    return seq(one(name), star(one("ignorable")))


def ex_sans_selectors(name):
    """The same where the presentation selectors U+FE0E and U+FE0F are part of the rule itself."""
    return seq(one(name), star(one("ignorableButSelectors")))


def word_rules():
    """(token type, expression); the longest match wins, of equally long ones the first."""
    joiners = star(one("zwj"))
    pictograph = alt(
        seq(joiners, ex_sans_selectors("emoji"), maybe(one("emojiSelector"))),
        seq(maybe(seq(joiners, ex_sans_selectors("emojiModifierBase"))), ex_sans_selectors("emojiModifier")),
    )
    emoji = alt(
        seq(pictograph, alt(star(seq(one("zwj"), pictograph)), seq(plus(one("tag")), one("tagEnd")))),
        seq(ex_sans_selectors("keyCapBase"), maybe(one("emojiSelector")), ex_sans_selectors("keyCap")),
        seq(ex("regional"), ex("regional")),
    )
    low_lines = star(ex("extendNumLet"))
    # WB8, WB11, WB12, WB13a, WB13b
    digits = seq(ex("numeric"), star(seq(alt(low_lines, ex("midNumeric")), ex("numeric"))))
    number = seq(low_lines, digits, low_lines)
    # WB5 to WB7c, WB9, WB10, WB13
    letters = seq(ex("letter"), star(seq(alt(low_lines, ex("midLetter")), ex("letter"))))
    hebrew = seq(ex("hebrew"), alt(ex("singleQuote"), seq(ex("doubleQuote"), ex("hebrew"))))
    kana = seq(ex("katakana"), star(seq(low_lines, ex("katakana"))))
    run = alt(kana, plus(alt(hebrew, digits, letters)))
    word = seq(low_lines, run, star(seq(plus(ex("extendNumLet")), run)), low_lines)
    return [
        ("emoji", emoji),
        ("number", number),
        ("hangul", plus(ex("hangul"))),
        ("katakana", plus(ex("katakana"))),
        ("word", word),
        ("southEastAsian", plus(ex("complex"))),
        ("ideograph", ex("han")),
        ("hiragana", ex("hiragana")),
    ]


# ---------------------------------------------------------------- expression -> NFA -> DFA -> smallest DFA


class Automaton:
    def __init__(self):
        self.empty, self.moves = defaultdict(set), defaultdict(list)
        self.count = 0

    def state(self):
        self.count += 1
        return self.count - 1

    def add(self, expression, start):
        """Adds `expression` after `start`; returns its end."""
        kind, *parts = expression
        if kind == "set":
            end = self.state()
            self.moves[start].append((parts[0], end))
            return end
        if kind == "seq":
            for part in parts:
                start = self.add(part, start)
            return start
        if kind == "alt":
            end = self.state()
            for part in parts:
                entry = self.state()
                self.empty[start].add(entry)
                self.empty[self.add(part, entry)].add(end)
            return end
        loop = self.state()  # star
        self.empty[start].add(loop)
        self.empty[self.add(parts[0], loop)].add(loop)
        end = self.state()
        self.empty[loop].add(end)
        return end

    def closure(self, states):
        todo, seen = list(states), set(states)
        while todo:
            for follower in self.empty[todo.pop()] - seen:
                seen.add(follower)
                todo.append(follower)
        return frozenset(seen)


def determinize(rules, classes):
    """`classes`: list of frozensets of set names. Returns (rows of next states or None, accepted type or None)."""
    nfa = Automaton()
    start = nfa.state()
    accepts = {}
    for priority, (_, expression) in enumerate(rules):
        entry = nfa.state()
        nfa.empty[start].add(entry)
        accepts[nfa.add(expression, entry)] = priority
    first = nfa.closure({start})
    numbers, order, table = {first: 0}, [first], []
    for current in order:
        row = []
        for names in classes:
            reached = nfa.closure({to for s in current for name, to in nfa.moves[s] if name in names})
            if not reached:
                row.append(None)
                continue
            if reached not in numbers:
                numbers[reached] = len(order)
                order.append(reached)
            row.append(numbers[reached])
        table.append(row)
    accepted = [min((accepts[s] for s in states if s in accepts), default=None) for states in order]
    return minimize(table, accepted)


def minimize(table, accepted):
    """Moore's partition refinement. State 0 stays state 0."""
    group = [(-1 if a is None else a) for a in accepted]
    while True:
        signature = [(group[s], tuple(-2 if t is None else group[t] for t in row)) for s, row in enumerate(table)]
        numbers = {}
        refined = [numbers.setdefault(key, len(numbers)) for key in signature]
        if len(numbers) == len(set(group)):
            break
        group = refined
    small, kinds = {}, {}
    for s, row in enumerate(table):
        small[refined[s]] = [None if t is None else refined[t] for t in row]
        kinds[refined[s]] = accepted[s]
    return [small[i] for i in range(len(small))], [kinds[i] for i in range(len(kinds))]


# ---------------------------------------------------------------- writing


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def runs(values):
    """Run-length code of one small value a code point: value byte, varint length, and so on up to U+10FFFF."""
    out, start = bytearray(), 0
    for point in range(1, len(values) + 1):
        if point == len(values) or values[point] != values[start]:
            out += bytes([values[start]]) + varint(point - start)
            start = point
    return bytes(out)


def literal(data, indent="    "):
    text = base64.b64encode(data).decode()
    lines = [text[i : i + 108] for i in range(0, len(text), 108)]
    return '"""\n' + "".join(f"{indent}{line}\\\n" for line in lines[:-1]) + f'{indent}{lines[-1]}\n{indent}"""'


NOTICE = """// Generated by Tests/TokenizersTests/Golden/lexical-tables.py; do not edit.
// From the Unicode Character Database 15.0.0, (c) 2022 Unicode, Inc., https://www.unicode.org/license.txt
"""


def write_words(ucd, sources):
    sets = word_sets(ucd)
    membership = defaultdict(set)
    for name, points in sets.items():
        for point in points:
            membership[point].add(name)
    numbers = {frozenset(): 0}
    values = [numbers.setdefault(frozenset(membership.get(p, ())), len(numbers)) for p in range(LIMIT)]
    rules = word_rules()
    table, accepted = determinize(rules, list(numbers))
    width = len(numbers)
    # State 0 of the file is "no way on"; the start is state 1.
    flat = bytes(0 for _ in range(width)) + bytes(0 if t is None else t + 1 for row in table for t in row)
    kinds = bytes([0] + [0 if k is None else k + 1 for k in accepted])
    assert len(table) < 255 and width <= 64
    with open(f"{sources}/Lexical/WordBreakTable.swift", "w") as out:
        out.write(f"""{NOTICE}
/// Word classes (Unicode up to 12.1) and the smallest automaton of Lucene's word rules, as base64.
enum WordBreakTable {{
  /// Number of classes; class 0 is "in no rule".
  static let classCount = {width}

  /// Runs of code points: class byte, LEB128 length.
  static let classes =
    {literal(runs(values))}

  /// (state, class) -> next state. Row 0 is the dead state, row 1 the start.
  static let transitions =
    {literal(flat)}

  /// State -> `WordType` that ends here, or 0. Order:
  /// {", ".join(name for name, _ in rules)}.
  static let accepted =
    {literal(kinds)}
}}
""")
    print(f"words: {width} classes, {len(table)} states, {len(runs(values))} bytes of runs")


def write_lower_case(ucd, sources):
    pairs = []
    for line in open(f"{ucd}/UnicodeData.txt", encoding="utf-8"):
        fields = line.split(";")
        if fields[13]:
            pairs.append((int(fields[0], 16), int(fields[13], 16) - int(fields[0], 16)))
    blocks = []  # [first, count, stride, offset]
    for point, offset in pairs:
        if point < 0x80:
            continue
        if blocks and blocks[-1][3] == offset:
            first, count, stride, _ = blocks[-1]
            gap = point - (first + (count - 1) * stride)
            if gap <= 2 and (count == 1 or gap == stride):
                blocks[-1] = [first, count + 1, gap, offset]
                continue
        blocks.append([point, 1, 1, offset])
    data, previous = bytearray(), 0
    for first, count, stride, offset in blocks:
        data += varint(first - previous) + varint(count) + varint(stride)
        data += varint(offset * 2 if offset >= 0 else -offset * 2 - 1)
        previous = first
    with open(f"{sources}/Lexical/LowerCaseTable.swift", "w") as out:
        out.write(f"""{NOTICE}
/// Simple lower-case mappings beyond ASCII, as base64.
enum LowerCaseTable {{
  /// Blocks of LEB128 numbers: first code point minus the previous block's, count, stride (1 or 2), zigzag offset.
  static let blocks =
    {literal(bytes(data))}
}}
""")
    print(f"lower case: {len(blocks)} blocks, {len(data)} bytes")


SENTENCE = "Other CR LF Sep Extend Format Sp Lower Upper OLetter Numeric ATerm SContinue STerm Close".split()


def write_sentences(ucd, sources):
    sb = enumerated(f"{ucd}/auxiliary/SentenceBreakProperty.txt", "Other")
    data = runs([SENTENCE.index(value) for value in sb])
    with open(f"{sources}/Segmentation/SentenceBreakTable.swift", "w") as out:
        out.write(f"""{NOTICE}
/// Sentence_Break, Unicode 15.0, as base64.
enum SentenceBreakTable {{
  /// Runs of code points: `SentenceClass` byte, LEB128 length. Order: {" ".join(SENTENCE)}.
  static let classes =
    {literal(data)}
}}
""".replace("Order: ", "Order:\n  /// "))
    print(f"sentences: {len(data)} bytes of runs")


if __name__ == "__main__":
    if len(sys.argv) != 3 or not os.path.isdir(sys.argv[1]):
        sys.exit(__doc__)
    write_words(*sys.argv[1:])
    write_lower_case(*sys.argv[1:])
    write_sentences(*sys.argv[1:])
