#!/usr/bin/env python3
"""How few bits a posting of an index could take, whatever the codec: an estimate by a mixing model.

    pipeline export INDEX --format csr --output FILE.csr
    pip install numpy scipy
    scripts/posting_limit.py FILE.csr [--share .125]

Rows of FILE.csr are documents in the order of the index, values impacts of 1 to 255; FILE.csr.terms has the terms.
Prints a Markdown table, bits a posting: the code length of lists (presence, impacts, and what a list needs besides:
class, names and strengths of its parents) under more and more contexts, and the least dictionary. All lengths are
prequential: a symbol costs -log2 of its probability under what a decoder knows by then, which then learns it.
Benchmarks/posting_limit/ is the model, and says what each context is; it is compiled with ${CC:-clang}.

Here are made the embeddings of documents (a truncated SVD of the lists of the more frequent terms, at five stages:
those that hold a tenth to 85 % of the postings) and each document's nearest neighbours before it. The dictionary:
terms in byte order, front-coded in blocks of 64, letters under the letter before; document frequencies; largest impacts
in steps of 8 of terms with more than 30 documents. No pointers, no checksums: a bound, not a format.

With --share under 1, that share of terms is coded, spread evenly over frequencies, and the others count as known (as
they would be: every term's contexts are terms of higher frequency). The tables then learn from fewer lists, which costs
some hundredths of a bit. The default is 1 up to 2 M postings, else an eighth. Takes minutes, and about 1 GiB.
"""
import argparse, collections, json, math, os, subprocess, sys, tempfile
from pathlib import Path
import numpy as np
import scipy.sparse as sparse

DIMENSIONS, NEIGHBOURS, CANDIDATE_DIMENSIONS = 48, 16, 160  # the first two as in posting_limit/contexts.h
STAGES = (.1, .25, .45, .65, .85)  # share of the postings in the lists that an embedding is made of
BLOCK = 64  # terms
LEVELS = 12  # of mean impacts, as in posting_limit/lists.h


def read_csr(path):
    with open(path, "rb") as file:
        rows, columns, count = map(int, np.fromfile(file, np.int64, 3))
        indptr = np.fromfile(file, np.int64, rows + 1)
        indices = np.fromfile(file, np.int32, count)
        impacts = np.fromfile(file, np.float32, count)
    return sparse.csr_matrix((impacts, indices, indptr), (rows, columns))


def embed(lists):
    """(documents, 160) principal coordinates of unit rows, by randomized SVD with three power iterations."""
    norms = np.sqrt(np.asarray(lists.multiply(lists).sum(1)).ravel()) + 1e-6
    lists = (sparse.diags(1 / norms) @ lists).tocsr().astype(np.float32)
    size = min(lists.shape[1], CANDIDATE_DIMENSIONS)
    sketch = lists @ np.random.default_rng(0).standard_normal((lists.shape[1], size)).astype(np.float32)
    for _ in range(3):
        sketch = lists @ (lists.T @ np.linalg.qr(sketch)[0])
    basis = np.linalg.qr(sketch)[0]
    left, singular, _ = np.linalg.svd((lists.T @ basis).T, full_matrices=False)
    return ((basis @ left) * singular).astype(np.float32)


def nearest_before(coordinates):
    """Each document's nearest by cosine among those before it, nearest first: numbers (or -1) and cosines."""
    units = coordinates / (np.linalg.norm(coordinates, axis=1, keepdims=True) + 1e-6)
    numbers = np.full((len(units), NEIGHBOURS), -1, np.int32)
    cosines = np.zeros((len(units), NEIGHBOURS), np.float32)
    for start in range(0, len(units), 512):
        end = min(len(units), start + 512)
        products = units[start:end] @ units[:end].T
        products[np.arange(end)[None, :] >= np.arange(start, end)[:, None]] = -9
        width = min(NEIGHBOURS, end)
        best = np.argpartition(products, end - width, axis=1)[:, end - width:]
        values = np.take_along_axis(products, best, 1)
        order = np.argsort(-values, axis=1, kind="stable")
        best, values = np.take_along_axis(best, order, 1), np.take_along_axis(values, order, 1)
        numbers[start:end, :width] = np.where(values > -8, best, -1)
        cosines[start:end, :width] = np.where(values > -8, values, 0)
    return numbers, cosines


def write_embeddings(matrix, path):
    frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
    order = np.lexsort((np.arange(len(frequency)), -frequency))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    ranks, cumulated = rank[matrix.indices], np.cumsum(frequency[order])
    documents = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    starts = [int(np.searchsorted(cumulated, matrix.nnz * share)) for share in STAGES]
    starts = sorted({start for start in starts if start > 0})
    with open(path, "wb") as file:
        np.array([len(starts), *starts], np.int32).tofile(file)
        for start in starts:
            known = ranks < start
            weights = np.log(matrix.shape[0] / frequency[matrix.indices[known]]) * np.sqrt(matrix.data[known])
            lists = sparse.csr_matrix((weights.astype(np.float32), (documents[known], ranks[known])),
                                      (matrix.shape[0], start))
            coordinates = embed(lists)
            scaled = np.zeros((len(coordinates), DIMENSIONS), np.float32)
            used = min(DIMENSIONS, coordinates.shape[1])
            scaled[:, :used] = coordinates[:, :used] / coordinates[:, :used].std(0).clip(1e-6)
            scaled[:, 0] -= scaled[:, 0].mean()
            (scaled / np.float32(math.sqrt(DIMENSIONS))).tofile(file)
            numbers, cosines = nearest_before(coordinates)
            numbers.tofile(file)
            cosines.tofile(file)


def adaptive_bits(symbols, contexts):
    """Code length of symbols, each under the counts of its context so far, backed by those of all contexts
    (Witten-Bell), backed by 256 equal ones."""
    everywhere, here, bits = collections.Counter(), collections.defaultdict(collections.Counter), 0.0
    seen = 0
    sums = collections.Counter()
    for symbol, context in zip(symbols, contexts):
        p = 1 / 256
        if seen:
            p = (everywhere[symbol] + len(everywhere) * p) / (seen + len(everywhere))
        counts = here[context]
        if counts:
            p = (counts[symbol] + len(counts) * p) / (sums[context] + len(counts))
        bits -= math.log2(p)
        everywhere[symbol] += 1
        counts[symbol] += 1
        seen += 1
        sums[context] += 1
    return bits


def dictionary_bits(matrix, terms):
    """Strings, document frequencies, largest impacts."""
    frequency = np.bincount(matrix.indices, minlength=matrix.shape[1])
    order = sorted((column for column in range(len(terms)) if frequency[column]), key=lambda column: terms[column])
    shared, letters, before, previous = [], [], [], b""
    for place, column in enumerate(order):
        term = terms[column] + b"\0"
        common = len(os.path.commonprefix([previous, term])) if place % BLOCK else 0
        shared.append(common)
        letters += term[common:]
        before += (b"\0" + term)[common:-1]
        previous = term
    # A string after its first of a block shares at most what the string before has: its length is the context.
    strings = adaptive_bits(shared, [0] * len(shared)) + adaptive_bits(letters, before)

    counts = [int(frequency[column]) for column in order]
    steps = [int(2 * math.log2(count) + 1e-9) for count in counts]
    widths = [math.ceil(2 ** ((step + 1) / 2) - 1e-9) - math.ceil(2 ** (step / 2) - 1e-9) for step in steps]
    frequencies = adaptive_bits(steps, [0] * len(steps)) + sum(map(math.log2, widths))

    # The level of the mean comes with a list's class, which the lists' bits have paid for.
    sums = np.bincount(matrix.indices, matrix.data, len(frequency))
    means = (sums / np.maximum(frequency, 1)).astype(int)
    weight = np.bincount(means, frequency, 256)
    level = ((np.cumsum(weight) - weight) * LEVELS // matrix.nnz).astype(int)
    largest = matrix.max(axis=0).toarray().ravel().astype(int) >> 3
    long = [column for column in order if frequency[column] > 30]
    maxima = adaptive_bits([int(largest[column]) for column in long],
                           [(int(math.log2(frequency[column])), int(level[means[column]])) for column in long])
    return strings, frequencies, maxima


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--share", type=float, help="of the terms, to be coded")
    options = parser.parse_args()
    matrix = read_csr(options.file)
    if matrix.nnz == 0 or matrix.data.min() < 1 or matrix.data.max() > 255:
        sys.exit(f"{options.file}: impacts must be from 1 to 255, of at least one posting")
    share = options.share or (1 if matrix.nnz <= 2_000_000 else 1 / 8)
    if not 0 < share <= 1:
        parser.error("--share is more than 0, at most 1")
    terms = Path(options.file + ".terms").read_bytes().split(b"\n")[:matrix.shape[1]]

    with tempfile.TemporaryDirectory() as folder:
        program, embeddings = f"{folder}/posting_limit", f"{folder}/embeddings"
        sources = sorted((Path(__file__).resolve().parent.parent / "Benchmarks" / "posting_limit").glob("*.c"))
        compiler = os.environ.get("CC") or "clang"
        subprocess.run([*compiler.split(), "-O3", "-march=native", "-ffast-math", *sources, "-o", program, "-lm"],
                       check=True)
        write_embeddings(matrix, embeddings)
        command = [program, options.file, embeddings, str(round(1 / share))]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [json.loads(line) for line in output.splitlines()]

    print(f"{matrix.shape[0]:,} documents, {matrix.nnz:,} postings, {len(terms):,} terms; "
          f"1 term in {round(1 / share)} coded, {rows[0]['counted']:,} postings\n")
    print("| contexts | presence | impacts | classes, parents | sum |\n|---|---|---|---|---|")
    for row in rows:
        parts = [row["presence"], row["impacts"], row["sides"]]
        print("|", " | ".join([row["contexts"], *(f"{bits:.2f}" for bits in [*parts, sum(parts)])]), "|")
    parts = [bits / matrix.nnz for bits in dictionary_bits(matrix, terms)]
    print("\nLeast dictionary: strings {:.2f} + document frequencies {:.2f} + largest impacts {:.2f} = {:.2f}".format(
        *parts, sum(parts)))


if __name__ == "__main__":
    main()
