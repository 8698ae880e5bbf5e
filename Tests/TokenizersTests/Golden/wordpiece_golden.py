#!/usr/bin/env python3
"""Writes the golden files of the WordPiece tests with Hugging Face `tokenizers` 0.23:

    pip install 'tokenizers==0.23.*'
    python3 Tests/TokenizersTests/Golden/wordpiece_golden.py

wordpiece-vocab.txt     entries that tell normalized scalars apart: nearly every scalar of the strings has its own id
wordpiece-strings.jsonl {"text", "uncased", "cased", ...}: the ids of hard strings, without special tokens around.
                        Options that are left out give the ids of "uncased"; others than "cased" are asked
                        for every third string only
wordpiece-scalars.jsonl {"options", "digests"}: for each 4,096 code points, FNV-1a 64 (hexadecimal) of the words that
                        `x` + scalar + `y` makes, for every scalar: words joined by U+001F, ended by U+001E
wordpiece-collections.jsonl {"collection", "ids", "digest"}: of real collections in a `shared` folder beside this
                        repository (or in BIGRAIN_SHARED) with its model tilde-tiny: the number of ids, special tokens
                        around each text included, and FNV-1a 64 of them as decimal words, each ended by a space;
                        left alone when there is no such folder
"""

import json
import os
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "scripts"))

from hard_strings import SPECIALS, Mixer, written  # noqa: E402
from tokenizers import BertWordPieceTokenizer, Tokenizer  # noqa: E402
from tokenizers.models import WordPiece  # noqa: E402
from tokenizers.normalizers import BertNormalizer  # noqa: E402
from tokenizers.pre_tokenizers import BertPreTokenizer  # noqa: E402

SEED = 20260101
OPTIONS = {
    "uncased": {},
    "cased": {"lowercase": False},
    "accents": {"strip_accents": False},
    "stripped": {"lowercase": False, "strip_accents": True},
    "uncleaned": {"clean_text": False, "handle_chinese_chars": False},
}
WORDS = "the of in un ##able affable retrieval Index passage über naïve Ångström ΟΔΥΣΣΕΥΣ İstanbul straße ﬁne 東京 한국 日本語 привет".split()


def normalizer(options):
    return BertNormalizer(**{"lowercase": True, **options})


def words(normalize, split, text):
    return [word for word, _ in split(normalize(text))]


def vocabulary(strings):
    """The scalars of the normalized words, nine of ten, alone and as continuations, and some of their substrings."""
    chance = random.Random(SEED)
    split = BertPreTokenizer().pre_tokenize_str
    entries = set()
    for options in OPTIONS.values():
        normalize = normalizer(options).normalize_str
        for text in strings:
            for word in words(normalize, split, text):
                entries.update(piece for scalar in word for piece in (scalar, "##" + scalar))
                start, length = chance.randrange(len(word)), chance.randrange(2, 5)
                if chance.random() < 0.3:
                    entries.add(("##" if start else "") + word[start : start + length])
    kept = [entry for entry in sorted(entries) if entry == entry.rstrip() and "\n" not in entry and "\r" not in entry]
    return SPECIALS + [entry for entry in kept if entry not in SPECIALS and chance.random() < 0.9]


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def digests(options):
    normalize, split = normalizer(options).normalize_str, BertPreTokenizer().pre_tokenize_str
    for start in range(0, 0x110000, 4096):
        scalars = (chr(code) for code in range(start, start + 4096) if not 0xD800 <= code < 0xE000)
        yield fnv("".join("\x1f".join(words(normalize, split, f"x{scalar}y")) + "\x1e" for scalar in scalars).encode())


def collections(shared):
    """The ids of whole collections, hashed: their texts are not ours to copy."""
    tokenizer = BertWordPieceTokenizer(str(shared / "models/tilde-tiny/vocab.txt"))
    for name in ("cranfield", "msmarco-dl19", "vaswani"):
        records = (shared / "data" / name / "collection.tsv").read_bytes().decode().split("\n")
        texts = [record.partition("\t")[2] for record in records if record]
        ids = [identifier for encoding in tokenizer.encode_batch(texts) for identifier in encoding.ids]
        yield {"collection": name, "ids": len(ids), "digest": fnv("".join(f"{i} " for i in ids).encode())}


def main():
    mixer = Mixer(SEED, WORDS)
    strings = written() + ["a\tb\nc\r\nd\r", "\n\t "] + [mixer.string() for _ in range(1150)]
    entries = vocabulary(strings)
    (HERE / "wordpiece-vocab.txt").write_bytes("".join(entry + "\n" for entry in entries).encode())
    answers = [{"text": text} for text in strings]
    for name, options in OPTIONS.items():
        tokenizer = Tokenizer(WordPiece({entry: index for index, entry in enumerate(entries)}, unk_token="[UNK]"))
        tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer(options), BertPreTokenizer()
        tokenizer.add_special_tokens(SPECIALS)
        for answer in answers if name in ("uncased", "cased") else answers[::3]:
            ids = tokenizer.encode(answer["text"], add_special_tokens=False).ids
            if ids != answer.get("uncased"):
                answer[name] = ids
    compact = {"separators": (",", ":")}
    (HERE / "wordpiece-strings.jsonl").write_text("".join(json.dumps(answer, **compact) + "\n" for answer in answers))
    lines = (json.dumps({"options": name, "digests": list(digests(options))}, **compact) for name, options in OPTIONS.items())
    (HERE / "wordpiece-scalars.jsonl").write_text("".join(line + "\n" for line in lines))
    shared = pathlib.Path(os.environ.get("BIGRAIN_SHARED", HERE.parents[3] / "shared"))
    if shared.exists():
        lines = (json.dumps(line, **compact) for line in collections(shared))
        (HERE / "wordpiece-collections.jsonl").write_text("".join(line + "\n" for line in lines))
    print(len(strings), "strings,", len(entries), "entries")


if __name__ == "__main__":
    main()
