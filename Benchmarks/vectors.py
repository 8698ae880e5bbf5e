"""Encoded vectors for the rows about indexes: SPLADE-tiny's by our own encoder where the model is installed (the row
`splade` compares it with fp32), else BM25's over WordPieces.

`make` writes OUT.vectors (see VectorFile in Benchmarks/runner/PostingsRow.swift) and OUT.queries (`term weight ...` a line).
Impacts are 8 bits.
"""
import collections
import math
import os
import tempfile

import numpy as np

import engines
from bench import Ours

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def texts_of(path, limit=None):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t", 1)[1] for line in file][:limit]


def splade(texts, folder, threads):
    """(ids, weights) of each text."""
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "texts.tsv")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{number}\t{text}\n" for number, text in enumerate(texts))
        ours = Ours("encode", "--model", folder, "--input", path, "--as", "sparse", "--precision", "fp32", "--threads",
                    threads)
        ours.run()
        ours.dump(os.path.join(scratch, "vectors"))
        ours.close()
        return dumped(os.path.join(scratch, "vectors"), len(texts))


def dumped(path, count):
    """(ids, weights) of each text, as `bigrain-bench encode` dumps them."""
    data, at, rows = np.fromfile(path, "<u4"), 0, []
    for _ in range(count):
        entries = int(data[at])
        rows.append((data[at + 1:at + 1 + entries].astype(int),
                     data[at + 1 + entries:at + 1 + 2 * entries].view("<f4")))
        at += 1 + 2 * entries
    return rows


def bm25(texts, queries):
    import tokenizers
    tokenizer = tokenizers.BertWordPieceTokenizer(os.path.join(ROOT, "data", "models", "tilde-tiny", "vocab.txt"))
    ids = [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
    frequency = collections.Counter(i for row in ids for i in set(row))
    mean = sum(map(len, ids)) / len(ids)
    rows = []
    for row in ids:
        counts = sorted(collections.Counter(row).items())
        rows.append((np.array([i for i, _ in counts], int), np.array([
            math.log(1 + (len(ids) - frequency[i] + .5) / (frequency[i] + .5)) * n * 2.2
            / (n + 1.2 * (.25 + .75 * len(row) / mean)) for i, n in counts])))
    asked = [sorted(collections.Counter(e.ids).items()) for e in tokenizer.encode_batch(queries, add_special_tokens=False)]
    return rows, [(np.array([i for i, _ in q], int), np.array([float(n) for _, n in q])) for q in asked]


def make(collection, queries, out, limit, kind, threads):
    texts, asked = texts_of(collection, limit), [text for path in queries for text in texts_of(path)]
    if kind == "splade":
        folder = engines.model_folder("splade-tiny")
        rows, weighed = splade(texts, folder, threads), splade(asked, folder, threads)
    else:
        rows, weighed = bm25(texts, asked)
    top = max(float(weights.max()) for _, weights in rows if len(weights))
    impacts = [np.rint(weights / top * 255).astype("<u2") for _, weights in rows]
    kept = [impact > 0 for impact in impacts]
    offsets = np.cumsum([0] + [int(k.sum()) for k in kept]).astype("<u4")
    with open(out + ".vectors.tmp", "wb") as file:
        file.write(np.array([len(rows), 30522, offsets[-1]], "<u4").tobytes() + offsets.tobytes())
        file.write(np.concatenate([ids[k] for (ids, _), k in zip(rows, kept)]).astype("<u4").tobytes())
        file.write(np.concatenate([impact[k] for impact, k in zip(impacts, kept)]).tobytes())
    most = max(float(weights.max()) for _, weights in weighed if len(weights))
    with open(out + ".queries.tmp", "w") as file:
        for ids, weights in weighed:
            whole = np.rint(weights / most * 255).astype(int)
            print(*(f"t{i} {w}" for i, w in zip(ids, whole) if w > 0), file=file)
    os.replace(out + ".queries.tmp", out + ".queries")
    os.replace(out + ".vectors.tmp", out + ".vectors")


def load(path):
    """offsets, terms, impacts."""
    data = np.fromfile(path, "<u4", 3)
    documents, _, postings = map(int, data)
    offsets = np.fromfile(path, "<u4", documents + 1, offset=12)
    terms = np.fromfile(path, "<u4", postings, offset=12 + 4 * (documents + 1))
    impacts = np.fromfile(path, "<u2", postings, offset=12 + 4 * (documents + 1 + postings))
    return offsets, terms, impacts
