#!/usr/bin/env python3
"""Compares TILDE expansion, TILDEv2 weights, SPLADE and dense vectors with PyTorch on real passages.

    compare_encoders.py --pipeline .build/release/pipeline --passages collection.tsv --count 1000 --work DIR

Runs `pipeline encode` and a job, then the authors' algorithms: ielab/TILDE's expansion.py and
modelingv2.py over transformers, in fp32. TILDE must be the same id for id; where it is not, the script shows how close
the two logits are that changed places. Needs torch, transformers, sentence-transformers, numpy.
"""
import argparse, json, os, re, subprocess, sys

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForMaskedLM, BertModel, BertTokenizerFast

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
parser = argparse.ArgumentParser()
parser.add_argument("--pipeline", default=os.path.join(HERE, ".build/release/pipeline"))
parser.add_argument("--passages", required=True)
parser.add_argument("--count", type=int, default=1000)
parser.add_argument("--terms", type=int, default=200)
parser.add_argument("--tilde", default=os.path.join(HERE, "data/models/tilde-tiny"))
parser.add_argument("--tildev2", default=os.path.join(HERE, "data/models/tildev2-tiny"))
parser.add_argument("--splade", help="a masked language model's folder")
parser.add_argument("--dense", nargs="*", default=[os.path.join(HERE, "data/models/dense-tiny")],
                    help="folders of sentence-transformers, or of a BERT: mean of the tokens, normalised")
parser.add_argument("--precisions", nargs="*", default=[], help="dense folders whose bf16 and int8 vectors are held to their bounds")
parser.add_argument("--work", default="/tmp/compare-encoders")
args = parser.parse_args()
os.makedirs(args.work, exist_ok=True)
lines = [line.rstrip("\n").split("\t", 1) for line in open(args.passages, encoding="utf-8")][: args.count]
small = os.path.join(args.work, "collection.tsv")
with open(small, "w", encoding="utf-8") as file:
    file.writelines(f"{id}\t{text}\n" for id, text in lines)
failed = False


def ours(*options):
    result = subprocess.run(
        [args.pipeline, "encode", "--input", small, *options], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def load(folder, cls):
    config = BertConfig.from_pretrained(folder)
    model = cls(config)
    weights = {k: v.float() for k, v in load_file(os.path.join(folder, "model.safetensors")).items()}
    weights = {k.replace("gamma", "weight").replace("beta", "bias") if "LayerNorm" in k else k: v for k, v in weights.items()}
    if cls is BertModel:
        weights = {k.removeprefix("bert."): v for k, v in weights.items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [k for k in missing if "decoder" not in k and "position_ids" not in k and "pooler" not in k]
    assert not missing, missing
    if cls is BertForMaskedLM:
        model.tie_weights()
        bias = weights.get("cls.predictions.bias")
        if bias is not None:
            model.cls.predictions.bias.data = bias
            model.cls.predictions.decoder.bias = model.cls.predictions.bias
    return model.eval(), weights


tokenizer = BertTokenizerFast.from_pretrained(args.tilde)
vocabulary = tokenizer.get_vocab()
stopwords = open(os.path.join(HERE, "Tests/EncodersTests/Golden/stopwords.txt")).read().split("\n")


def filtered(words):
    ids = {i[0] for i in (tokenizer(w, add_special_tokens=False)["input_ids"] for w in words if w) if len(i) == 1}
    ids |= {i for t, i in vocabulary.items() if not (t[0] == "#" and len(t) > 1) and not re.match("^[A-Za-z0-9_-]*$", t)}
    return ids | {vocabulary["##s"]}


BAD = filtered(stopwords + ["definition"])
STOP = filtered(w for w in stopwords if w not in ("where", "how", "what", "when", "which", "why", "who")) | {0, 100, 101, 102, 103}


@torch.no_grad()
def compare_tilde():
    global failed
    model, _ = load(args.tilde, BertForMaskedLM)
    found = ours("--model", args.tilde, "--as", "tilde", "--terms", str(args.terms))
    same, near, expanded = 0, 0, []
    for start in range(0, len(lines), 64):
        part = lines[start : start + 64]
        batch = tokenizer([t for _, t in part], max_length=128, truncation=True, padding="max_length", return_tensors="pt")
        batch["input_ids"][:, 0] = 1
        # The head at position 0 alone: at all of them it is a gigabyte a batch.
        logits = model.cls(model.bert(**batch).last_hidden_state[:, :1])[:, 0]
        selected = torch.topk(logits, args.terms).indices.numpy()
        for i, ids in enumerate(batch["input_ids"].numpy()):
            added = np.setdiff1d(np.setdiff1d(selected[i], ids, assume_unique=True), list(BAD), assume_unique=True)
            psg = [int(x) for x in ids if x != 0][1:] + [int(x) for x in added]
            mine = found[start + i]["psg"]
            # TILDEv2 is compared on the same expansion, also where two logits were a tie.
            expanded.append(mine)
            if mine == psg:
                same += 1
                continue
            # A term that only one side has was at the end of the list; of others, two changed places.
            only = set(mine) ^ set(psg)
            last = logits[i][int(selected[i][-1])]
            pairs = [(a, b) for a, b in zip((t for t in mine if t not in only), (t for t in psg if t not in only)) if a != b]
            gap = max([abs(float(logits[i][a] - logits[i][b])) for a, b in pairs] + [abs(float(logits[i][t] - last)) for t in only])
            near += gap < 2e-5
            print(f"  {part[i][0]}: {len(only)} ids in one list only, {len(pairs)} in other places; logits {gap:.2g} apart", flush=True)
    print(f"TILDE: {same} of {len(lines)} passages identical id for id, {near} with terms whose logits are within 2e-5", flush=True)
    failed |= same + near < len(lines)
    return expanded


@torch.no_grad()
def compare_tildev2(expanded):
    global failed
    model, weights = load(args.tildev2, BertModel)
    W, b = weights["tok_proj.weight"][0], weights["tok_proj.bias"]
    # Our stage reads the tokens of expand.tilde: the same ids through a job of two stages.
    job = os.path.join(args.work, "job.yaml")
    pipeline = os.path.join(args.work, "pipeline.yaml")
    open(pipeline, "w").write(
        "stages:\n  passages: {use: read, format: msmarco-tsv, input: $collection, chunk: 64KiB}\n"
        f"  expanded: {{use: expand.tilde, from: passages, model: $tilde, terms: {args.terms}}}\n"
        "  weights: {use: encode.tildev2, from: expanded, model: $tildev2}\n"
        "  index: {use: shard, sparse: weights, documents: passages}\n")
    open(job, "w").write(
        f"pipeline: {pipeline}\ninputs: {{collection: {small}}}\nmodels: {{tilde: {args.tilde}, tildev2: {args.tildev2}}}\n"
        f"output: {args.work}/index\n")
    subprocess.run([args.pipeline, "run", job, "--fresh"], check=True, stdout=subprocess.DEVNULL)
    # SciPy's arrays in a file: sizes, row starts, columns, weights.
    out = os.path.join(args.work, "vectors.csr")
    subprocess.run([args.pipeline, "export", f"{args.work}/index", "--format", "csr", "--output", out], check=True,
                   stdout=subprocess.DEVNULL)
    rows, _, count = (int(n) for n in np.fromfile(out, np.int64, 3))
    starts = np.fromfile(out, np.int64, rows + 1, offset=24)
    columns = np.fromfile(out, np.int32, count, offset=24 + 8 * (rows + 1))
    values = np.fromfile(out, np.float32, count, offset=24 + 8 * (rows + 1) + 4 * count)
    ids = open(out + ".ids", encoding="utf-8").read().split("\n")
    terms = open(out + ".terms", encoding="utf-8").read().split("\n")
    mine = {ids[row]: {terms[columns[i]]: float(values[i]) for i in range(starts[row], starts[row + 1])} for row in range(rows)}
    names = {i: t for t, i in vocabulary.items()}
    worst = 0.0
    for (id, _), psg in zip(lines, expanded):
        ids = [101] + psg[:190] + [102]
        hidden = model(torch.tensor([ids])).last_hidden_state[0]
        scores = torch.relu(hidden @ W + b).tolist()
        best = {}
        for token, score in zip(ids, scores):
            if token not in STOP:
                best[names[token]] = max(best.get(names[token], 0.0), score)
        for token in set(best) | set(mine[id]):
            worst = max(worst, abs(best.get(token, 0.0) - mine[id].get(token, 0.0)))
    print(f"TILDEv2: largest difference of a weight {worst:.2g} (limit 1e-4)", flush=True)
    failed |= worst > 1e-4


@torch.no_grad()
def compare_splade():
    global failed
    model, _ = load(args.splade, BertForMaskedLM)
    tok = BertTokenizerFast.from_pretrained(args.splade)
    names = {i: t for t, i in tok.get_vocab().items()}
    worst = 0.0
    for (id, text), record in zip(lines, ours("--model", args.splade, "--as", "sparse", "--length", "256")):
        batch = tok(text, max_length=256, truncation=True, return_tensors="pt")
        vector = torch.log1p(torch.relu(model(**batch).logits[0])).max(0).values
        mine = record["vector"]
        for i in vector.nonzero().flatten().tolist():
            worst = max(worst, abs(mine.pop(names[i], 0.0) - float(vector[i])))
        worst = max([worst] + list(mine.values()))
    print(f"SPLADE: largest difference of a weight {worst:.2g} (limit 1e-4)", flush=True)
    failed |= worst > 1e-4


@torch.no_grad()
def compare_dense(folder):
    global failed
    if os.path.exists(os.path.join(folder, "modules.json")):
        from sentence_transformers import SentenceTransformer
        peer = SentenceTransformer(folder, device="cpu")
        # Folders may hold 16-bit weights, which both sides widen.
        vectors = torch.tensor(peer.float().encode([t for _, t in lines], batch_size=32))
        mine = ours("--model", folder, "--as", "dense")
    else:
        model, _ = load(folder, BertModel)
        tok = BertTokenizerFast.from_pretrained(folder)
        vectors = []
        for _, text in lines:
            batch = tok(text, max_length=256, truncation=True, return_tensors="pt")
            vectors.append(torch.nn.functional.normalize(model(**batch).last_hidden_state[0].mean(0), dim=-1))
        mine = ours("--model", folder, "--as", "dense", "--length", "256")
    worst = max(float((v - torch.tensor(m["vector"])).abs().max()) for v, m in zip(vectors, mine, strict=True))
    print(f"{os.path.basename(os.path.normpath(folder))}: largest difference of a number {worst:.2g} (limit 1e-5)", flush=True)
    failed |= worst > 1e-5


def compare_precisions(folder):
    """Fewer bits against fp32: the mean cosine over all passages."""
    global failed
    full = np.array([r["vector"] for r in ours("--model", folder, "--as", "dense")])
    for precision, limit in ("bf16", 0.9999), ("int8", 0.997):
        less = np.array([r["vector"] for r in ours("--model", folder, "--as", "dense", "--precision", precision)])
        cosines = (full * less).sum(1) / np.linalg.norm(full, axis=1) / np.linalg.norm(less, axis=1)
        print(f"{os.path.basename(os.path.normpath(folder))} {precision}: mean cosine to fp32 {cosines.mean():.5f}, "
              f"lowest {cosines.min():.5f} (limit of the mean {limit})", flush=True)
        failed |= cosines.mean() < limit


expanded = compare_tilde()
if args.splade:
    compare_splade()
for folder in args.dense:
    compare_dense(folder)
for folder in args.precisions:
    compare_precisions(folder)
compare_tildev2(expanded)
sys.exit(1 if failed else 0)
