#!/usr/bin/env python3
"""Asks ICU (PyICU; made with ICU 72, Unicode 15.0) where sentences end.

    segmentation-icu.py [COUNT [SEED]]     escaped text TAB break offsets in UTF-16 units

Escaped as in lexical-strings.py.
"""

import importlib.util
import os
import random
import sys

import icu

here = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("strings", f"{here}/lexical-strings.py")
strings = importlib.util.module_from_spec(spec)
spec.loader.exec_module(strings)

FIXED = [
    "Dr. Smith went home. He slept.  Then (he said) \"Wake up!\" \u2026 and left.\nNew line. 3.14 is pi. U.S.A. is.",
    "He said \u201cNo.\u201d She left. (Why?) Nobody knows... really. e.g. this. Mr. No. 5 came, etc. and so on!",
    "\u4f60\u597d\u3002\u518d\u89c1\uff01\u304f\u3055\uff1f\u306f\u3044\u3002 What?! Yes.\r\n\r\nParagraph two.\u2029Three. \u2028Four",
]
POOLS = ["abc", "ABC", "123", ".", ".!?\u3002\uff01", " \t\u00a0", ")\"'\u201d\u2019]", "\n\r\u0085\u2028\u2029", ",;:-\u2014",
    "\u05d0\u4e00\u0e01", "\u0300\u00ad\u200d\u200b", "\u01c5\u00e9\u00c9\u0130", "\U0001f600\U0001d400\U00010400"]


def sample(rng):
    pools = rng.choices(POOLS, k=rng.randint(2, 9))
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 40)))


if __name__ == "__main__":
    count, seed = (list(map(int, sys.argv[1:])) + [500, 15][len(sys.argv) - 1 :])[:2]
    rng = random.Random(seed)
    iterator = icu.BreakIterator.createSentenceInstance(icu.Locale.getRoot())
    for text in FIXED + [sample(rng) for _ in range(count)]:
        iterator.setText(text)
        print(strings.escape(text), " ".join(map(str, iterator)), sep="\t")
