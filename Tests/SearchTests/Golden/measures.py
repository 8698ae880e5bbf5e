#!/usr/bin/env python3
"""Makes measures.json: random judgements and runs, and what trec_eval's code says of them (by pytrec_eval).

    python measures.py measures.json                    the golden file
    python measures.py --shared DIR OUT.json            the same for real judgements, DIR/*/qrels.trec, not committed;
                                                        BIGRAIN_MEASURES=OUT.json swift test --filter Measure

Needs pytrec_eval (0.5; the wheel of pytrec_eval-terrier will do). Seeded, so it gives the same file every time.
"""
import argparse
import json
import pathlib
import random

import pytrec_eval

# Our name, trec_eval's name, relevance level. RR@k has no name there: see `values`.
MEASURES = [
    (ours + suffix, theirs, level)
    for level, mark in ((1, ""), (2, "(rel=2)"))
    for base, theirs, suffixes in (
        ("AP", "map", [""]), ("AP", "map_cut", ["@1", "@5", "@10", "@100"]), ("RR", "recip_rank", ["", "@1", "@3", "@10"]),
        ("P", "P", ["@1", "@5", "@10", "@100"]), ("R", "recall", ["@1", "@5", "@10", "@100", "@1000"]),
        ("Success", "success", ["@1", "@5", "@10"]), ("Rprec", "Rprec", [""]), ("Bpref", "bpref", [""]),
    )
    for suffix in suffixes
    for ours in [base + mark]
] + [("nDCG", "ndcg", 1)] + [(f"nDCG@{k}", "ndcg_cut", 1) for k in (1, 3, 5, 10, 20, 100)]


def values(qrels, run):
    """{query: [value of each of MEASURES]}"""
    results = {}
    for level in (1, 2):
        wanted = set()
        for ours, theirs, its_level in MEASURES:
            cut = ours.partition("@")[2]
            if its_level == level:
                wanted.add(f"{theirs}.{cut}" if cut and theirs != "recip_rank" else theirs)
        results[level] = pytrec_eval.RelevanceEvaluator(qrels, wanted, relevance_level=level).evaluate(run)

    def one(query, ours, theirs, level):
        found = results[level][query]
        cut = ours.partition("@")[2]
        if theirs == "recip_rank":  # trec_eval -M k: nothing below rank k is seen
            value = found[theirs]
            return value if not cut or value * int(cut) > 1 - 1e-9 else 0.0
        return found[f"{theirs}_{cut}" if cut else theirs]

    return {query: [round(one(query, *m), 9) for m in MEASURES] for query in sorted(results[1])}


def score(rng, kind, previous):
    if kind == "ties":
        return float(rng.randint(1, 4))
    if kind == "double" and previous:  # differs from another score only beyond 24 bits: a tie to trec_eval
        return rng.choice(previous) * (1 + rng.choice([-1, 1]) * 2.0 ** -rng.randint(26, 50))
    if kind == "ulp" and previous:  # about one unit in the last place of 32 bits
        return rng.choice(previous) * (1 + rng.choice([-1, 1]) * 2.0 ** -rng.randint(22, 25))
    if kind == "wide":
        return rng.choice([-1, 1]) * 10.0 ** rng.uniform(-46, 40)
    return rng.uniform(-5, 30)


def name(rng):
    """Ids whose order by bytes is neither that of numbers nor that of other collations."""
    return rng.choice(["d", "D", "", "é", "doc-", "z_", "Ω", "😀"]) + str(rng.randint(0, 120))


def case(rng):
    qrels, run = {}, {}
    grades = rng.choice([[0, 1], [0, 1, 2, 3], [-1, 0, 1, 2], [-2, -1, 0, 0, 4], [0], [1], [0, 0, 0, 0, 2], [3, 7]])
    for query in rng.sample(["q1", "q2", "10", "9", "A", "a"], rng.randint(1, 3)):
        pool = sorted({name(rng) for _ in range(rng.choice([1, 3, 15, 30]))})
        judged = {d: rng.choice(grades) for d in pool}
        # trec_eval's counts of a query with negative grades only are those of the query before (num_rel_levels is not
        # set): leave such queries out. They have value 0 here, which is another test.
        if max(judged.values()) < 0:
            judged[pool[0]] = 0
        if rng.random() < 0.9:
            qrels[query] = judged
        if rng.random() < 0.9:
            kind, hits = rng.choice(["ties", "double", "ulp", "wide", "plain"]), {}
            docs = rng.sample(pool, rng.randint(0, len(pool))) + [name(rng) for _ in range(rng.choice([1, 5, 20]))]
            for document in docs:
                hits.setdefault(document, score(rng, kind, list(hits.values())))
            run[query] = hits
    return qrels, run


def text(qrels, run):
    judgements = [f"{q} 0 {d} {g}" for q, grades in qrels.items() for d, g in grades.items()]
    # The rank column is wrong on purpose: trec_eval does not read it.
    lines = [f"{q} Q0 {d} {7 - i} {s!r} t" for q, hits in run.items() for i, (d, s) in enumerate(hits.items())]
    return {"qrels": "\n".join(judgements) + "\n", "run": "\n".join(lines) + "\n"}


def synthetic(rng, qrels):
    """A run of up to 1000 documents for most judged queries, better than chance."""
    everything = sorted({d for grades in qrels.values() for d in grades})
    run = {}
    for query, grades in qrels.items():
        if rng.random() < 0.05:
            continue
        docs = set(rng.sample(everything, min(len(everything), 800))) | set(rng.sample(sorted(grades), len(grades) // 2))
        run[query] = {d: round(rng.gauss(max(grades.get(d, 0), 0), 1.5), rng.choice([1, 3, 12])) for d in sorted(docs)}
    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--shared", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--cases", type=int, default=300)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cases = []
    if options.shared:
        for path in sorted(options.shared.glob("*/qrels.trec")):
            qrels = pytrec_eval.parse_qrel(path.open())
            cases += [(qrels, synthetic(rng, qrels)) for _ in range(3)]
    while not options.shared and len(cases) < options.cases:
        qrels, run = case(rng)
        if qrels.keys() & run.keys():
            cases.append((qrels, run))
    entries = [{**text(q, r), "values": values(q, r)} for q, r in cases]
    with open(options.output, "w") as out:
        out.write('{"measures": ' + json.dumps([m[0] for m in MEASURES]) + ',\n"cases": [\n')
        out.write(",\n".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) for e in entries) + "\n]}\n")


if __name__ == "__main__":
    main()
