#!/usr/bin/env python3
"""Checks bigrain_worker.py against plain transformers: one text at a time, no padding, no batches.

    python3 workers/test_worker.py

Tiny random checkpoints are made in a temporary folder; nothing is downloaded.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import torch
import transformers
from safetensors.torch import load_file, save_file

HEADER = struct.Struct("<4sBBHQIIII")
WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bigrain_worker.py")
WORDS = "the of retrieval sparse dense vector index bees find way home river stone light ##s ##ing definition !".split()
TEXTS = ["the bees find the way home", "sparse retrieval", "", "a river of light , stone ! unknownword",
         "index " * 40, "dense vector index of the river"]


class Client:
    def __init__(self, model, *options):
        command = [sys.executable, WORKER, "--model", model, "--device", "cpu", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.send(1, 0, 0, b'{"protocol":1}')
        self.greeting = json.loads(self.receive()[4])
        self.vocabulary = self.receive() if self.greeting["vocabulary"] else None

    def send(self, kind, sequence, count, payload, side=0):
        head = HEADER.pack(b"BGRN", kind, side, 0, sequence, count, len(payload), 0, 0)[:28]
        self.process.stdin.write(head + struct.pack("<I", zlib.crc32(payload, zlib.crc32(head))) + payload)
        self.process.stdin.flush()

    def receive(self):
        head = self.process.stdout.read(HEADER.size)
        magic, kind, side, _, sequence, count, length, _, crc = HEADER.unpack(head)
        payload = self.process.stdout.read(length)
        assert zlib.crc32(payload, zlib.crc32(head[:28])) == crc
        return kind, side, sequence, count, payload

    def ask(self, texts, side=0):
        data = [text.encode() for text in texts]
        self.send(3, 7, len(texts), np.array([len(d) for d in data], "<u4").tobytes() + b"".join(data), side)
        kind, _, sequence, count, payload = self.receive()
        assert sequence == 7 and count == len(texts), (sequence, count)
        assert kind != 15, payload
        return payload

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0


def sparse_rows(payload, count, size):
    lengths = np.frombuffer(payload, "<u4", count)
    ids = np.frombuffer(payload, "<u4", lengths.sum(), 4 * count)
    weights = np.frombuffer(payload, "<f4", lengths.sum(), 4 * count + 4 * lengths.sum())
    rows = np.zeros((count, size), "f4")
    start = 0
    for row, length in enumerate(lengths):
        rows[row, ids[start:start + length]] = weights[start:start + length]
        start += length
    return rows


def make_bert(folder):
    torch.manual_seed(1)
    tokens = ["[PAD]", "[unused0]", "[unused1]"] + [f"[unused{i}]" for i in range(2, 6)]
    tokens += ["[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS + [f"word{i}" for i in range(200)]
    tokens += [mark for mark in "\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"]
    with open(os.path.join(folder, "vocab.txt"), "w") as file:
        file.write("\n".join(tokens) + "\n")
    tokenizer = transformers.BertTokenizerFast(vocab=os.path.join(folder, "vocab.txt"))
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(vocab_size=len(tokens), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                                     intermediate_size=64, max_position_embeddings=64, pad_token_id=0)
    model = transformers.BertForMaskedLM(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    path = os.path.join(folder, "model.safetensors")
    tensors = load_file(path)
    tensors["linear.weight"] = torch.randn(16, 32)
    save_file(tensors, path, metadata={"format": "pt"})
    return tokenizer, transformers.BertForMaskedLM.from_pretrained(folder).eval(), tensors["linear.weight"]


def make_mistral(folder, tokenizer):
    torch.manual_seed(2)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer._tokenizer, bos_token="[CLS]",
                                                eos_token="[SEP]", unk_token="[UNK]", pad_token="[PAD]")
    fast.save_pretrained(folder)
    config = transformers.MistralConfig(vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2,
                                        num_attention_heads=4, num_key_value_heads=2, intermediate_size=64,
                                        max_position_embeddings=256)
    model = transformers.MistralForCausalLM(config).eval()
    model.save_pretrained(folder)
    return fast, model


def close(name, ours, reference, bound=1e-5):
    difference = float(np.abs(np.asarray(ours) - np.asarray(reference)).max())
    print(f"{name}: {len(ours)} texts, largest difference {difference:.2e}")
    assert difference < bound, name


@torch.inference_mode()
def main():
    with tempfile.TemporaryDirectory() as bert, tempfile.TemporaryDirectory() as mistral:
        tokenizer, model, projection = make_bert(bert)
        plain = tokenizer(TEXTS, add_special_tokens=False)["input_ids"]
        framed = [[tokenizer.cls_token_id] + ids[:62] + [tokenizer.sep_token_id] for ids in plain]

        client = Client(bert, "--as", "dense", "--tokens", "64")
        assert client.greeting["dimension"] == 32 and client.greeting["gives"] == "dense"
        ours = np.frombuffer(client.ask(TEXTS), "<f4").reshape(-1, 32)
        states = [model.bert(torch.tensor([ids])).last_hidden_state[0] for ids in framed]
        reference = torch.stack([torch.nn.functional.normalize(s.mean(0), dim=0) for s in states])
        close("dense, mean", ours, reference)
        again = Client(bert, "--as", "dense")
        assert again.greeting["identity"] == client.greeting["identity"]
        again.close()
        other = Client(bert, "--as", "dense", "--pooling", "cls", "--no-normalize")
        assert other.greeting["identity"] != client.greeting["identity"]
        close("dense, cls", np.frombuffer(other.ask(TEXTS), "<f4").reshape(-1, 32), torch.stack([s[0] for s in states]))
        other.close()
        client.close()

        client = Client(bert, "--as", "splade")
        size = client.greeting["vocabulary"]
        ours = sparse_rows(client.ask(TEXTS), len(TEXTS), size)
        logits = [model(torch.tensor([ids])).logits[0] for ids in framed]
        close("splade, max", ours, torch.stack([torch.log1p(torch.relu(l)).amax(0) for l in logits]))
        client.close()

        client = Client(bert, "--as", "colbert", "--length", "40")
        payload = client.ask(TEXTS)
        counts = np.frombuffer(payload, "<u4", len(TEXTS))
        values = np.frombuffer(payload, "<f4", offset=4 * len(TEXTS)).reshape(-1, 16)
        reference = []
        marks = {tokenizer.encode(m, add_special_tokens=False)[0] for m in "!,"}
        for row, ids in enumerate(plain):
            ids = [tokenizer.cls_token_id, 2] + ids[:37] + [tokenizer.sep_token_id]
            vectors = torch.nn.functional.normalize(model.bert(torch.tensor([ids])).last_hidden_state[0] @ projection.T, dim=-1)
            kept = [vector for vector, i in zip(vectors, ids) if i not in marks]
            assert len(kept) == counts[row]
            reference += kept
        close("colbert", values, torch.stack(reference))
        client.close()

        client = Client(bert, "--as", "tilde", "--terms", "30")
        payload = client.ask(TEXTS)
        kept, added = np.frombuffer(payload, "<u4", 2 * len(TEXTS)).reshape(2, -1)
        ids = np.frombuffer(payload, "<i4", kept.sum() + added.sum(), 8 * len(TEXTS)).tolist()
        terms = np.split(ids[kept.sum():], np.cumsum(added)[:-1])
        stop = {tokenizer.convert_tokens_to_ids(w) for w in ("the", "of", "##s", "definition", "!")}
        for row, body in enumerate(plain):
            sequence = [1] + body[:62] + [tokenizer.sep_token_id]
            top = model(torch.tensor([sequence])).logits[0, 0].topk(30).indices.tolist()
            words = tokenizer.convert_ids_to_tokens(top)
            wanted = [t for t, w in zip(top, words) if t not in sequence and t not in stop and t > 10
                      and (w.isalnum() or w in ("-", "_") or w.startswith("##"))]
            assert terms[row].tolist() == wanted, (terms[row].tolist(), wanted)
        print(f"tilde: {len(TEXTS)} texts, {len(ids) - kept.sum()} terms, all the same")
        client.close()

        fast, causal = make_mistral(mistral, tokenizer)
        begin, end = fast.bos_token_id, fast.eos_token_id
        client = Client(mistral, "--as", "causal-dense", "--length", "128")
        ours = np.frombuffer(client.ask(TEXTS), "<f4").reshape(-1, 32)
        reference = []
        for body in plain:
            state = causal.model(torch.tensor([[begin] + body[:126] + [end]])).last_hidden_state[0, -1]
            reference.append(torch.nn.functional.normalize(state, dim=0))
        close("causal, last token", ours, torch.stack(reference))
        client.close()

        client = Client(mistral, "--as", "causal-dense", "--echo", "--length", "128")
        filled = [text for text in TEXTS if text]
        ours = np.frombuffer(client.ask(filled), "<f4").reshape(-1, 32)
        reference = []
        for body in fast(filled, add_special_tokens=False)["input_ids"]:
            states = causal.model(torch.tensor([[begin] + body + body + [end]])).last_hidden_state[0]
            echo = states[1 + len(body):1 + 2 * len(body)].mean(0)
            reference.append(torch.nn.functional.normalize(echo, dim=0))
        close("causal, echo", ours, torch.stack(reference))
        client.close()

        client = Client(mistral, "--as", "causal-sparse", "--echo", "--length", "128")
        ours = sparse_rows(client.ask(filled), len(filled), client.greeting["vocabulary"])
        reference = []
        for body in fast(filled, add_special_tokens=False)["input_ids"]:
            logits = causal(torch.tensor([[begin] + body + body])).logits[0, 1 + len(body):]
            reference.append(torch.log1p(torch.relu(logits)).amax(0))
        close("causal SPLADE, echo", ours, torch.stack(reference))
        client.close()
    print("all as they should be")


if __name__ == "__main__":
    main()
