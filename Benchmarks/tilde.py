"""TILDE's expansion and TILDEv2's weights as a PyTorch program: the steps of ielab/TILDE's expansion.py and indexingv2.py,
in batches by length and with the head at position 0 alone, which is as fast as we could make it."""
import os
import re

import numpy as np
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForMaskedLM, BertModel, BertTokenizerFast

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PASSAGE_MARK, CLS, SEP = 1, 101, 102


def load(folder, cls):
    model = cls(BertConfig.from_pretrained(folder))
    weights = {k: v.float() for k, v in load_file(os.path.join(folder, "model.safetensors")).items()}
    if cls is BertModel:
        weights = {k.removeprefix("bert."): v for k, v in weights.items()}
    model.load_state_dict(weights, strict=False)
    if cls is BertForMaskedLM:
        model.tie_weights()
        if "cls.predictions.bias" in weights:
            model.cls.predictions.decoder.bias.data = weights["cls.predictions.bias"]
    return model.eval(), weights


class Program:
    def __init__(self, tilde, tildev2, terms, batch=64):
        self.terms, self.batch = terms, batch
        self.tokenizer = BertTokenizerFast.from_pretrained(tilde)
        self.expander, _ = load(tilde, BertForMaskedLM)
        self.weigher, weights = load(tildev2, BertModel)
        self.projection, self.bias = weights["tok_proj.weight"][0], weights["tok_proj.bias"]
        with open(os.path.join(ROOT, "Tests/EncodersTests/Golden/stopwords.txt")) as file:
            stopwords = file.read().split("\n")
        self.never = self.filtered(stopwords + ["definition"])
        asked = ("where", "how", "what", "when", "which", "why", "who")
        self.weightless = self.filtered(w for w in stopwords if w not in asked) | {0, 100, CLS, SEP, 103}

    def filtered(self, words):
        ids = {i[0] for i in (self.tokenizer(w, add_special_tokens=False)["input_ids"] for w in words if w)
               if len(i) == 1}
        vocabulary = self.tokenizer.get_vocab()
        ids |= {i for t, i in vocabulary.items()
                if not (t[0] == "#" and len(t) > 1) and not re.match("^[A-Za-z0-9_-]*$", t)}
        return ids | {vocabulary["##s"]}

    def by_length(self, sequences):
        order = sorted(range(len(sequences)), key=lambda i: -len(sequences[i]))
        for start in range(0, len(order), self.batch):
            part = order[start:start + self.batch]
            ids = torch.zeros(len(part), len(sequences[part[0]]), dtype=torch.int64)
            for row, i in enumerate(part):
                ids[row, :len(sequences[i])] = torch.tensor(sequences[i])
            yield part, ids, (ids != 0).long()

    @torch.inference_mode()
    def expand(self, texts):
        """Ids of the passage without [CLS], its [SEP] included, then the added ones."""
        sequences = [[PASSAGE_MARK] + ids[1:] for ids in self.tokenizer(texts, max_length=128, truncation=True)["input_ids"]]
        expanded = [None] * len(texts)
        for part, ids, mask in self.by_length(sequences):
            hidden = self.expander.bert(input_ids=ids, attention_mask=mask).last_hidden_state[:, :1]
            best = torch.topk(self.expander.cls(hidden)[:, 0], self.terms).indices.tolist()
            for i, selected in zip(part, best):
                own = set(sequences[i])
                expanded[i] = sequences[i][1:] + [t for t in selected if t not in own and t not in self.never]
        return expanded

    @torch.inference_mode()
    def weigh(self, expanded):
        """(ids, weights) of each passage, ids ascending."""
        sequences = [[CLS] + ids[:190] + [SEP] for ids in expanded]
        vectors = [None] * len(expanded)
        for part, ids, mask in self.by_length(sequences):
            hidden = self.weigher(input_ids=ids, attention_mask=mask).last_hidden_state
            scores = torch.relu(hidden @ self.projection + self.bias).tolist()
            for i, row in zip(part, scores):
                best = {}
                for token, score in zip(sequences[i], row):
                    if token not in self.weightless:
                        best[token] = max(best.get(token, 0.0), score)
                terms = sorted(t for t, w in best.items() if w > 0)
                vectors[i] = np.array(terms, int), np.array([best[t] for t in terms], np.float32)
        return vectors

    def run(self, texts):
        return self.weigh(self.expand(texts))
