#!/usr/bin/env python3
"""Copies Unicode's break tests without their comments (but with their notice).

    segmentation-unicode.py UNICODE_DATA     writes lexical-wordbreak.txt and segmentation-sentencebreak.txt here

UNICODE_DATA is a folder with the Unicode Character Database 15.0 (Debian: package `unicode-data`). The samples are
unchanged: code points in hexadecimal, `\u00f7` where there is a break, `\u00d7` where there is none.
"""

import os
import sys


def copy(source, target):
    lines = open(source, encoding="utf-8").read().split("\n")
    notice = [line for line in lines[:6] if line.startswith("#")]
    notice += ["# Permission to copy and modify: https://www.unicode.org/license.txt", "# Modified: comments left out."]
    samples = [line.split("#")[0].strip() for line in lines]
    open(target, "w", encoding="utf-8").write("\n".join(notice + [s for s in samples if s]) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = os.path.dirname(os.path.abspath(__file__))
    copy(f"{sys.argv[1]}/auxiliary/WordBreakTest.txt", f"{here}/lexical-wordbreak.txt")
    copy(f"{sys.argv[1]}/auxiliary/SentenceBreakTest.txt", f"{here}/segmentation-sentencebreak.txt")
