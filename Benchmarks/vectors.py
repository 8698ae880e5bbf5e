"""Encoded vectors for the rows about indexes: SPLADE-tiny's where it is installed, else BM25's over WordPieces.

    python3 Benchmarks/vectors.py COLLECTION.tsv QUERIES.tsv OUT [--limit N]

Writes OUT.vectors (see VectorFile in Benchmarks/runner/PostingsRow.swift) and OUT.queries (`term weight ...` a line).
Impacts are 8 bits.
"""
import collections
import importlib.util
import math
import os
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def texts_of(path, limit=None):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t", 1)[1] for line in file][:limit]


def splade_folder():
    found = os.environ.get("BIGRAIN_SPLADE")
    spec = importlib.util.find_spec("cognition") if not found else None
    if spec and spec.submodule_search_locations:
        found = os.path.join(list(spec.submodule_search_locations)[0], "model")
    return found if found and os.path.exists(os.path.join(found, "model.safetensors")) else None


def splade(texts, folder, length=256):
    """(ids, weights) of each text, by transformers: what bigrain's own encoder is tested against."""
    import torch
    import transformers
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    results = [None] * len(texts)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    with torch.inference_mode():
        for start in range(0, len(order), 16):
            part = order[start:start + 16]
            batch = tokenizer([texts[i] for i in part], padding=True, truncation=True, max_length=length,
                              return_tensors="pt")
            logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
            logits.masked_fill_(batch["attention_mask"].unsqueeze(-1) == 0, 0)
            weights = torch.log1p(torch.relu(logits.amax(1))).numpy()
            for row, i in enumerate(part):
                ids = np.flatnonzero(weights[row])
                results[i] = (ids, weights[row, ids])
    return results


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


def make(collection, queries, out, limit=None):
    texts, asked = texts_of(collection, limit), [text for path in queries for text in texts_of(path)]
    folder = splade_folder()
    if folder:
        rows, weighed = splade(texts, folder), splade(asked, folder)
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


if __name__ == "__main__":
    limit = int(sys.argv[sys.argv.index("--limit") + 1]) if "--limit" in sys.argv else None
    make(sys.argv[1], sys.argv[2].split(","), sys.argv[3], limit)
