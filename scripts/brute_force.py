#!/usr/bin/env python3
"""Whole jobs against brute force: nDCG@10 of exhaustive SPLADE and dense search must be PyTorch's to .001.

    brute_force.py --splade DIR --dense DIR --work DIR FOLDER...

Each FOLDER holds collection.tsv, queries.tsv and qrels.trec. The job files of this repository are run as they are; the
other side encodes every passage with PyTorch in fp32, scores all with a matrix product, and ranks them with ties by id. What
is in --work already (the other side's figures, and indexes that the jobs find up to date) is not computed again.
Needs torch, transformers, safetensors, pytrec_eval.
"""
import argparse, json, os, subprocess, sys, time

import numpy as np
import pytrec_eval
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForMaskedLM, BertModel, BertTokenizerFast

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
parser = argparse.ArgumentParser()
parser.add_argument("folders", nargs="+")
parser.add_argument("--pipeline", default=os.path.join(HERE, ".build/release/pipeline"))
parser.add_argument("--splade")
parser.add_argument("--dense")
parser.add_argument("--work", default="/tmp/brute-force")
parser.add_argument("--reference-only", action="store_true", help="only PyTorch's side, which is kept in --work")
args = parser.parse_args()
os.makedirs(args.work, exist_ok=True)


def tsv(path):
    return [line.rstrip("\r\n").split("\t", 1) for line in open(path, encoding="utf-8")]


def load(folder, cls):
    model = cls(BertConfig.from_pretrained(folder))
    weights = {k: v.float() for k, v in load_file(os.path.join(folder, "model.safetensors")).items()}
    weights = {k.replace("gamma", "weight").replace("beta", "bias") if "LayerNorm" in k else k: v for k, v in weights.items()}
    if cls is BertModel:
        weights = {k.removeprefix("bert."): v for k, v in weights.items()}
    model.load_state_dict(weights, strict=False)
    if cls is BertForMaskedLM:
        model.tie_weights()
        model.cls.predictions.bias.data = weights["cls.predictions.bias"]
        model.cls.predictions.decoder.bias = model.cls.predictions.bias
    return model.eval(), BertTokenizerFast.from_pretrained(folder)


def splade(model, batch):
    logits = model(**batch).logits
    # ReLU and log1p keep the order, so the maximum can go first: the other passes are then over the vocabulary alone.
    logits.masked_fill_(batch["attention_mask"].unsqueeze(-1) == 0, -torch.inf)
    return torch.log1p(torch.relu(logits.amax(1)))


def dense(model, batch):
    mask = batch["attention_mask"].unsqueeze(-1)
    states = model(**batch).last_hidden_state
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


@torch.no_grad()
def encode(texts, model, tokenizer, head):
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    rows = [None] * len(texts)
    size = 8 if head is splade else 32
    for start in range(0, len(order), size):
        part = order[start : start + size]
        batch = tokenizer([texts[i] for i in part], max_length=256, truncation=True, padding=True, return_tensors="pt")
        for i, row in zip(part, head(model, batch)):
            rows[i] = row.to_sparse() if head is splade else row
    return rows


@torch.no_grad()
def reference(folder, model_folder, cls, head):
    model, tokenizer = load(model_folder, cls)
    documents, queries = tsv(f"{folder}/collection.tsv"), tsv(f"{folder}/queries.tsv")
    d = torch.stack(encode([t for _, t in documents], model, tokenizer, head))
    q = torch.stack(encode([t for _, t in queries], model, tokenizer, head))
    if head is splade:
        scores = torch.sparse.mm(d.coalesce(), q.to_dense().T).T.numpy()
    else:
        scores = (q @ d.T).numpy()
    run = {}
    for (qid, _), row in zip(queries, scores):
        best = sorted(np.argpartition(-row, 1000)[:1000] if len(row) > 1000 else range(len(row)),
                      key=lambda i: (-row[i], documents[i][0].encode()))
        # Distinct scores: trec_eval breaks ties by its own rule.
        run[qid] = {documents[i][0]: 1e6 - rank for rank, i in enumerate(best) if head is dense or row[i] > 0}
    return measure(folder, run)


def measure(folder, run):
    qrels = {}
    for line in open(f"{folder}/qrels.trec"):
        qid, _, did, grade = line.split()
        qrels.setdefault(qid, {})[did] = int(grade)
    values = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10"}).evaluate(run)
    return sum(v["ndcg_cut_10"] for v in values.values()) / len(values)


def job(folder, name, model_folder, mode):
    kind = dict(dense="dense-exact").get(name, name)
    output = os.path.join(args.work, f"{kind}-{os.path.basename(folder)}")
    environment = dict(os.environ, MSMARCO=os.path.abspath(folder), **{name.upper(): os.path.abspath(model_folder)})
    start = time.time()
    subprocess.run([args.pipeline, "run", f"{HERE}/jobs/{kind}.yaml", "--output", output], check=True, env=environment,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took = time.time() - start
    path = output + ".run"
    options = ["--exhaustive"] if mode == "sparse" else []
    subprocess.run([args.pipeline, "search", output, "--mode", mode, "--queries", f"{folder}/queries.tsv", "--run", path,
                    "--k", "1000", *options], check=True, stderr=subprocess.DEVNULL)
    run = {}
    for line in open(path):
        qid, _, did, rank, _, _ = line.split()
        run.setdefault(qid, {})[did] = 1e6 - int(rank)
    return measure(folder, run), took


failed = False
for folder in args.folders:
    for name, model_folder, cls, head, mode in [
        ("splade", args.splade, BertForMaskedLM, splade, "sparse"), ("dense", args.dense, BertModel, dense, "dense")]:
        if not model_folder:
            continue
        kept = os.path.join(args.work, f"reference-{name}-{os.path.basename(folder)}.json")
        if not os.path.exists(kept):
            json.dump(reference(folder, model_folder, cls, head), open(kept + ".tmp", "w"))
            os.rename(kept + ".tmp", kept)
        theirs = json.load(open(kept))
        if args.reference_only:
            print(f"{os.path.basename(folder):14} {name:7} PyTorch {theirs:.4f}", flush=True)
            continue
        ours, took = job(folder, name, model_folder, mode)
        same = abs(ours - theirs) <= 0.001
        failed |= not same
        print(f"{os.path.basename(folder):14} {name:7} job {ours:.4f}  PyTorch {theirs:.4f}  "
              f"{'equal to .001' if same else 'DIFFERENT'}  (job took {took:.0f} s)", flush=True)
sys.exit(failed)
