"""The rows of the table: each function makes one comparison and checks that both sides did the same work."""
import os
import subprocess
import time

import numpy as np

import encoder_rows
import engines
import job_rows
from bench import HERE, ROOT, Ours, alternate, comparison, timed
from skipped import Skipped


def texts_of(path, limit=None):
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t", 1)[1] for line in file]
    return lines[:limit]


def part(options, count):
    """The collection, or its first `count` lines where it has to be quick."""
    if not options.quick:
        return options.collection
    path = os.path.join(options.scratch, f"part-{count}.tsv")
    if not os.path.exists(path):
        with open(options.collection, "rb") as file, open(path, "wb") as out:
            for _ in range(count):
                out.write(file.readline())
    return path


def tokenize(options):
    """WordPiece, one thread."""
    os.environ["RAYON_NUM_THREADS"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import tokenizers
    model = os.path.join(ROOT, "data", "models", "tilde-tiny")
    collection = part(options, 4000)
    texts = texts_of(collection)
    peer = tokenizers.BertWordPieceTokenizer(os.path.join(model, "vocab.txt"), lowercase=True)._tokenizer
    ours = Ours("tokenize", "--model", model, "--input", collection)
    counts = ours.run()
    # The faster of its two ways: no offsets.
    pairs = alternate(lambda: ours.run()["seconds"],
                      lambda: timed(lambda: peer.encode_batch_fast(texts, add_special_tokens=False))[0], options.passes)
    path = os.path.join(options.scratch, "ids")
    ours.dump(path)
    ours.close()
    data, at, different = np.fromfile(path, "<i4"), 0, 0
    for encoding in peer.encode_batch(texts, add_special_tokens=False):
        count = int(data[at])
        different += encoding.ids != data[at + 1:at + 1 + count].tolist()
        at += 1 + count
    if different:
        raise SystemExit(f"tokenize: {different} of {len(texts)} texts have other ids")
    own = sorted(pair[0] for pair in pairs)[len(pairs) // 2]
    return comparison(
        "WordPiece, one thread", f"Hugging Face tokenizers {tokenizers.__version__}", "tokens", counts["tokens"], pairs,
        8, f"ids of {len(texts)} texts equal", peak=counts["bytes"] / own / options.peaks[1]["read_gb_s"] / 1e9)


def backend(options):
    """Feeding a process backend that answers at once, text in, vectors on disk."""
    rates = []
    for _ in range(options.passes):
        copies = "2" if options.quick else "8"
        done = subprocess.run([os.path.join(ROOT, "scripts", "bench_backend.sh"), "--copies", copies],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Skipped(done.stderr.strip().split("\n")[-1])
        rates.append(float(done.stdout.split("passages/s")[0].split()[-1]))
    rates.sort()
    return {"row": "feeding a process backend, 384 dimensions, text in, vectors on disk", "peer": "(a goal of its own)",
            "unit": "passages", "ours_per_second": rates[len(rates) // 2], "peer_per_second": None, "ratio": None,
            "goal": "30,000 passages/s", "passes": len(rates),
            "checked": f"{rates[0]:.0f} to {rates[-1]:.0f} passages/s; all chunks stored", "share_of_peak": None}


def encoded(options):
    """(name of the kind, path prefix) of encoded vectors, made once: they take minutes and never change."""
    import vectors
    kind = "splade" if engines.model_folder("splade-tiny") and not options.quick else "bm25"
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "bigrain-bench")
    os.makedirs(cache, exist_ok=True)
    limit = 4000 if options.quick else int(os.environ.get("BIGRAIN_BENCH_VECTORS", 30000))
    folder = os.path.dirname(options.collection)
    prefix = os.path.join(cache, f"{os.path.basename(folder)}-{kind}-{limit}")
    if not os.path.exists(prefix + ".vectors"):
        data = os.path.dirname(folder)
        queries = [os.path.join(folder, "queries.tsv")]
        queries += [q for q in (os.path.join(data, n, "queries.tsv") for n in ("cranfield", "vaswani"))
                    if os.path.exists(q) and q not in queries]
        vectors.make(options.collection, queries, prefix, limit, kind, options.threads)
    return {"splade": "SPLADE-tiny", "bm25": "BM25"}[kind], prefix


def documents_of(prefix):
    import vectors
    offsets, terms, impacts = vectors.load(prefix + ".vectors")
    names = [f"t{i}" for i in range(30522)]
    return [{names[t]: int(w) for t, w in zip(terms[a:b].tolist(), impacts[a:b].tolist())}
            for a, b in zip(offsets, offsets[1:])]


def bmp_index(documents, path):
    import bmp
    indexer = bmp.Indexer(path, bsize=32, compress_range=False)
    for number, document in enumerate(documents):
        indexer.add_document(str(number), document)
    indexer.finish()


def index(options):
    """Impact index from encoded vectors, one thread."""
    import bmp  # noqa: F401
    kind, prefix = encoded(options)
    documents = documents_of(prefix)
    path = os.path.join(options.scratch, "index.bmp")
    ours = Ours("index", "--input", prefix + ".vectors", "--output", os.path.join(options.scratch, "index"))
    counts = ours.run()
    pairs = alternate(lambda: ours.run()["seconds"], lambda: timed(lambda: bmp_index(documents, path))[0], options.passes)
    ours.close()
    own = sorted(pair[0] for pair in pairs)[len(pairs) // 2]
    size = os.path.getsize(path) / counts["postings"]
    return comparison(
        f"impact index of {len(documents)} {kind} vectors, one thread", "BMP 0.2.8, blocks of 32", "postings",
        counts["postings"], pairs, 4,
        f"{counts['bytes'] / counts['postings']:.2f} bytes a posting, ids included, durable on disk; BMP {size:.2f}",
        peak=4 * counts["postings"] / own / options.peaks[1]["read_gb_s"] / 1e9,
        note="the peak is one read of the postings (6 bytes each) and one write")


def search(options):
    """Exact top k, one thread."""
    import bmp
    import vectors
    kind, prefix = encoded(options)
    folder = os.path.join(options.scratch, "index")
    if not os.path.exists(folder):
        ours = Ours("index", "--input", prefix + ".vectors", "--output", folder)
        ours.run()
        ours.close()
    path = os.path.join(options.scratch, "index.bmp")
    if not os.path.exists(path):
        bmp_index(documents_of(prefix), path)
    peer = bmp.Searcher(path)
    with open(prefix + ".queries") as file:
        asked = [line.split() for line in file]
    asked = [{words[i]: int(words[i + 1]) for i in range(0, len(words), 2)} for words in asked if words]
    offsets, terms, impacts = vectors.load(prefix + ".vectors")
    # The truth: dense sums in whole numbers.
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets).astype(int))
    results = []
    for k in (10, 1000):
        # BMP ends the process where there are fewer documents.
        if k > len(offsets) - 1:
            results.append({"row": f"exact top {k}, {kind}, one thread", "skipped": f"{len(offsets) - 1} documents"})
            continue
        ours = Ours("search", "--index", folder, "--queries", prefix + ".queries", "--k", k)
        pairs = alternate(lambda: ours.run()["seconds"],
                          lambda: timed(lambda: [peer.search(q, k=k, alpha=1.0, beta=1.0) for q in asked])[0],
                          options.passes)
        out = os.path.join(options.scratch, "hits")
        ours.dump(out)
        ours.close()
        with open(out) as file:
            hits = [line.split() for line in file.read().split("\n")]
        hits = [row for row in hits]
        exact, recall, sample = 0, [], range(0, len(asked), max(1, len(asked) // 40))
        for number in sample:
            weights = np.zeros(30522, np.int64)
            for term, weight in asked[number].items():
                weights[int(term[1:])] = weight
            scores = np.bincount(rows, weights[terms] * impacts, minlength=len(offsets) - 1)
            order = sorted(np.flatnonzero(scores).tolist(), key=lambda d: (-scores[d], str(d)))[:k]
            exact += [int(hits[number][i]) for i in range(0, len(hits[number]), 2)] == order
            found = {int(d) for d in peer.search(asked[number], k=k, alpha=1.0, beta=1.0)[0]}
            recall.append(len(found & set(order)) / max(len(order), 1))
        if exact < len(sample):
            raise SystemExit(f"search: only {exact} of {len(sample)} queries have the exact top {k}")
        results.append(comparison(
            f"exact top {k}, {kind}, one thread", "BMP 0.2.8, blocks of 32", "queries", len(asked), pairs, 2,
            f"{exact} of {len(sample)} queries equal to brute force in ids and order; BMP's recall {np.mean(recall):.3f}"))
    return results


# `make bench-quick` makes these.
QUICK = [tokenize, backend, index, search]
ALL = QUICK + encoder_rows.ALL + job_rows.ALL
