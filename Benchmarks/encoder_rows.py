"""Rows about encoders: whole passages a second, from text to vectors, against the engines that users would pick."""
import json
import os
import statistics
import subprocess
import sys

import numpy as np

import engines
import vectors
from bench import ROOT, Ours, alternate, comparison, peaks, timed
from skipped import Skipped

MINILM, SPLADE = "all-MiniLM-L6-v2", "splade-tiny"
# Multiply-adds a token of all-MiniLM-L6-v2's products, twice: 6 layers of 4 x 384 x 384 + 2 x 384 x 1536.
MINILM_OPERATIONS = 2 * 6 * (4 * 384 * 384 + 2 * 384 * 1536)


def sample(options, count):
    """A file of `count` passages spread over the collection, and their texts."""
    path = os.path.join(options.scratch, f"spread-{count}.tsv")
    with open(options.collection, encoding="utf-8") as file:
        lines = file.readlines()
    lines = lines[::max(1, len(lines) // count)][:count]
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return path, [line.rstrip("\n").split("\t", 1)[1] for line in lines]


def found(name):
    folder = engines.model_folder(name)
    if not folder:
        raise Skipped(f"`pipeline models fetch {name}` was not run")
    return folder


class Peer:
    """An engine on a sample: one pass for each `run()`, the last pass's vectors in `last`."""

    def __init__(self, engine, encoder, texts, sparse):
        self.engine, self.encoder, self.texts, self.sparse = engine, encoder, texts, sparse
        self.name = engine.name

    def run(self):
        self.last = [None] * len(self.texts)

        def take(part, rows):
            for index, row in zip(part, rows):
                if self.sparse:
                    terms = np.flatnonzero(row)
                    self.last[index] = terms, row[terms]
                else:
                    self.last[index] = row

        return timed(lambda: self.engine.vectors(self.encoder, self.texts, take))[0]


def in_turn(sides, passes):
    """Seconds of each side in each pass, after one to warm up: (passes, sides)."""
    for side in sides:
        side()
    return [[side() for side in sides] for _ in range(passes)]


def cosine(left, right):
    return np.mean((left * right).sum(1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1))


def dense_vectors(ours, options, count):
    path = os.path.join(options.scratch, "vectors")
    ours.dump(path)
    return np.fromfile(path, "<f4").reshape(count, -1)


def sparse_vectors(ours, options, count):
    path = os.path.join(options.scratch, "vectors")
    ours.dump(path)
    return vectors.dumped(path, count)


def furthest(rows, reference):
    """The largest difference of a weight, and the mean over passages of the largest, from dense rows of fp32."""
    worst = []
    for (terms, weights), truth in zip(rows, reference):
        dense = np.zeros_like(truth)
        dense[terms] = weights
        worst.append(float(np.abs(dense - truth).max()))
    return max(worst), statistics.mean(worst)


def sparse_cosine(left, right):
    """Mean cosine of (terms, weights) to others, in order."""
    found = []
    for (terms, weights), (others, truth) in zip(left, right):
        known = dict(zip(others.tolist(), truth.tolist()))
        dot = sum(w * known.get(t, 0.0) for t, w in zip(terms.tolist(), weights.tolist()))
        found.append(dot / max(np.linalg.norm(weights) * np.linalg.norm(truth), 1e-30))
    return float(np.mean(found))


def encode(options, folder, path, kind, precision, **more):
    words = [w for key, value in more.items() for w in (f"--{key}", value)]
    return Ours("encode", "--model", folder, "--input", path, "--as", kind, "--precision", precision, "--threads",
                options.threads, *words)


def tokens_of(encoder, texts):
    return sum(sum(e.attention_mask) for e in encoder.encode_batch(texts))


def minilm(options, precision, peers, goals, least):
    """all-MiniLM-L6-v2 in one precision against some engines, all in turn."""
    folder = found(MINILM)
    count = 96 if options.quick else 384
    path, texts = sample(options, count)
    encoder = engines.tokenizer(folder, 256)
    ours = encode(options, folder, path, "dense", precision)
    ours.run()
    truth = engines.references(folder, "dense", encoder, texts)
    own = cosine(dense_vectors(ours, options, count), truth)
    if own < least:
        raise SystemExit(f"all-MiniLM-L6-v2 {precision}: mean cosine {own:.5f} is below {least}")
    sides = [Peer(peer(options, folder, encoder), encoder, texts, False) for peer in peers]
    # The peak is measured beside each pass, because a shared machine is not equally fast all the time. Of bf16 products it is
    # twice that of fp32: as many instructions, each of twice as many products.
    kind, factor = ("int8_gops", 1) if precision == "int8" else ("fp32_gflops", 2 if precision == "bf16" else 1)
    peak = lambda: factor * peaks(options.threads, options.scratch)[kind]
    seconds = in_turn([peak, lambda: ours.run()["seconds"], *(side.run for side in sides)], options.passes)
    ours.close()
    operations = tokens_of(encoder, texts) * MINILM_OPERATIONS / 1e9
    share = statistics.median(operations / row[1] / row[0] for row in seconds)
    seconds = [row[1:] for row in seconds]
    return [
        comparison(f"all-MiniLM-L6-v2, {precision}, {options.threads} threads", side.name, "passages", count,
                   [(row[0], row[1 + n]) for row in seconds], goal,
                   f"mean cosine to fp32 {own:.5f}, the peer's {cosine(np.stack(side.last), truth):.5f}", peak=share)
        for n, (side, goal) in enumerate(zip(sides, goals))]


def calibration(options):
    return sample(options, 320)[1][1:301]


def openvino(precision):
    return lambda options, folder, encoder: engines.OpenVINO(
        engines.exported(folder, "dense", options.scratch), precision, options.threads, encoder, calibration(options))


def onnx(precision):
    return lambda options, folder, encoder: engines.OnnxRuntime(
        engines.exported(folder, "dense", options.scratch), precision, options.threads, 12, 384,
        engines.has("avx512_vnni") or engines.has("avx_vnni"))


def minilm_int8(options):
    """all-MiniLM-L6-v2, int8."""
    return minilm(options, "int8", [openvino("int8"), onnx("int8")], [1.3, 1.7], .997)


def minilm_bf16(options):
    """all-MiniLM-L6-v2, bf16."""
    if not engines.has("avx512_bf16"):
        raise Skipped("not here: this processor multiplies no bf16")
    return minilm(options, "bf16", [openvino("bf16")], [1.2], .9999)


def block_sparse(options):
    """all-MiniLM-L6-v2 with 80 % of its 4x1 blocks zero, int8, against itself dense."""
    folder = found(MINILM)
    pruned = os.path.join(options.scratch, "pruned")
    subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "prune_checkpoint.py"), folder, pruned,
                    "--sparsity", "0.8", "--block", "4x1"], check=True, stdout=subprocess.DEVNULL)
    count = 96 if options.quick else 384
    path, texts = sample(options, count)
    dense, sparse = (encode(options, model, path, "dense", "int8") for model in (folder, pruned))
    seconds = in_turn([lambda: sparse.run()["seconds"], lambda: dense.run()["seconds"]], options.passes)
    encoder = engines.tokenizer(folder, 256)
    same = cosine(dense_vectors(sparse, options, count), engines.references(pruned, "dense", encoder, texts))
    sparse.close(), dense.close()
    if same < .99:
        raise SystemExit(f"block_sparse: mean cosine {same:.5f} to the pruned model's fp32 is below .99")
    return comparison(f"all-MiniLM-L6-v2, 80 % of 4x1 blocks zero, int8, {options.threads} threads", "our dense int8",
                      "passages", count, seconds, 2.5, f"mean cosine to the pruned model's fp32 {same:.5f}")


def splade(options):
    """SPLADE-tiny documents."""
    folder = found(SPLADE)
    count = 128 if options.quick else 512
    path, texts = sample(options, count)
    encoder = engines.tokenizer(folder, 256)
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    truth = engines.references(folder, "sparse", encoder, texts)
    # The fastest precision of ours whose vectors are within the limit.
    for precision in ("int8", "bf16", "fp32"):
        ours = encode(options, folder, path, "sparse", precision)
        ours.run()
        worst, mean = furthest(sparse_vectors(ours, options, count), truth)
        if worst <= 1e-2:
            break
        ours.close()
    else:
        raise SystemExit(f"splade: a weight in fp32 is {worst:.3g} from PyTorch's")
    graph = engines.exported(folder, "sparse", options.scratch)
    sides = [Peer(engine, encoder, texts, True) for engine in (
        engines.OnnxRuntime(graph, "fp32", options.threads, config["num_attention_heads"], config["hidden_size"], False),
        engines.OpenVINO(graph, "fp32", options.threads, encoder, []))]
    seconds = in_turn([lambda: ours.run()["seconds"], *(side.run for side in sides)], options.passes)
    ours.close()
    best = min(range(len(sides)), key=lambda n: statistics.median(row[1 + n] for row in seconds))
    return comparison(f"SPLADE-tiny documents, {precision}, {options.threads} threads",
                      f"{sides[best].name}, the faster of {len(sides)}", "passages", count,
                      [(row[0], row[1 + best]) for row in seconds], 4,
                      f"weights within {worst:.1g} of fp32 (mean of passages' worst {mean:.1g}), the peer's "
                      f"{furthest(sides[best].last, truth)[0]:.1g}")


def tilde(options):
    """TILDE expansion and TILDEv2 weights."""
    import tilde as program
    import torch
    models = [os.path.join(ROOT, "data", "models", name) for name in ("tilde-tiny", "tildev2-tiny")]
    count = 128 if options.quick else 512
    path, texts = sample(options, count)
    torch.set_num_threads(options.threads)
    peer = program.Program(*models, terms=200)
    last = []

    def theirs():
        seconds, last[:] = timed(lambda: peer.run(texts))
        return seconds

    rows = []
    for precision, goal in (("fp32", 5), ("int8", 5)):
        ours = encode(options, models[1], path, "tildev2", precision, expander=models[0], terms=200)
        pairs = alternate(lambda: ours.run()["seconds"], theirs, options.passes)
        mine = sparse_vectors(ours, options, count)
        ours.close()
        same = [n for n in range(count) if set(mine[n][0][mine[n][1] > 0]) == set(last[n][0])]
        worst = max((float(np.abs(weights[weights > 0] - last[n][1]).max()) for n in same for _, weights in [mine[n]]),
                    default=0)
        # In fp32, terms differ only where two logits are a tie within rounding.
        if precision == "fp32" and (len(same) < .97 * count or worst > 1e-3):
            raise SystemExit(f"tilde: {len(same)} of {count} passages have the peer's terms, weights within {worst:.2g}")
        alike = sparse_cosine(mine, last)
        if alike < .95:
            raise SystemExit(f"tilde, {precision}: mean cosine {alike:.4f} to the peer's vectors is below .95")
        rows.append(comparison(
            f"TILDE expansion and TILDEv2 weights, {precision}, {options.threads} threads",
            f"PyTorch {torch.__version__.split('+')[0]} fp32", "passages", count, pairs, goal,
            f"mean cosine to the peer's vectors {alike:.5f}; {len(same)} of {count} passages have the same terms, their "
            f"weights within {worst:.1g}"))
    return rows


ALL = [minilm_int8, minilm_bf16, block_sparse, splade, tilde]
