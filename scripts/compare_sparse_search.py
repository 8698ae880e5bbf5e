#!/usr/bin/env python3
"""Sparse search against BMP: same vectors, one thread, one run, alternating. Prints a Markdown table and JSON.

    swift build -c release --product sparsebench
    pip install numpy bmp
    pipeline export INDEX --format csr --output VECTORS.csr --queries QUERIES.tsv [--model DIR]
    scripts/compare_sparse_search.py VECTORS.csr [--codecs fast,small] [--rounds 5] [--k 10,1000]
    scripts/compare_sparse_search.py VECTORS.npz [--order ORDER.npy] ...

VECTORS.csr: an index's impacts in its order of documents, with the .terms and .queries.jsonl beside it. VECTORS.npz: indptr, indices, weights (documents), qindptr, qindices, qweights (queries), max. Weights become impacts of
8 bits: half-even of weight / max * 255. Every answer of ours is compared with brute force, ids and scores; BMP's recall
is counted against the same. BMP rounds its query weights; ours are given as they are.
"""
import argparse, json, os, statistics, subprocess, tempfile, time
import numpy as np


def write_csr(path, indptr, indices, values, columns):
    with open(path, "wb") as file:
        np.array([len(indptr) - 1, columns, len(indices)], np.int64).tofile(file)
        np.asarray(indptr, np.int64).tofile(file)
        np.asarray(indices, np.int32).tofile(file)
        np.asarray(values, np.float32).tofile(file)


def impacts(z):
    codes = np.clip(np.rint(z["weights"].astype(np.float64) / float(z["max"]) * 255), 0, 255)
    rows = np.repeat(np.arange(len(z["indptr"]) - 1), np.diff(z["indptr"]))
    kept = codes > 0
    counts = np.bincount(rows[kept], minlength=len(z["indptr"]) - 1)
    return np.r_[0, np.cumsum(counts)], z["indices"][kept], codes[kept]


def exported(path):
    """(documents, queries) of an exported .csr: (indptr, indices, values) each."""
    with open(path, "rb") as file:
        rows, columns, entries = np.fromfile(file, "<i8", 3)
        indptr, indices = np.fromfile(file, "<i8", rows + 1), np.fromfile(file, "<i4", entries)
        documents = indptr, indices.astype(np.int64), np.fromfile(file, "<f4", entries).astype(np.float64)
    with open(path + ".terms", encoding="utf-8", newline="\n") as file:
        place = {term: column for column, term in enumerate(file.read().split("\n")[:-1])}
    with open(path + ".queries.jsonl", encoding="utf-8") as file:
        queries = [json.loads(line)["vector"] for line in file]
    queries = [sorted((place[t], w) for t, w in query.items() if t in place) for query in queries]
    return documents, (np.r_[0, np.cumsum([len(q) for q in queries])], np.array([t for q in queries for t, _ in q]),
                       np.array([w for q in queries for _, w in q], np.float32))


def reorder(indptr, indices, values, order):
    rows = [np.arange(indptr[row], indptr[row + 1]) for row in order]
    take = np.concatenate(rows)
    return np.r_[0, np.cumsum([len(row) for row in rows])], indices[take], values[take]


def random_queries(indptr, indices, count, seed):
    """4 to 32 distinct terms, drawn as often as documents have them; whole weights of 1 to 255."""
    random = np.random.default_rng(seed)
    rows = [np.unique(random.choice(indices, random.integers(4, 33))) for _ in range(count)]
    terms = np.concatenate(rows)
    return np.r_[0, np.cumsum([len(row) for row in rows])], terms, random.integers(1, 256, len(terms))


def brute_force(documents, queries, columns, k):
    """Best k of each query: sums in float64 (exact here), rounded to float32, ties by row."""
    import scipy.sparse as sparse
    n = len(documents[0]) - 1
    matrix = sparse.csr_matrix((documents[2].astype(np.float64), documents[1], documents[0]), (n, columns)).tocsc()
    result = []
    for row in range(len(queries[0]) - 1):
        sums = np.zeros(n)
        part = slice(queries[0][row], queries[0][row + 1])
        for term, weight in sorted(zip(queries[1][part], queries[2][part]), key=lambda item: str(item[0]).encode()):
            column = slice(matrix.indptr[term], matrix.indptr[term + 1])
            sums[matrix.indices[column]] += float(np.float32(weight)) * matrix.data[column]
        scores = sums.astype(np.float32)
        best = np.lexsort((np.arange(n), -scores))[:k]
        result.append([(int(document), float(scores[document])) for document in best if scores[document] > 0])
    return result


class Ours:
    def __init__(self, program, folder, queries, cache):
        self.process = subprocess.Popen(
            [program, "serve", folder, queries, cache], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def time(self, k, strategy):
        print("time", k, strategy, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())["microseconds"]

    def hits(self, k, strategy, count):
        print("hits", k, strategy, file=self.process.stdin, flush=True)
        lines = [self.process.stdout.readline() for _ in range(count + 1)][:-1]
        pairs = [[word.split(":") for word in line.split()] for line in lines]
        return [[(int(document), float(np.float32(score))) for document, score in line] for line in pairs]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors")
    parser.add_argument("--order", help=".npy: the row of each document, in the order to index")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--k", default="10,100,1000")
    parser.add_argument("--random", type=int, default=1000)
    parser.add_argument("--strategy", default="maxscore")
    parser.add_argument("--codecs", default="fast,small")
    parser.add_argument("--cache", default="16", help="MiB of decoded lists; 0: every query decodes what it reads")
    parser.add_argument("--builds", type=int, default=1)
    parser.add_argument("--program", default=".build/release/sparsebench")
    parser.add_argument("--without-bmp", action="store_true")
    arguments = parser.parse_args()
    if arguments.vectors.endswith(".csr"):
        documents, real = exported(arguments.vectors)
    else:
        z = np.load(arguments.vectors)
        documents, real = impacts(z), (z["qindptr"], z["qindices"], z["qweights"])
    if arguments.order:
        documents = reorder(*documents, np.load(arguments.order))
    columns = int(max(documents[1].max(), real[1].max())) + 1
    sets = {"real": real,
            "random": random_queries(documents[0], documents[1], arguments.random, 7)}
    report = {"postings": len(documents[1]), "documents": len(documents[0]) - 1}
    with tempfile.TemporaryDirectory() as folder:
        write_csr(f"{folder}/documents.csr", *documents, columns)
        codecs = arguments.codecs.split(",")
        if not arguments.without_bmp:
            import bmp
            rows = [{str(t): int(v) for t, v in zip(documents[1][a:b], documents[2][a:b])}
                    for a, b in zip(documents[0], documents[0][1:])]
        peer_build = []
        for _ in range(arguments.builds):
            for codec in codecs:
                build = [arguments.program, "build", f"{folder}/documents.csr", f"{folder}/{codec}", codec]
                ours = json.loads(subprocess.run(build, capture_output=True, text=True, check=True).stdout)
                report.setdefault("build", {}).setdefault(codec, []).append(ours)
            if not arguments.without_bmp:
                indexer = bmp.Indexer(f"{folder}/bmp", bsize=32, compress_range=False)
                start = time.perf_counter()
                for number, row in enumerate(rows):
                    indexer.add_document(str(number), row)
                indexer.finish()
                peer_build.append(time.perf_counter() - start)
        count = report["postings"]
        print(f"{report['documents']} documents, {count} postings")
        for codec in codecs:
            builds = report["build"][codec]
            seconds = statistics.median(b["invert"] + b["merge"] for b in builds)
            print(f"{codec}: {sum(builds[0]['bytes'].values()) / count:.3f} bytes a posting {builds[0]['bytes']}, "
                  f"built at {count / seconds / 1e6:.2f} M postings/s")
        if peer_build:
            print(f"BMP: {os.path.getsize(folder + '/bmp') / count:.2f} bytes a posting, "
                  f"built at {count / statistics.median(peer_build) / 1e6:.2f} M postings/s")
        print("| queries | count | k | codec | wrong | us | BMP us | BMP / ours (least-most) | BMP recall |")
        for name, queries in sets.items():
            write_csr(f"{folder}/{name}.csr", *queries, columns)
            servers = {codec: Ours(arguments.program, f"{folder}/{codec}", f"{folder}/{name}.csr", arguments.cache)
                       for codec in codecs}
            count = len(queries[0]) - 1
            if not arguments.without_bmp:
                peer = bmp.Searcher(f"{folder}/bmp")
                rows = [{str(t): float(w) for t, w in zip(queries[1][a:b], queries[2][a:b])}
                        for a, b in zip(queries[0], queries[0][1:])]
            truth = brute_force(documents, queries, columns, 1000)
            for k in map(int, arguments.k.split(",")):
                wrong, times, peer_times = {}, {codec: [] for codec in codecs}, []
                for codec, ours in servers.items():
                    found = ours.hits(k, arguments.strategy, count)
                    wrong[codec] = sum(found[i] != truth[i][:k] for i in range(count))
                for _ in range(arguments.rounds):
                    for codec, ours in servers.items():
                        times[codec].append(ours.time(k, arguments.strategy))
                    if not arguments.without_bmp:
                        start = time.perf_counter()
                        answers = [peer.search(row, k=k, alpha=1.0, beta=1.0) for row in rows]
                        peer_times.append((time.perf_counter() - start) / count * 1e6)
                for codec in codecs:
                    row = {"queries": name, "count": count, "k": k, "codec": codec, "wrong": wrong[codec],
                           "ours": times[codec], "bmp": peer_times}
                    median = statistics.median(times[codec])
                    line = f"| {name} | {count} | {k} | {codec} | {wrong[codec]} | {median:.0f} |"
                    if peer_times:
                        ratios = [b / a for a, b in zip(times[codec], peer_times)]
                        recall = np.mean([len({int(d) for d in answers[i][0]} & {d for d, _ in truth[i][:k]})
                                          / max(1, len(truth[i][:k])) for i in range(count)])
                        row["recall"] = recall
                        line += (f" {statistics.median(peer_times):.0f} | {statistics.median(ratios):.2f} "
                                 f"({min(ratios):.2f}-{max(ratios):.2f}) | {recall:.3f} |")
                    report.setdefault("search", []).append(row)
                    print(line, flush=True)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
