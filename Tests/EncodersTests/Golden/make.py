"""Makes tiny/ (a random BERT with every head) and expected.json (what PyTorch gives), with the authors' algorithms.

    python3 make.py        needs torch, transformers, safetensors
"""
import itertools, json, os, string

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

HERE = os.path.dirname(os.path.abspath(__file__))
TINY = os.path.join(HERE, "tiny")
torch.manual_seed(20)

WORDS = """the of and a to in is what who where definition heart attack bees find their way home river bank money
wings flight theory of blade pressure car engine fever doctor music water cold war peace science glass steel bridge
king queen city sea stone moon star rain wind fire tree leaf seed bread milk salt sugar road wheel ship sail map gold
silver iron copper coal oil gas light lamp sound voice word page book ink paper law court judge vote tax trade market
price bank note coin debt loan farm field corn rice wheat horse cow sheep goat dog cat bird fish frog ant wasp""".split()
PIECES = ["##s", "##ing", "##ed", "##er", "##ly", "##ness", "##ion", "##al", "##ic", "##ment", "##é"]
vocabulary = ["[PAD]", "[unused0]", "[unused1]", "[unused2]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "é", "中"]
vocabulary += list(string.punctuation) + list(string.digits) + list(string.ascii_lowercase)
vocabulary += ["##" + c for c in string.digits + string.ascii_lowercase]
vocabulary += [w for w in dict.fromkeys(WORDS) if w not in vocabulary] + [p for p in PIECES]
vocabulary = list(dict.fromkeys(vocabulary))
os.makedirs(TINY, exist_ok=True)
with open(os.path.join(TINY, "vocab.txt"), "w") as file:
    file.write("\n".join(vocabulary) + "\n")
json.dump(
    {"tokenizer_class": "BertTokenizer", "do_lower_case": True},
    open(os.path.join(TINY, "tokenizer_config.json"), "w"))
tokenizer = BertTokenizerFast.from_pretrained(TINY)
assert tokenizer.convert_ids_to_tokens(list(range(len(vocabulary)))) == vocabulary

config = BertConfig(
    vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
    max_position_embeddings=48, architectures=["BertForMaskedLM"])
model = BertForMaskedLM(config).eval()
for parameter in model.parameters():
    if parameter.dim() > 1:
        parameter.data.normal_(0, 0.25)
model.cls.predictions.bias.data.normal_(0, 0.5)
D = config.hidden_size
heads = {
    "tok_proj": torch.nn.Linear(D, 1), "impact_score_encoder.0": torch.nn.Linear(D, D),
    "impact_score_encoder.3": torch.nn.Linear(D, 1), "term_importance.linear": torch.nn.Linear(D, 1),
    "doc_quality.linear": torch.nn.Linear(D, 1), "linear": torch.nn.Linear(D, 8, bias=False),
}
tensors = {k: v.contiguous() for k, v in model.state_dict().items() if "position_ids" not in k}
tensors.pop("cls.predictions.decoder.weight"), tensors.pop("cls.predictions.decoder.bias")
for name, layer in heads.items():
    for key, value in layer.state_dict().items():
        tensors[f"{name}.{key}"] = value
save_file(tensors, os.path.join(TINY, "model.safetensors"), metadata={"format": "pt"})
config.save_pretrained(TINY)

TEXTS = [
    "the heart attack and the heart", "Who find their way home? Bees, bees find the way.", "", "é 中 unknownword2!",
    "river-bank money, e.g. the U.S.-based market and 3.5 of the law; x-ray [SEP] inside " * 2,
    "flighting theory of blades pressured cars " * 6, "中",
]
CLS, SEP, PAD, UNK, MASK = (tokenizer.convert_tokens_to_ids(t) for t in ["[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"])


@torch.no_grad()
def run(ids, mask=None):
    """Hidden states (n, D) and logits (n, V) of one sequence."""
    batch = torch.tensor([ids])
    mask = torch.tensor([mask or [1] * len(ids)])
    out = model(batch, attention_mask=mask, output_hidden_states=True)
    return out.hidden_states[-1][0], out.logits[0]


def wp(text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def around(ids, length):
    return [CLS] + ids[: length - 2] + [SEP]


STOP179 = open(os.path.join(HERE, "stopwords.txt")).read().split("\n")
STOP179 = [w for w in STOP179 if w]


def stop_ids(words):
    import re
    ids = {wp(w)[0] for w in words if len(wp(w)) == 1}
    for token, id in tokenizer.get_vocab().items():
        if not (token[0] == "#" and len(token) > 1) and not re.match("^[A-Za-z0-9_-]*$", token):
            ids.add(id)
    return ids | {tokenizer.convert_tokens_to_ids("##s")}


BAD = stop_ids(STOP179 + ["definition"])
STOP = stop_ids([w for w in STOP179 if w not in {"where", "how", "what", "when", "which", "why", "who"}])


@torch.no_grad()
def tilde(text, m, length=24):
    ids = around(wp(text), length)
    ids[0] = 1
    _, logits = run(ids)
    top = torch.topk(logits[0], m).indices.numpy()
    padded = np.array(ids + [0] * (length - len(ids)))
    added = np.setdiff1d(np.setdiff1d(top, padded, assume_unique=True), list(BAD), assume_unique=True)
    return [int(i) for i in padded if i != 0][1:], [int(i) for i in added]


ACT = {"relu": torch.relu, "softplus": torch.nn.functional.softplus, "identity": lambda x: x}
NORM = {"identity": lambda x: x, "log1p": torch.log1p, "log1p-twice": lambda x: torch.log1p(torch.log1p(x))}


def scatter(ids, weights, pooling):
    size = torch.zeros(len(vocabulary))
    return size.scatter_reduce(0, torch.tensor(ids), weights, reduce="amax" if pooling == "maximum" else "sum")


@torch.no_grad()
def encode(text, m):
    ids = around(wp(text), m["length"])
    special = torch.tensor([float(i in (CLS, SEP, PAD)) for i in ids])
    hidden, logits = run(ids)
    act, norm = ACT[m["activation"]], NORM[m["norm"]]
    kind, rule = m["encoder"], m["special"]
    if kind == "binary":
        skip = {"mask": (PAD, CLS, SEP), "skip-ends": (PAD, CLS, SEP), "skip-stops": STOP | {PAD, UNK, CLS, SEP, MASK}}[rule]
        kept = [i for i in ids if i not in skip]
        vector = scatter(kept, torch.ones(len(kept)) * m.get("scale", 1.0), m["pooling"]) if kept else torch.zeros(len(vocabulary))
    elif kind in ("mlp", "expMLP"):
        weights = norm(act(heads["tok_proj"](hidden).squeeze(-1)))
        if rule == "mask":
            weights = weights * (1 - special)
            vector = scatter(ids, weights, m["pooling"])
        else:
            skip = {"skip-classifier": (PAD, CLS), "skip-stops": STOP | {PAD, UNK, CLS, SEP, MASK}}[rule]
            kept = [k for k, i in enumerate(ids) if i not in skip]
            vector = scatter([ids[k] for k in kept], weights[kept], m["pooling"]) if kept else torch.zeros(len(vocabulary))
    elif kind == "clsMLM":
        vector = norm(act(logits[0]))
    else:
        if rule == "mask":
            logits = logits * (1 - special).unsqueeze(-1)
        if m.get("importance"):
            logits = logits * torch.log1p(torch.nn.functional.softplus(heads["term_importance.linear"](hidden)))
        weights = norm(act(logits))
        vector = weights.max(0).values if m["pooling"] == "maximum" else weights.sum(0)
        if m.get("quality"):
            vector = vector * torch.sigmoid(heads["doc_quality.linear"](hidden[0]))
        if rule == "zero":
            vector[[PAD, UNK, CLS, SEP, MASK]] = 0
        if rule == "skip-ends":
            vector[[PAD, CLS, SEP]] = 0
    if m.get("lexical"):
        bag = torch.zeros(len(vocabulary))
        bag[ids] = 1
        vector = vector * bag
    if m.get("ratio"):
        vector = torch.where(vector > m["ratio"] * vector.max(), vector, torch.zeros_like(vector))
    if m.get("top"):
        # Equal weights by id: which of them torch.topk takes is not specified.
        kept = torch.sort(vector, descending=True, stable=True).indices[: m["top"]]
        vector = torch.zeros_like(vector).scatter(0, kept, vector[kept])
    return vector


def method(encoder, activation="relu", norm="log1p", pooling="maximum", special="mask", length=32, **more):
    return dict(encoder=encoder, activation=activation, norm=norm, pooling=pooling, special=special, length=length, **more)


METHODS = [
    method("mlm", special=s, norm=n) for s, n in itertools.product(["keep", "mask", "zero", "skip-ends"], ["log1p", "log1p-twice"])
] + [
    method("mlm", pooling="sum", special="keep"), method("mlm", pooling="sum", special="mask"),
    method("mlm", activation="softplus", top=20), method("mlm", activation="softplus", importance=True, quality=True),
    method("mlm", lexical=True, special="keep"), method("mlm", top=5, special="keep"), method("mlm", ratio=0.4, special="zero"),
    method("clsMLM", special="keep"), method("clsMLM", special="keep", activation="softplus"),
] + [
    method(e, activation=a, norm=n, pooling=p)
    for e, a, n, p in itertools.product(["mlp"], ["relu", "softplus"], ["identity", "log1p"], ["maximum", "sum"])
] + [
    method("mlp", activation="identity", norm="identity", pooling="sum"),
    method("expMLP", norm="identity", special="skip-stops"), method("mlp", norm="identity", special="skip-classifier"),
    method("mlp", norm="identity", special="skip-classifier", pooling="sum"),
    method("binary", norm="identity", pooling="sum", scale=0.3), method("binary", norm="identity", special="skip-ends"),
    method("binary", norm="identity", special="skip-stops", pooling="sum"),
]


# DeepImpact, as its code has it.
D3X = set(string.digits + string.ascii_letters + ",.- ")
DX = D3X - {","}


def cleanD(s):
    s = [(x.lower() if x in D3X else " ") for x in s]
    s = [(x if x in DX else " " + x + " ") for x in s]
    s = "".join(s).split()
    s = [(w if "." not in w else (" . " if len(max(w.split("."), key=len)) > 1 else "").join(w.split("."))) for w in s]
    s = " ".join(s).split()
    s = [(w if "-" not in w else w.replace("-", "") + " ( " + " ".join(w.split("-")) + " ) ") for w in s]
    return " ".join(s).split()


STOPLIST = set(open(os.path.join(HERE, "deepimpact-stopwords.txt")).read().split())


def cleanQ(s):
    keep = set(string.digits + string.ascii_letters + ".- ")
    s = "".join(x.lower() if x in keep else " " for x in s).split()
    s = [(w if "." not in w else (" " if len(max(w.split("."), key=len)) > 1 else "").join(w.split("."))) for w in s]
    s = " ".join(s).split()
    s = [(w if "-" not in w else (" " if len(min(w.split("-"), key=len)) > 1 else "").join(w.split("-"))) for w in s]
    return [w for w in " ".join(s).split() if w not in STOPLIST]


@torch.no_grad()
def deepimpact(text, length):
    words = cleanD(text)
    content = " ".join(words)
    pieces = tokenizer.tokenize(content)
    index = list(itertools.accumulate([-1] + pieces, lambda a, b: a + int(not b.startswith("##"))))
    terms = [(t, index.index(words.index(t))) for t in dict.fromkeys(words)]
    terms = [(t, i) for t, i in terms if i < length]
    hidden, _ = run(around(tokenizer.convert_tokens_to_ids(pieces), length))
    head = torch.nn.Sequential(heads["impact_score_encoder.0"], torch.nn.ReLU(), heads["impact_score_encoder.3"], torch.nn.ReLU())
    return [[t, float(head(hidden[i]))] for t, i in terms]


PUNCTUATION = {wp(c)[0] for c in string.punctuation}


@torch.no_grad()
def colbert(text, length):
    ids = around(wp(text), length - 1)
    ids = [ids[0], 2] + ids[1:]
    vectors = torch.nn.functional.normalize(heads["linear"](run(ids)[0]), dim=-1)
    return vectors[[k for k, i in enumerate(ids) if i != PAD and i not in PUNCTUATION]].flatten().tolist()


@torch.no_grad()
def colbert_query(text, length):
    ids = around(wp(text), length - 1)
    ids = [ids[0], 1] + ids[1:]
    mask = [1] * len(ids) + [0] * (length - len(ids))
    ids += [MASK] * (length - len(ids))
    return torch.nn.functional.normalize(heads["linear"](run(ids, mask)[0]), dim=-1).flatten().tolist()


@torch.no_grad()
def dense(text, length):
    return torch.nn.functional.normalize(run(around(wp(text), length))[0].mean(0), dim=-1).tolist()


def rounded(values):
    return [float(f"{v:.7g}") for v in values]


def sparse(vector):
    return {"terms": vector.nonzero().flatten().tolist(), "weights": rounded(vector[vector != 0].tolist())}


CLEAN = TEXTS + [
    "U.S.-based, e.g. 3.5 a.b.c. end.", "well-known x-ray vision--test - . , -- ..", "The quick, brown fox's tail",
    "caf\u00e9 na\u00efve \u00e9t\u00e9 \u4e2d\u6587 A.B C.DE", "what is paula deen's brother", "co-operate re-e.g.-x",
]
expected = {
    "texts": TEXTS,
    "methods": [{"method": m, "vectors": [sparse(encode(t, m)) for t in TEXTS]} for m in METHODS],
    "tilde": [{"terms": m, "passages": [tilde(t, m) for t in TEXTS]} for m in (5, 60)],
    "deepimpact": {"length": 20, "passages": [deepimpact(t, 20) for t in TEXTS]},
    "clean": [{"text": t, "passage": cleanD(t), "query": cleanQ(t)} for t in CLEAN],
    "colbert": {"length": 20, "query_length": 16, "passages": [rounded(colbert(t, 20)) for t in TEXTS],
                "queries": [rounded(colbert_query(t, 16)) for t in TEXTS]},
    "dense": {"length": 20, "passages": [rounded(dense(t, 20)) for t in TEXTS]},
}
for entry in expected["deepimpact"]["passages"]:
    for pair in entry:
        pair[1] = float(f"{pair[1]:.7g}")
json.dump(expected, open(os.path.join(HERE, "expected.json"), "w"), separators=(",", ":"))
