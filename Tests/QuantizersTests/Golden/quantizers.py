"""Writes quantizers.json: what faiss and ColBERTv2's rules give on samples that QuantizersTests makes again.

    pip install faiss-cpu torch numpy && python quantizers.py

faiss trains OPQ<parts>,PQ<parts>x<bits> with its defaults; the file has the mean squared error of the sample. The
residual codec follows colbert/indexing/codecs/residual.py and collection_indexer.py on given centroids.
"""
import json
import pathlib

import faiss
import numpy as np
import torch

MASK = (1 << 64) - 1


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def signed(self):
        return (self.next() >> 11) * 2.0**-52 - 1


def sample(count, dimension, seed):
    """Vectors around 20 directions, with axes that matter less and less, mixed by a matrix."""
    random = SplitMix(seed)
    mix = np.array([[random.signed() for _ in range(dimension)] for _ in range(dimension)])
    centers = np.array([[random.signed() for _ in range(dimension)] for _ in range(20)])
    fade = np.array([0.9**axis for axis in range(dimension)])
    rows = []
    for row in range(count):
        noise = np.array([random.signed() for _ in range(dimension)])
        rows.append((centers[row % 20] + 0.5 * noise) * fade)
    return (np.array(rows) @ mix).astype(np.float32)


def products():
    cases = []
    for count, dimension, parts, bits in [(4000, 32, 8, 4), (6000, 24, 6, 6), (3000, 32, 4, 8)]:
        x = sample(count, dimension, 7)
        errors = {}
        opq = faiss.OPQMatrix(dimension, parts)
        opq.pq = faiss.ProductQuantizer(dimension, parts, bits)
        opq.train(x)
        for name, y in [("rotated", opq.apply(x)), ("plain", x)]:
            pq = faiss.ProductQuantizer(dimension, parts, bits)
            pq.train(y)
            errors[name] = float(((y - pq.decode(pq.compute_codes(y))) ** 2).sum(1).mean())
        cases.append({"count": count, "dimension": dimension, "parts": parts, "bits": bits, **errors})
    return cases


def residual(bits):
    dimension, count = 16, 60
    vectors = torch.nn.functional.normalize(torch.tensor(sample(count, dimension, 11)), dim=1)
    centroids = torch.nn.functional.normalize(vectors[:5].clone(), dim=1)
    codes = (centroids @ vectors.T).max(dim=0).indices
    residuals = vectors - centroids[codes]
    options = 2**bits
    quantiles = torch.arange(0, options) * (1 / options)
    cutoffs = residuals.flatten().quantile(quantiles[1:])
    weights = residuals.flatten().quantile(quantiles + 0.5 / options)
    buckets = torch.bucketize(residuals, cutoffs).to(torch.uint8)
    binary = (buckets.unsqueeze(-1) >> torch.arange(bits, dtype=torch.uint8)) & 1
    packed = np.packbits(binary.numpy().reshape(count, -1), axis=1)
    decoded = torch.nn.functional.normalize(centroids[codes] + weights[buckets.long()], dim=1)
    return {
        "bits": bits, "dimension": dimension, "vectors": vectors.flatten().tolist(),
        "centroids": centroids.flatten().tolist(), "cutoffs": cutoffs.tolist(), "weights": weights.tolist(),
        "codes": codes.tolist(), "packed": packed.flatten().tolist(), "decoded": decoded.flatten().tolist(),
    }


if __name__ == "__main__":
    faiss.omp_set_num_threads(2)
    golden = {"products": products(), "residuals": [residual(bits) for bits in (1, 2, 4)]}

    def rounded(value):
        if isinstance(value, float):
            return float(np.float32(value))
        if isinstance(value, list):
            return [rounded(v) for v in value]
        return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value

    path = pathlib.Path(__file__).with_name("quantizers.json")
    path.write_text(json.dumps(rounded(golden), separators=(",", ":")) + "\n")
