#!/usr/bin/env python3
"""Makes `real.safetensors`: what sentence-transformers computes (in fp32) for six texts.

    real.py ALL-MINILM-L6-V2 DENSE-TINY      needs torch, sentence-transformers, safetensors

The texts stand in `RealModelTests.swift` too.
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

TEXTS = [
    "The weather is lovely today.",
    "It's so sunny outside!",
    "He drove to the stadium.",
    "",
    "Naïve café in München: 東京 and ﬁne-grained retrieval, e.g. BM25 + dense (top-1000)",
    " ".join(f"word{index} is followed by {index * 7919 % 1000}" for index in range(120)),
]

if __name__ == "__main__":
    result = {}
    for name, path in zip(["all-MiniLM-L6-v2", "dense-tiny"], sys.argv[1:], strict=True):
        model = SentenceTransformer(path, device="cpu", model_kwargs={"dtype": torch.float32}).float()
        result[name] = torch.tensor(model.encode(TEXTS, batch_size=1))
    target = pathlib.Path(__file__).parent / "real.safetensors"
    save_file(result, target)
    target.chmod(0o644)
