#!/usr/bin/env python3
"""Encodes texts for bigrain with transformers and sentence-transformers, on a CPU or a GPU.

    backend:
      command: [python3, workers/bigrain_worker.py, --model, DIR, --as, splade]

Speaks the protocol of docs/backend-protocol.md on standard input and output. `--as` says what the model gives:

    dense           a sentence-transformers folder with its modules, or a plain encoder: pooled (--pooling), normalised
    splade          a masked language model: max (or sum) over tokens of log(1 + ReLU(logit))
    colbert         an encoder with a `linear` projection: one normalised vector a token
    tilde           a masked language model: the terms that a passage lacks (logits at position 0)
    causal-dense    a causal model: the state of the last token (--pooling last), or the mean of the second half (--echo)
    causal-sparse   a causal model: its vocabulary logits, max-pooled as in SPLADE, of the second half with --echo
                    (Mistral-SPLADE: Doshi, Kumar, Joshi and Jha, 2024; the echo: Springer et al., 2024)

Batches are cut again by length to at most --tokens padded tokens, so that memory is bounded and little is padded.
"""
import argparse
import hashlib
import json
import os
import queue
import struct
import sys
import threading
import zlib

import numpy as np
import torch
import transformers

HELLO, VOCABULARY, TEXTS, TOKENS, DENSE, SPARSE, TOKEN_VECTORS, EXPANSION, ERROR = 1, 2, 3, 4, 5, 6, 7, 8, 15
HEADER = struct.Struct("<4sBBHQIIII")
KINDS = {
    "dense": "dense", "causal-dense": "dense", "splade": "sparse", "causal-sparse": "sparse",
    "colbert": "token-vectors", "tilde": "expansion",
}


class Channel:
    """Frames on two descriptors. What libraries print goes to standard error."""

    def __init__(self):
        self.input = os.fdopen(os.dup(0), "rb", buffering=1 << 20)
        self.output = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)

    def receive(self):
        """The next frame as (kind, side, sequence, count, payload); None when there is none any more."""
        head = self.input.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        magic, kind, side, _, sequence, count, length, _, crc = HEADER.unpack(head)
        payload = self.input.read(length)
        if magic != b"BGRN" or len(payload) < length or zlib.crc32(payload, zlib.crc32(head[:28])) != crc:
            raise SystemExit("a damaged frame on standard input")
        return kind, side, sequence, count, payload

    def send(self, kind, sequence, count, *parts):
        payload = b"".join(parts)
        head = HEADER.pack(b"BGRN", kind, 0, 0, sequence, count, len(payload), 0, 0)[:28]
        data = head + struct.pack("<I", zlib.crc32(payload, zlib.crc32(head))) + payload
        while data:
            data = data[self.output.write(data):]


def strings(payload, count):
    lengths = np.frombuffer(payload, "<u4", count)
    ends = np.cumsum(lengths) + 4 * count
    return [payload[end - length:end].decode("utf-8", "replace") for length, end in zip(lengths, ends)]


def id_lists(payload, count):
    lengths = np.frombuffer(payload, "<u4", count)
    ids = np.frombuffer(payload, "<i4", offset=4 * count)
    return [part.tolist() for part in np.split(ids, np.cumsum(lengths)[:-1])] if count else []


class Model:
    """A checkpoint, its tokenizer, and one of the six ways to read vectors out of it."""

    def __init__(self, options):
        self.options = options
        self.way = options.way
        wanted = options.device
        self.device = torch.device(wanted if wanted != "auto" else "cuda" if torch.cuda.is_available() else "cpu")
        on_gpu = self.device.type == "cuda"
        types = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
        self.dtype = types[options.dtype if options.dtype != "auto" else "bf16" if on_gpu else "fp32"]
        self.pooling, self.normalize, self.length = options.pooling, options.normalize, options.length
        self.lowers, self.has_modules = False, False
        self.load(options.model)
        self.network.to(self.device, self.dtype).eval()
        tokenizer = self.tokenizer
        causal = self.way.startswith("causal")
        self.begin = [tokenizer.bos_token_id] if causal else [tokenizer.cls_token_id]
        self.end = [tokenizer.eos_token_id] if causal else [tokenizer.sep_token_id]
        self.begin = [i for i in self.begin if i is not None]
        self.end = [i for i in self.end if i is not None]
        if self.way == "causal-sparse":
            self.end = []
        self.padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else (self.end or [0])[0]
        if self.way == "tilde":
            self.forbidden = self.tilde_stop_ids()
        if self.way == "colbert":
            self.markers = {0: tokenizer.convert_tokens_to_ids("[unused1]"),
                            1: tokenizer.convert_tokens_to_ids("[unused0]")}
            punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
            self.skipped = {tokenizer.encode(mark, add_special_tokens=False)[0] for mark in punctuation}

    def load(self, path):
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(path)
        limit = self.tokenizer.model_max_length
        standard = {"tilde": 128, "colbert": 220}.get(self.way, limit if limit < 1 << 20 else 512)
        if self.way == "dense":
            if os.path.exists(os.path.join(path, "modules.json")):
                import sentence_transformers
                self.network = sentence_transformers.SentenceTransformer(path, device="cpu")
                self.has_modules = True
                self.lowers = bool(getattr(self.network[0], "do_lower_case", False))
                self.tokenizer = self.network.tokenizer
                self.length = self.length or self.network.max_seq_length or standard
                return
            self.network = transformers.AutoModel.from_pretrained(path)
        elif self.way in ("splade", "tilde"):
            self.network = transformers.AutoModelForMaskedLM.from_pretrained(path)
        elif self.way == "colbert":
            self.network = transformers.AutoModel.from_pretrained(path)
            weights = self.tensor(path, "linear.weight")
            self.projection = weights.to(self.device, self.dtype)
        elif self.way == "causal-sparse":
            self.network = transformers.AutoModelForCausalLM.from_pretrained(path)
        else:
            self.network = transformers.AutoModel.from_pretrained(path)
        positions = getattr(self.network.config, "max_position_embeddings", standard) or standard
        self.length = self.length or min(standard, positions, 8192)

    @staticmethod
    def tensor(path, name):
        from safetensors import safe_open
        with safe_open(os.path.join(path, "model.safetensors"), "pt") as tensors:
            return tensors.get_tensor(name)

    # What a greeting says.

    def identity(self):
        """Of all that decides the vectors: the checkpoint's bytes and every option that changes a number."""
        digest = hashlib.sha256()
        for folder, folders, files in os.walk(self.options.model):
            folders.sort()
            for name in sorted(files):
                if name.endswith((".safetensors", ".json", ".txt", ".model", ".bin")):
                    digest.update(name.encode())
                    with open(os.path.join(folder, name), "rb") as file:
                        for piece in iter(lambda: file.read(1 << 20), b""):
                            digest.update(piece)
        names = ("way", "pooling", "normalize", "norm", "special", "top", "terms", "echo", "prompt", "query_prompt")
        choice = ",".join(f"{name}={getattr(self.options, name)}" for name in names)
        return f"bigrain_worker 1 {digest.hexdigest()[:32]} {str(self.dtype)[6:]} length={self.length} {choice}"

    def dimension(self):
        return int(self.vectors([[5]], 0)[0].shape[-1])

    def vocabulary(self):
        size = self.network.get_output_embeddings().weight.shape[0]
        terms = self.tokenizer.convert_ids_to_tokens(range(len(self.tokenizer)))
        return [terms[i] if i < len(terms) and terms[i] is not None else f"<{i}>" for i in range(size)]

    # Tokens in, vectors out.

    def tokens(self, texts, side):
        prompt = self.options.query_prompt if side else self.options.prompt
        if self.lowers:
            texts = [text.lower() for text in texts]
        encoded = self.tokenizer([prompt + text for text in texts], add_special_tokens=False, truncation=True,
                                 max_length=self.length, verbose=False)
        return encoded["input_ids"]

    def framed(self, ids, side):
        """With the special tokens of the model, cut to its length."""
        begin, end = list(self.begin), list(self.end)
        if self.way == "tilde":
            begin = [2 if side else 1]
        if self.way == "colbert":
            begin = begin + [self.markers[side]]
        body = ids[: self.length - len(begin) - len(end)]
        if self.options.echo:
            body = ids[: (self.length - len(begin) - len(end)) // 2]
            return begin + body + body + end
        return begin + body + end

    def pieces(self, sequences):
        """Indices, longest first, in batches of at most `--tokens` padded tokens."""
        order = sorted(range(len(sequences)), key=lambda i: (-len(sequences[i]), i))
        start = 0
        while start < len(order):
            longest = max(len(sequences[order[start]]), 1)
            end = start + max(self.options.tokens // longest, 1)
            yield order[start:end]
            start = end

    @torch.inference_mode()
    def vectors(self, bodies, side):
        """One result a passage, in order: a vector, (ids, weights), (vectors) or (kept, terms, scores)."""
        sequences = [self.framed(body, side) for body in bodies]
        results = [None] * len(sequences)
        for piece in self.pieces(sequences):
            longest = max(len(sequences[i]) for i in piece)
            ids = torch.full((len(piece), longest), self.padding, dtype=torch.long)
            mask = torch.zeros((len(piece), longest), dtype=torch.long)
            for row, i in enumerate(piece):
                ids[row, : len(sequences[i])] = torch.tensor(sequences[i], dtype=torch.long)
                mask[row, : len(sequences[i])] = 1
            read = getattr(self, self.way.replace("-", "_"))
            answers = read(ids.to(self.device), mask.to(self.device), [bodies[i] for i in piece])
            for i, answer in zip(piece, answers):
                results[i] = answer
        return results

    def pooled(self, states, mask, pooling):
        states, weights = states.float(), mask.unsqueeze(-1).float()
        if pooling == "cls":
            return states[:, 0]
        if pooling == "max":
            return states.masked_fill(weights == 0, -torch.inf).amax(1)
        if pooling == "last":
            return states[torch.arange(len(states), device=states.device), mask.cumsum(1).argmax(1)]
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)

    def finished(self, vectors):
        if self.normalize:
            vectors = torch.nn.functional.normalize(vectors, dim=-1)
        return vectors.float().cpu().numpy()

    def dense(self, ids, mask, bodies):
        features = {"input_ids": ids, "attention_mask": mask}
        if self.has_modules:
            return self.network(features)["sentence_embedding"].float().cpu().numpy()
        states = self.network(**features).last_hidden_state
        return self.finished(self.pooled(states, mask, self.pooling or "mean"))

    def second_half(self, mask, bodies):
        """Only the positions of the repeated text (and none of the specials), where it was repeated."""
        if not self.options.echo:
            return mask
        kept = torch.zeros_like(mask)
        room = (self.length - len(self.begin) - len(self.end)) // 2
        for row, body in enumerate(bodies):
            count = min(len(body), room)
            start = len(self.begin) + count
            kept[row, start : start + count] = 1
        return kept

    def causal_dense(self, ids, mask, bodies):
        states = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        pooling = self.pooling or ("mean" if self.options.echo else "last")
        kept = self.second_half(mask, bodies) if pooling == "mean" else mask
        return self.finished(self.pooled(states, kept, pooling))

    def weighed(self, logits, mask):
        """(batch, vocabulary): the pooled weights of SPLADE."""
        weights = torch.log1p(torch.relu(logits.float())) * mask.unsqueeze(-1)
        if self.options.norm == "log1p-twice":
            weights = torch.log1p(weights)
        return weights.sum(1) if self.pooling == "sum" else weights.amax(1)

    def sparse(self, weights):
        if self.options.special == "zero":
            weights[:, self.tokenizer.all_special_ids] = 0
        if self.options.top:
            floor = weights.topk(min(self.options.top, weights.shape[1]), dim=1).values[:, -1:]
            weights = torch.where(weights >= floor, weights, 0)
        rows, terms = weights.nonzero(as_tuple=True)
        values = weights[rows, terms].cpu().numpy()
        counts = torch.bincount(rows, minlength=len(weights)).cpu().numpy()
        borders = np.cumsum(counts)[:-1]
        return list(zip(np.split(terms.int().cpu().numpy(), borders), np.split(values, borders)))

    def splade(self, ids, mask, bodies):
        return self.sparse(self.weighed(self.network(input_ids=ids, attention_mask=mask).logits, mask))

    def causal_sparse(self, ids, mask, bodies):
        logits = self.network(input_ids=ids, attention_mask=mask).logits
        return self.sparse(self.weighed(logits, self.second_half(mask, bodies)))

    def colbert(self, ids, mask, bodies):
        states = self.network(input_ids=ids, attention_mask=mask).last_hidden_state @ self.projection.T
        vectors = torch.nn.functional.normalize(states.float(), dim=-1).cpu().numpy()
        kept = mask.bool().cpu().numpy() & ~np.isin(ids.cpu().numpy(), list(self.skipped))
        return [row[keep] for row, keep in zip(vectors, kept)]

    def tilde_stop_ids(self):
        """clean_vacab of TILDE: single-piece stop words and "definition", symbols, ##s."""
        words = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stopwords-nltk-179.txt")
        with open(words, encoding="utf-8") as file:
            pieces = [self.tokenizer.encode(word, add_special_tokens=False) for word in file.read().split()]
        pieces.append(self.tokenizer.encode("definition", add_special_tokens=False))
        stop = {piece[0] for piece in pieces if len(piece) == 1}
        allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
        for token, number in self.tokenizer.get_vocab().items():
            if token == "##s" or not (token.startswith("#") and len(token) > 1) and not set(token) <= allowed:
                stop.add(number)
        return stop

    def tilde(self, ids, mask, bodies):
        states = self.network.base_model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :1]
        head = self.network.cls if hasattr(self.network, "cls") else None
        logits = (head(states) if head is not None else self.network(input_ids=ids, attention_mask=mask).logits)[:, 0]
        scores, terms = logits.float().topk(self.options.terms, dim=1)
        scores, terms, kept = scores.cpu().numpy(), terms.cpu().numpy(), mask.sum(1).tolist()
        answers = []
        for row in range(len(ids)):
            passage = ids[row, 1 : kept[row]].tolist()
            have = set(passage) | {0, 1} | self.forbidden
            new = [at for at, term in enumerate(terms[row].tolist()) if term not in have]
            answers.append((np.array(passage, "<i4"), terms[row][new].astype("<i4"), scores[row][new]))
        return answers


def lengths(parts):
    return np.array([len(part) for part in parts], "<u4").tobytes()


def joined(parts, kind):
    return np.concatenate(parts).astype(kind).tobytes() if parts else b""


def payload(gives, results):
    """The answer's kind and the parts of its payload."""
    if gives == "dense":
        return DENSE, [np.stack(results).astype("<f4").tobytes()]
    if gives == "sparse":
        return SPARSE, [lengths([r[0] for r in results]), joined([r[0] for r in results], "<u4"),
                        joined([r[1] for r in results], "<f4")]
    if gives == "token-vectors":
        return TOKEN_VECTORS, [lengths(results), joined([r.reshape(-1) for r in results], "<f4")]
    return EXPANSION, [lengths([r[0] for r in results]), lengths([r[1] for r in results])] + [
        joined([r[part] for r in results], kind) for part, kind in ((0, "<i4"), (1, "<i4"), (2, "<f4"))]


def serve(channel, model):
    gives = KINDS[model.way]
    if channel.receive() is None:
        return
    vocabulary = model.vocabulary() if gives in ("sparse", "expansion") else []
    # The ids of an expansion are those of the caller's tokenizer: their number is told, their names are not needed.
    greeting = {
        "protocol": 1, "gives": gives, "takes": ["texts", "tokens"], "identity": model.identity(),
        "dimension": model.dimension() if gives in ("dense", "token-vectors") else 0,
        "vocabulary": len(vocabulary),
        "limits": {"batch": model.options.batch, "inFlight": 4, "vectors": max(model.length, len(vocabulary))},
    }
    channel.send(HELLO, 0, 0, json.dumps(greeting).encode())
    if vocabulary:
        terms = [term.encode() for term in vocabulary]
        channel.send(VOCABULARY, 0, len(terms), lengths(terms), b"".join(terms))
    # Batches are read and tokenized while the one before is computed.
    waiting = queue.Queue(maxsize=8)

    def read():
        while (frame := channel.receive()) is not None:
            kind, side, sequence, count, data = frame
            try:
                bodies = id_lists(data, count) if kind == TOKENS else model.tokens(strings(data, count), side)
            except Exception as error:
                bodies = error
            waiting.put((side, sequence, count, bodies))
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while (work := waiting.get()) is not None:
        side, sequence, count, bodies = work
        try:
            if isinstance(bodies, Exception):
                raise bodies
            kind, parts = payload(gives, model.vectors(bodies, side))
            channel.send(kind, sequence, count, *parts)
        except (RuntimeError, ValueError, IndexError) as error:
            channel.send(ERROR, sequence, count, f"{type(error).__name__}: {error}".encode()[:60000])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a checkpoint's folder")
    parser.add_argument("--as", dest="way", required=True, choices=sorted(KINDS))
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--dtype", default="auto", choices=["auto", "fp32", "bf16", "fp16"],
                        help="bf16 on a GPU, fp32 on a CPU unless told otherwise")
    parser.add_argument("--length", type=int, help="tokens that go through the model, special ones included")
    parser.add_argument("--pooling", choices=["mean", "cls", "max", "last", "sum"])
    parser.add_argument("--no-normalize", dest="normalize", action="store_false")
    parser.add_argument("--norm", default="log1p", choices=["log1p", "log1p-twice"])
    parser.add_argument("--special", default="keep", choices=["keep", "zero"], help="weights of special tokens")
    parser.add_argument("--top", type=int, default=0, help="keep this many weights a passage")
    parser.add_argument("--terms", type=int, default=200, help="tilde: logits that are looked at")
    parser.add_argument("--echo", action="store_true", help="causal models read the text twice")
    parser.add_argument("--prompt", default="", help="before every passage")
    parser.add_argument("--query-prompt", default="", help="before every query")
    parser.add_argument("--batch", type=int, default=1024, help="passages in a batch")
    parser.add_argument("--tokens", type=int, default=16384, help="padded tokens that go through the model at once")
    return parser.parse_args()


if __name__ == "__main__":
    options = arguments()
    channel = Channel()
    serve(channel, Model(options))
    # Threads of libraries would keep it for seconds, and there is nothing left to do.
    sys.stderr.flush()
    os._exit(0)
