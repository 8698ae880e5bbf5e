"""Strings that tokenizers disagree about: written ones, and seeded mixtures of every Unicode scalar value."""

import random
import unicodedata

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SURROGATES = range(0xD800, 0xE000)


def written():
    """Cases with a name in the literature of tokenizer bugs, one string each."""
    strings = ["", " ", "a", "[CLS]", "a[MASK]b", "[[SEP]]", "[cls]", "[MASK", "[MA[SEP]SK]", "[unused0]", "##ing", "a##b"]
    strings += ["x" * count for count in (99, 100, 101, 1000)]
    strings += ["\u00e9" * count for count in (99, 100, 101)] + ["e\u0301" * count for count in (50, 100, 101)]
    strings += ["\uac01" * count for count in (33, 34, 40)] + ["\uac00" * 50, "\uac00" * 51, "un" + "affable" * 14]
    strings += ["\u03a3\u0391\u03a3 \u03a3. \u03c3\u03c2", "\u0130stanbul \u0131 I\u0307", "\u1e9e\u00df \ufb01 \u0149", "\u0344\u0308\u0301"]
    strings += ["\u2260\u226e\u226f = \u037e; \u1fef` \u2000\u2001 \u212b\u2126\u212a", "\u3131\u1100\u1161\u11a8\uac01 \u3042\u304c\u30d1\u30fb\u3099"]
    strings += ["a\u00adb\u200bc\u200dd\ufeffe\u2060f\u202eg\u0000h\ufffdi\ue000j\u0085k\u000bl\u000cm\u001cn", "a\u00a0b\u1680c\u2003d\u2028e\u2029f\u202fg\u205fh\u3000i\rj"]
    strings += ["\u4e2d\u6587abc\u4e2d", "\uf900\ufa0e\ufa1f\ufad9", "\U0002f800\U0002f81f", "\U0002b81f\U0002b820\U0002b91f\U0002b920", "\U00030000\U00031350 \u3400\u4dc0\u9fff\ua000"]
    strings += ["\U0001f468\u200d\U0001f469\u200d\U0001f467\ufe0f \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd", "\u166d\u1734 \U0001e922\U00010400\u13a0\uab70 \u10a0\u1c90"]
    strings += ["\U0001d15e\U0001d160\U0001d1bb \U0001d165\u0301\U0001d16e", "\u302e\u0323\u302f\u3042\u302f\u034f\u302e", "\u1b44\u0301\U00011938\u0f73\u0f71\u0f72", "\u1b35\u302e\u094d\u093c"]
    strings += ["don't U.S.A. 3.14 a-b_c d@e.f #1 $2 %3 ^4 &5 *6 (7) {8} |9| ~0 `x` <y> \"z\"", "\u2018q\u2019 \u201cr\u201d \u2014 \u2026 \u20ac5 \u00b0C \u00bd \u00b2 \u2122 \u00a9 \u00d7 \u2192"]
    strings += ["\U0010ffff\ufdd0\u0378\U000e0001\U000f0000", "\u08e2\U000110cd\U00013430\U00013438\u0600\u06dd\u070f\u180e"]
    return strings


class Mixer:
    """Seeded strings over pools of scalars; `words` are real words to cut and mix in."""

    def __init__(self, seed, words):
        self.random = random.Random(seed)
        self.words = words
        scalars = [code for code in range(0x110000) if code not in SURROGATES]
        categories = {}
        for code in scalars:
            categories.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
        self.every = [chr(code) for code in scalars]
        self.categories = list(categories.values())
        self.marks = categories["Mn"] + categories["Mc"] + categories["Me"]
        self.ordered = [c for c in self.every if unicodedata.combining(c)]
        self.composed = [c for c in self.every if unicodedata.decomposition(c) and not unicodedata.decomposition(c).startswith("<")]
        self.spaces = categories["Zs"] + list("\r\x0b\x0c\x1c\x85\u2028\u2029")
        self.removed = categories["Cc"] + categories["Cf"] + ["\ufffd", "\ue000"]

    def piece(self):
        kind = self.random.randrange(12)
        choose = self.random.choice
        if kind <= 2:
            return choose(self.words)
        if kind == 3:
            word = choose(self.words)
            return choose([word.upper(), word.title(), word[: self.random.randrange(len(word) + 1)]])
        if kind == 4:
            return chr(self.random.randrange(0x20, 0x7F))
        if kind == 5:
            return choose(choose(self.categories))
        if kind == 6:
            return choose(self.marks) + choose(self.ordered)
        if kind == 7:
            return choose(self.composed)
        if kind == 8:
            return chr(self.random.randrange(0xAC00, 0xD7A4)) if self.random.random() < 0.5 else chr(self.random.randrange(0x1100, 0x1200))
        if kind == 9:
            return choose(self.spaces)
        if kind == 10:
            return choose(self.removed)
        return choose(SPECIALS) if self.random.random() < 0.3 else choose(self.every)

    def string(self):
        pieces = [self.piece() for _ in range(self.random.randrange(1, 24))]
        if self.random.random() < 0.3:
            pieces = [part for piece in pieces for part in (piece, " ")]
        if self.random.random() < 0.03:
            pieces *= 12
        return "".join(pieces)

    def strings(self, count):
        return [self.string() for _ in range(count)]

    def every_scalar(self, length=12):
        """Strings that together hold each scalar value once, in random order, between pieces."""
        order = self.every[:]
        self.random.shuffle(order)
        for start in range(0, len(order), length):
            yield "".join(c + (self.piece() if self.random.random() < 0.3 else "") for c in order[start : start + length])


def one_line(text):
    """`text` as a field of a TSV record can hold it: no tab, no line feed, no carriage return at the end."""
    text = text.replace("\t", " ").replace("\n", " ")
    return text[:-1] + " " if text.endswith("\r") else text
