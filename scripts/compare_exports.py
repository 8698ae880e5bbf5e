#!/usr/bin/env python3
"""Opens each export of an index with the engine that it is for, and compares the ten best documents of each query.

    pip install numpy bmp pyseismic-lsr faiss-cpu       (each is left out with a message if it is not there)
    scripts/compare_exports.py --index out/msmarco --queries queries.tsv [--anserini anserini-fatjar.jar] [--model DIR]

Sparse queries are encoded by `pipeline export --queries`; engines that take whole query weights get them times 100, rounded,
unless they are whole already, and the reference is computed with the same weights.

Columns: queries whose ten documents are the same in the same order; the same up to ties (at every rank, a document with the
score that belongs there); the same set up to ties.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np

K = 10


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:6])}: {result.stderr.strip()[-400:]}")
    return result.stdout


class Matrix:
    """The exported .csr: exact scores of all documents."""

    def __init__(self, path):
        with open(path, "rb") as file:
            rows, columns, entries = np.fromfile(file, "<i8", 3)
            self.starts = np.fromfile(file, "<i8", rows + 1)
            self.columns = np.fromfile(file, "<i4", entries)
            self.values = np.fromfile(file, "<f4", entries).astype("f8")
        lines = lambda p: open(p, encoding="utf-8", newline="\n").read().split("\n")[:-1]
        self.ids = lines(path + ".ids")
        self.place = {term: i for i, term in enumerate(lines(path + ".terms"))}
        assert len(self.ids) == rows and len(self.place) == columns
        self.rows = np.repeat(np.arange(rows), np.diff(self.starts))
        self.rank = np.empty(rows, int)
        self.rank[sorted(range(rows), key=lambda i: self.ids[i].encode())] = np.arange(rows)

    def scores(self, vector):
        weights = np.zeros(len(self.place))
        for term, weight in vector.items():
            if term in self.place:
                weights[self.place[term]] = weight
        return np.bincount(self.rows, self.values * weights[self.columns], minlength=len(self.ids))

    def best(self, scores):
        order = np.lexsort((self.rank, -scores))[:K]
        return [self.ids[i] for i in order if scores[i] > 0]


def read_run(path):
    lists = collections.defaultdict(list)
    for line in open(path, encoding="utf-8"):
        query, _, document, rank, _, _ = line.split()
        lists[query].append((int(rank), document))
    return {query: [d for _, d in sorted(entries)][:K] for query, entries in lists.items()}


class Report:
    def __init__(self, matrix, queries):
        self.matrix = matrix
        self.position = {d: i for i, d in enumerate(matrix.ids)}
        self.queries = queries
        self.rows = []

    def compare(self, name, lists, whole=False, note="", ids=None):
        """`lists`: query -> documents. Scores are those of the query weights that the engine was given."""
        same = ties = sets = 0
        first = None
        for query, vector in self.queries.items():
            scores = self.matrix.scores(whole(vector) if whole else vector)
            ours = self.matrix.best(scores)
            theirs = lists.get(query, [])
            value = lambda documents: [round(scores[self.position[d]], 4) for d in documents if d in self.position]
            same += ours == theirs
            ties += value(ours) == value(theirs)
            sets += sorted(value(ours)) == sorted(value(theirs))
            if value(ours) != value(theirs) and first is None:
                first = f"query {query}: {list(zip(theirs, value(theirs)))[:4]} instead of {list(zip(ours, value(ours)))[:4]}"
        total = len(self.queries)
        print(f"{name:28} same {same}/{total}  up to ties {ties}/{total}  as sets {sets}/{total}  {note}", flush=True)
        if first:
            print(f"    first difference: {first}")


def whole_weights(vector):
    """Weights times 100, rounded, unless they are whole."""
    factor = 1 if all(w == int(w) for w in vector.values()) else 100
    return {term: round(weight * factor) for term, weight in vector.items() if round(weight * factor) > 0}


def bmp_weights(vector):
    """BMP makes 32 of a query's largest weight and rounds the others up: whole weights up to 32 stay what they are."""
    factor = 32 / max(vector.values(), default=1)
    return {term: round(weight * factor) for term, weight in vector.items() if round(weight * factor) > 0}


def compare_bmp(report, folder, export):
    from bmp import Searcher, ciff2bmp

    export("bmp", folder + "/x.ciff")
    ciff2bmp(ciff_file=folder + "/x.ciff", output=folder + "/x.bmp", bsize=32, compress_range=False)
    searcher = Searcher(folder + "/x.bmp")
    lists = {}
    for query, vector in report.queries.items():
        weights = {t: float(w) for t, w in bmp_weights(vector).items()}
        documents, _ = searcher.search(weights, k=K, alpha=1.0, beta=1.0)
        lists[query] = [str(d) for d in documents]
    report.compare("bmp (block 32, exact)", lists, whole=bmp_weights, note="query weights of 5 bits, its own rule")


def compare_seismic(report, folder, export):
    from seismic import SeismicIndex, SeismicIndexLV, get_seismic_string

    export("seismic", folder + "/seismic.jsonl", "--clip", "ids")
    ids = report.matrix.ids if os.path.exists(folder + "/seismic.jsonl.ids") else None
    large = len(report.matrix.place) > 65_535
    index = (SeismicIndexLV if large else SeismicIndex).build(
        folder + "/seismic.jsonl", n_postings=10**6, centroid_fraction=0.2, summary_energy=1.0, max_fraction=10**3)
    kind = get_seismic_string()
    lists = {}
    for query, vector in report.queries.items():
        known = {t: w for t, w in vector.items() if t in report.matrix.place}
        found = index.search(query_id=query, query_components=np.array(list(known), dtype=kind),
                             query_values=np.array(list(known.values()), dtype=np.float32), k=K, query_cut=1000,
                             heap_factor=0.0)
        lists[query] = [ids[int(d)] if ids else str(d) for _, _, d in found]
    report.compare("seismic (nothing cut)", lists, note="stores values as f16")


def compare_anserini(report, folder, export, jar):
    os.makedirs(folder + "/anserini", exist_ok=True)
    export("jsonl", folder + "/anserini/docs.jsonl")
    run("java", "-Xmx2g", "-cp", jar, "io.anserini.index.IndexCollection", "-collection", "JsonVectorCollection", "-input",
        folder + "/anserini", "-index", folder + "/lucene", "-generator", "DefaultLuceneDocumentGenerator", "-threads",
        "1", "-impact", "-pretokenized")
    with open(folder + "/topics.tsv", "w", encoding="utf-8") as file:
        for query, vector in report.queries.items():
            words = [t for t, w in whole_weights(vector).items() for _ in range(w)]
            file.write(f"{query}\t{' '.join(words)}\n")
    run("java", "-Xmx2g", "-cp", jar, "io.anserini.search.SearchCollection", "-index", folder + "/lucene", "-topics",
        folder + "/topics.tsv", "-topicReader", "TsvString", "-output", folder + "/anserini.run", "-impact",
        "-pretokenized", "-hits", str(K), "-parallelism", "1")
    version = re.search(r"anserini-([0-9.]+)-", jar)
    report.compare(f"anserini {version.group(1) if version else ''}", read_run(folder + "/anserini.run"), whole=whole_weights)


class DenseReport:
    """Lists of ten against the exact scores of all documents; equal up to ties where each rank has the score that belongs there,
    but for what sums of floats in another order differ by."""

    def __init__(self, ids, queries):
        self.ids, self.queries = ids, queries
        self.position = {d: i for i, d in enumerate(ids)}
        self.rank = np.empty(len(ids), int)
        self.rank[sorted(range(len(ids)), key=lambda i: ids[i].encode())] = np.arange(len(ids))

    def compare(self, name, lists, rows, note=""):
        same = ties = 0
        first = None
        for query, vector in self.queries.items():
            scores = rows @ vector
            ours = np.lexsort((self.rank, -scores))[:K]
            theirs = [self.position[d] for d in lists.get(query, [])]
            same += list(ours) == theirs
            near = len(theirs) == len(ours) and np.allclose(scores[theirs], scores[ours], rtol=0,
                                                            atol=2e-6 * np.linalg.norm(vector))
            ties += near and len(set(theirs)) == len(theirs)
            if not near and first is None:
                first = f"query {query}: {list(zip(theirs, scores[theirs]))[:4]} instead of {list(zip(ours, scores[ours]))[:4]}"
        total = len(self.queries)
        print(f"{name:28} same {same}/{total}  up to ties {ties}/{total}  {note}", flush=True)
        if first:
            print(f"    first difference: {first}")


def compare_dense(folder, export, pipeline, index, queries, query_vectors):
    """NumPy over the exported rows gives the scores; faiss opens its flat index and its OPQ,PQ and searches them."""
    import faiss

    try:
        export("npy", folder + "/x.npy")
    except RuntimeError as error:
        print(f"dense: left out ({str(error).split(': ', 1)[-1]})")
        return
    rows = np.load(folder + "/x.npy")
    ids = open(folder + "/x.npy.ids", encoding="utf-8", newline="\n").read().split("\n")[:-1]
    assert rows.dtype == np.float32 and len(ids) == len(rows)
    vectors = {q["id"]: np.array(q["vector"], "f8") for q in map(json.loads, open(query_vectors))}
    batch = np.array(list(vectors.values()), "f4")
    print(f"{len(rows)} documents, {rows.shape[1]} dimensions, {len(vectors)} queries")

    def search(mode):
        run(pipeline, "search", index, "--mode", mode, "--queries", queries, "--run", f"{folder}/{mode}.run", "--k", str(K),
            "--query-vectors", query_vectors)
        return read_run(f"{folder}/{mode}.run")

    def lists(found):
        return {query: [ids[i] for i in documents if i >= 0] for query, documents in zip(vectors, found)}

    report = DenseReport(ids, vectors)
    exact = rows.astype("f8")
    report.compare("pipeline search, dense", search("dense"), exact, "(against NumPy over the .npy)")
    for name, read in [("fvecs", lambda b: b.reshape(len(ids), -1)[:, 1:]), ("fbin", lambda b: b[2:].reshape(len(ids), -1))]:
        export(name, f"{folder}/x.{name}")
        assert np.array_equal(read(np.fromfile(f"{folder}/x.{name}", "<f4")), rows)
        print(f"{name:28} the same rows")
    export("faiss-flat", folder + "/x.faiss")
    flat = faiss.read_index(folder + "/x.faiss")
    assert flat.ntotal == len(ids) and flat.metric_type == faiss.METRIC_INNER_PRODUCT
    assert np.array_equal(flat.reconstruct_n(0, flat.ntotal), rows)
    report.compare(f"faiss {faiss.__version__}, flat", lists(flat.search(batch, K)[1]), exact)
    try:
        export("faiss-pq", folder + "/x.pq")
    except RuntimeError as error:
        print(f"faiss-pq: left out ({str(error).split(': ', 1)[-1]})")
        return
    codes = faiss.read_index(folder + "/x.pq")
    decoded = codes.reconstruct_n(0, codes.ntotal).astype("f8")
    error = np.sum((decoded - exact) ** 2) / np.sum(exact**2)
    report.compare("pipeline search, pq", search("pq"), decoded, "(against what faiss decodes)")
    report.compare(f"faiss {faiss.__version__}, OPQ,PQ", lists(codes.search(batch, K)[1]), decoded,
                   f"squared error of codes {100 * error:.1f} % of the vectors' length")


def compare_sparse(options, only, folder, export, model):
    try:
        export("csr", folder + "/x.csr", "--queries", options.queries, *model)
    except RuntimeError as error:
        print(f"sparse: left out ({str(error).split(': ', 1)[-1]})")
        return
    matrix = Matrix(folder + "/x.csr")
    queries = {q["id"]: q["vector"] for q in map(json.loads, open(folder + "/x.csr.queries.jsonl", encoding="utf-8"))}
    print(f"{len(matrix.ids)} documents, {len(matrix.place)} terms, {len(matrix.values)} postings, {len(queries)} queries")
    report = Report(matrix, queries)
    run(options.pipeline, "search", options.index, "--mode", "sparse", "--queries", options.queries, "--run",
        folder + "/ours.run", "--k", str(K), *model)
    report.compare("pipeline search", read_run(folder + "/ours.run"), note="(against NumPy over the .csr)")
    tasks = {
        "bmp": lambda: compare_bmp(report, folder, export),
        "seismic": lambda: compare_seismic(report, folder, export),
        "anserini": lambda: compare_anserini(report, folder, export, options.anserini),
    }
    for name, task in tasks.items():
        if name not in only or (name == "anserini" and not options.anserini):
            continue
        try:
            task()
        except (ImportError, RuntimeError) as error:
            print(f"{name}: left out ({error})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pipeline", default=".build/release/pipeline")
    parser.add_argument("--index", required=True)
    parser.add_argument("--queries", required=True)
    parser.add_argument("--model")
    parser.add_argument("--query-vectors", help="for the dense side: what `pipeline encode --as dense --side queries` prints")
    parser.add_argument("--anserini", help="anserini-*-fatjar.jar")
    parser.add_argument("--only", default="numpy,bmp,seismic,anserini,dense")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="compare-exports-")
    model = ["--model", options.model] if options.model else []
    only = options.only.split(",")

    def export(name, path, *more):
        return run(options.pipeline, "export", options.index, "--format", name, "--output", path, *more)

    try:
        if set(only) - {"dense"}:
            compare_sparse(options, only, folder, export, model)
        if "dense" in only and options.query_vectors:
            try:
                compare_dense(folder, export, options.pipeline, options.index, options.queries, options.query_vectors)
            except ImportError as error:
                print(f"dense: left out ({error})")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
