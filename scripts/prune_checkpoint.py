#!/usr/bin/env python3
"""Prunes blocks of a BERT or DistilBERT checkpoint's weights by magnitude, to measure block-sparse products.

    prune_checkpoint.py MODEL OUT --sparsity 0.8 --block 4x1

Every matrix of the encoder's layers (attention and feed-forward, not embeddings, not heads) loses the share SPARSITY of
its blocks: those with the smallest sum of squares. A block is OUTPUTSxINPUTS; 4x16 stands for 16 outputs and 4 inputs.
Nothing is trained afterwards: the copy is for measuring speed and for testing, not for searching.
Needs numpy and safetensors.
"""
import argparse
import re
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

LAYER = re.compile(r"(encoder|transformer)\.layer\.\d+\..*\.weight$")
BLOCKS = {"4x1": (4, 1), "1x4": (1, 4), "4x16": (16, 4)}


def prune(weights: np.ndarray, sparsity: float, rows: int, columns: int) -> np.ndarray:
    outputs, inputs = weights.shape
    padded = np.zeros((-(-outputs // rows) * rows, -(-inputs // columns) * columns), weights.dtype)
    padded[:outputs, :inputs] = weights
    blocks = padded.reshape(padded.shape[0] // rows, rows, padded.shape[1] // columns, columns)
    energy = (blocks.astype(np.float64) ** 2).sum(axis=(1, 3))
    drop = np.argsort(energy, axis=None)[: int(round(sparsity * energy.size))]
    keep = np.ones(energy.size, bool)
    keep[drop] = False
    blocks *= keep.reshape(energy.shape)[:, None, :, None].astype(weights.dtype)
    return np.ascontiguousarray(padded[:outputs, :inputs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sparsity", type=float, default=0.8)
    parser.add_argument("--block", choices=BLOCKS, default="4x1")
    options = parser.parse_args()
    shutil.copytree(options.model, options.out, dirs_exist_ok=True)
    tensors = load_file(options.model / "model.safetensors")
    pruned, zeros, total = 0, 0, 0
    for name, value in tensors.items():
        if LAYER.search(name) and value.ndim == 2:
            tensors[name] = prune(value, options.sparsity, *BLOCKS[options.block])
            pruned += 1
            zeros += int((tensors[name] == 0).sum())
            total += value.size
    if not pruned:
        raise SystemExit(f"{options.model}: no encoder layers found")
    save_file(tensors, options.out / "model.safetensors", metadata={"format": "pt"})
    print(f"{pruned} matrices pruned, {zeros / total:.1%} of {total} weights are zero: {options.out}")


if __name__ == "__main__":
    main()
