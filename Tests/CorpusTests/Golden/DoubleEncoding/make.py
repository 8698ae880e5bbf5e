#!/usr/bin/env python3
"""Writes pairs.tsv: `damaged TAB repaired`, by the rule as ir_datasets' MS MARCO loader states it, in three passes.

For windows of 4, then 3, then 2 characters, from left to right: if one of them lies in U+0080...U+00FF and the window,
encoded as Latin-1 and decoded as UTF-8, is one character, that character replaces it; go on one character further.
"""
import pathlib, random


def repaired(text):
    for size in (4, 3, 2):
        position = 0
        while position + size <= len(text):
            window = text[position : position + size]
            if any("\x80" <= character <= "\xff" for character in window):
                try:
                    fixed = window.encode("latin1").decode("utf8")
                    if len(fixed) == 1:
                        text = text[:position] + fixed + text[position + size :]
                except UnicodeError:
                    pass
            position += 1
    return text


def damaged(text):
    return text.encode("utf8").decode("latin1")


source = random.Random(2)
pairs = []
samples = ["café", "naïve – “quoted”", "100 µm ± 5 %", "日本語", "𝔘nicode 😀", "Ã", "â€™", "½ cup", "Ångström", "e\u0301"]
letters = "aZ é è ß ½ µ ± “ ” – € 日 😀 Ã Â â ð \xa0 \xc2 \xc3 \xe2 \x80 \x85 \x99 \x9f \xbf \xf0 \xf4 \xc0 \xed \xa0".split(" ")
for sample in samples:
    pairs += [sample, damaged(sample), damaged(damaged(sample)), f"{sample} {damaged(sample)} {sample}"]
for _ in range(3000):
    parts = [source.choice(letters) for _ in range(source.randint(1, 12))]
    pairs.append("".join(damaged(part) if source.random() < 0.5 else part for part in parts))
for _ in range(1000):
    pairs.append("".join(chr(source.randint(0x7E, 0x101)) for _ in range(source.randint(1, 12))))
pairs = [pair for pair in pairs if not set(pair) & set("\t\n")]
lines = [f"{pair}\t{repaired(pair)}\n".encode() for pair in pairs]
(pathlib.Path(__file__).parent / "pairs.tsv").write_bytes(b"".join(lines))
