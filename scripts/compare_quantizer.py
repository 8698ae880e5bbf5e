#!/usr/bin/env python3
"""Compares a quantizer of an index with faiss's OPQ and PQ on the same vectors: error, orthogonality, recall.

    compare_quantizer.py INDEX/current/quantizer vectors.npy [queries.npy] [--train]

vectors.npy: (count, dimension) floats, those that the index has. Without --train faiss is not trained, only ours is
measured. Needs numpy, and faiss-cpu for --train.
"""
import struct
import sys
import time

import numpy as np


def sections(path):
    data = open(path, "rb").read()
    offset, count = struct.unpack_from("<QI", data, len(data) - 32)
    for index in range(count):
        name, start, length = struct.unpack_from("<16sQQ", data, offset + 40 * index)
        yield name.rstrip(b"\0").decode(), data[start : start + length]


def read(path):
    parts = dict(sections(path))
    dimension, m, bits = struct.unpack("<III", parts["summary"])
    rotation = np.frombuffer(parts["rotation"], "<f4").reshape(dimension, dimension)
    return rotation, np.frombuffer(parts["codebooks"], "<f4").reshape(m, 1 << bits, dimension // m)


def decode(rotated, books):
    m, _, length = books.shape
    out = np.empty_like(rotated)
    for part in range(m):
        x = rotated[:, part * length : (part + 1) * length]
        distances = (books[part] ** 2).sum(1)[None] - 2 * x @ books[part].T
        out[:, part * length : (part + 1) * length] = books[part][distances.argmin(1)]
    return out


def report(name, x, queries, rotation, rotated_decoded):
    rotated = x @ rotation.T
    error = ((rotated - rotated_decoded) ** 2).sum(1).mean()
    orthogonality = abs(rotation.astype("f8") @ rotation.T.astype("f8") - np.eye(len(rotation))).max()
    line = f"{name}: error {error:.6f}, |R R^T - I| {orthogonality:.1e}"
    if queries is not None:
        best = np.argsort(-(queries @ x.T), 1, kind="stable")[:, :10]
        coarse = (queries @ rotation.T) @ rotated_decoded.T
        for k in (100, 1000):
            found = np.argsort(-coarse, 1, kind="stable")[:, :k]
            recall = np.mean([len(set(b) & set(f)) / 10 for b, f in zip(best, found)])
            line += f", recall of the top 10 in {k}: {recall:.4f}"
    print(line)
    return error


def main():
    files = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    rotation, books = read(files[0])
    x = np.load(files[1]).astype("f4")
    queries = np.load(files[2]).astype("f4") if len(files) > 2 else None
    ours = report("bigrain", x, queries, rotation, decode(x @ rotation.T, books))
    if "--train" not in sys.argv:
        return
    import faiss

    m, clusters, _ = books.shape
    start = time.time()
    opq = faiss.OPQMatrix(x.shape[1], m)
    opq.pq = faiss.ProductQuantizer(x.shape[1], m, clusters.bit_length() - 1)
    opq.train(x)
    pq = faiss.ProductQuantizer(x.shape[1], m, clusters.bit_length() - 1)
    pq.train(opq.apply(x))
    print(f"faiss trained in {time.time() - start:.1f} s")
    matrix = faiss.vector_to_array(opq.A).reshape(x.shape[1], x.shape[1])
    theirs = report("faiss", x, queries, matrix, pq.decode(pq.compute_codes(opq.apply(x))))
    print(f"error over faiss's: {ours / theirs:.4f}")


if __name__ == "__main__":
    main()
