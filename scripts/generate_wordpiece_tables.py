#!/usr/bin/env python3
"""Asks Hugging Face `tokenizers` what BertNormalizer and BertPreTokenizer do with every Unicode scalar value and
writes the answers as Sources/Tokenizers/WordPiece/BertScalarTables.swift.

    pip install 'tokenizers==0.23.*'
    python3 scripts/generate_wordpiece_tables.py [--check]

The library's tables are of different Unicode versions (categories 8.0, decomposition 12, lower case 17), so no one
version of the Unicode Character Database gives the same ids: only its own answers do. Each step is asked alone and
the program stops if the steps, put together again, do not give what the whole normalizer gives.
`--check` writes nothing and fails when the file differs.
"""

import argparse
import hashlib
import pathlib
import sys
import unicodedata

import tokenizers
from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "Sources/Tokenizers/WordPiece/BertScalarTables.swift"
SCALARS = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)
IOTA_BELOW = "\u0345"  # combining class 240, the highest of all and its only member


def bert(**steps):
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return BertNormalizer(**{**off, **steps}).normalize_str


clean, isolate = bert(clean_text=True), bert(handle_chinese_chars=True)
strip, lower, decompose = bert(strip_accents=True), bert(lowercase=True), NFD().normalize_str
pieces = BertPreTokenizer().pre_tokenize_str


def hangul(code):
    """The canonical decomposition of a syllable, Unicode section 3.12."""
    index = code - 0xAC00
    jamo = [0x1100 + index // 588, 0x1161 + index % 588 // 28]
    return jamo + ([0x11A7 + index % 28] if index % 28 else [])


def expect(value, truth):
    if not truth:
        sys.exit(f"the tables' assumptions do not hold for {value!r}")


def ask():
    table = {name: set() for name in ("removed", "blank", "ideographs", "nonspacing", "punctuation", "whitespace")}
    table |= {"decompositions": {}, "lowercase": {}}
    for code in SCALARS:
        scalar = chr(code)
        cleaned = clean(scalar)
        expect(scalar, cleaned in ("", " ", scalar))
        if cleaned != scalar:
            table["removed" if cleaned == "" else "blank"].add(code)
        if isolate(scalar) != scalar:
            expect(scalar, isolate(scalar) == f" {scalar} ")
            table["ideographs"].add(code)
        if (parts := decompose(scalar)) != scalar:
            if code in HANGUL:
                expect(scalar, [ord(c) for c in parts] == hangul(code))
            else:
                table["decompositions"][code] = [ord(c) for c in parts]
        elif (stripped := strip(scalar)) != scalar:
            expect(scalar, stripped == "")
            table["nonspacing"].add(code)
        if (lowered := lower(scalar)) != scalar:
            table["lowercase"][code] = [ord(c) for c in lowered]
        count = len(pieces(f"a{scalar}a"))
        if count > 1:
            table["punctuation" if count == 3 else "whitespace"].add(code)
    expect("hangul", all(decompose(chr(code)) != chr(code) for code in HANGUL))
    table["combining"] = combining_classes()
    return table


def combining_classes():
    """Canonical combining classes, learned from how NFD orders pairs; the numbers are Python's for the same order."""
    marks = [code for code in SCALARS if decompose(chr(code)) == chr(code)]
    marks = [code for code in marks if decompose(IOTA_BELOW + chr(code)) == chr(code) + IOTA_BELOW]
    marks.append(ord(IOTA_BELOW))
    example = {}
    for code in marks:
        example.setdefault(unicodedata.combining(chr(code)), chr(code))
    expect(example, 0 not in example)
    classes = {}
    for code in marks:
        number = unicodedata.combining(chr(code))
        for other, mark in example.items():
            moved = decompose(chr(code) + mark) != chr(code) + mark
            expect(chr(code), moved == (number > other))
        classes[code] = number
    return classes


def verify(table):
    """What the Swift normalizer relies on, and that the steps compose to the whole."""
    classes, drop = table["combining"], table["nonspacing"]
    for code, parts in table["decompositions"].items():
        expect(chr(code), not any(part in table["removed"] or part in table["decompositions"] for part in parts))
    for code in classes:
        expect(chr(code), code in drop or not {code} & (table["removed"] | table["lowercase"].keys() | table["ideographs"]))
    whole = bert(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
    for code in SCALARS:
        if code in table["removed"] or code in table["blank"]:
            expected = "" if code in table["removed"] else " "
        else:
            parts = hangul(code) if code in HANGUL else table["decompositions"].get(code, [code])
            kept = [out for part in parts if part not in drop for out in table["lowercase"].get(part, [part])]
            expected = "".join(map(chr, kept))
            if code in table["ideographs"]:
                expected = f" {expected} "
        expect(chr(code), whole(chr(code)) == expected)


def ranges(codes):
    """[(first, count)] of consecutive codes; surrogates, which cannot be asked, do not end a range."""
    result = []
    for code in sorted(codes):
        if result and (code == sum(result[-1]) or (sum(result[-1]) == 0xD800 and code == 0xE000)):
            result[-1] = (result[-1][0], code + 1 - result[-1][0])
        else:
            result.append((code, 1))
    return result


def set_words(codes):
    """`gap.count` in hexadecimal, the gap from the end of the range before; `.count` is left out when 1."""
    position = 0
    for first, count in ranges(codes):
        yield f"{first - position:x}" + (f".{count:x}" if count > 1 else "")
        position = first + count


def map_words(entries):
    """`gap:scalar+scalar` in hexadecimal, the gap from the entry before, left out when 1."""
    position = 0
    for code, parts in sorted(entries.items()):
        gap = code - position
        yield ("" if gap == 1 else f"{gap:x}") + ":" + "+".join(f"{part:x}" for part in parts)
        position = code


def literal(name, comment, words):
    lines, line = [], "   "
    for word in words:
        if len(line) + 1 + len(word) > 118:
            lines.append(line)
            line = "   "
        line += " " + word
    lines.append(line)
    return f"  /// {comment}\n  static let {name} = \"\"\"\n" + "\n".join(lines) + "\n    \"\"\"\n"


def source(table):
    combining = {code: [number] for code, number in table["combining"].items() if code not in table["nonspacing"]}
    boundaries = table["nonspacing"] - table["combining"].keys()
    parts = [
        literal("removed", "Scalars that `clean_text` takes out.", set_words(table["removed"])),
        literal("blank", "Scalars that `clean_text` turns into a space.", set_words(table["blank"])),
        literal("ideographs", "Scalars that `handle_chinese_chars` sets apart.", set_words(table["ideographs"])),
        literal("nonspacing", "Scalars that `strip_accents` takes out after decomposition.", set_words(table["nonspacing"])),
        literal("nonspacingStarters", "Those of `nonspacing` whose combining class is 0.", set_words(boundaries)),
        literal("combiningClasses", "Combining classes other than 0 of scalars that stripping keeps.", map_words(combining)),
        literal("punctuation", "Scalars that are words of their own.", set_words(table["punctuation"])),
        literal("whitespace", "Scalars that end words.", set_words(table["whitespace"])),
        literal("decompositions", "Full canonical decompositions; Hangul syllables are computed.", map_words(table["decompositions"])),
        literal("lowercase", "Lower case, scalar by scalar.", map_words(table["lowercase"])),
    ]
    digest = hashlib.sha256("".join(parts).encode()).hexdigest()
    return (
        f"// Generated by scripts/generate_wordpiece_tables.py from Hugging Face tokenizers {tokenizers.__version__}. Do not edit.\n"
        "// swift-format-ignore-file\n\n"
        "/// What Hugging Face's BertNormalizer and BertPreTokenizer do with each Unicode scalar value, as text that\n"
        "/// `BertScalarProperties` decodes. A set is `gap.count` words, a map `gap:scalar+scalar` words, all hexadecimal.\n"
        "enum BertScalarTables {\n" + "\n".join(parts) + "\n"
        f"  /// Changes when anything above does.\n  static let digest = \"{digest}\"\n}}\n"
    )


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    arguments.add_argument("--check", action="store_true", help="fail when the committed file differs")
    options = arguments.parse_args()
    table = ask()
    verify(table)
    text = source(table)
    if not options.check:
        OUTPUT.write_text(text)
    elif OUTPUT.read_text() != text:
        sys.exit(f"{OUTPUT} differs from what tokenizers {tokenizers.__version__} gives")
    print({name: len(values) for name, values in table.items()}, len(text), "bytes")


if __name__ == "__main__":
    main()
