"""Makes toy.* with the formats' own libraries: Google's protobuf and NumPy. pip install protobuf numpy

The documents are those of `TestIndex.toy`. Run it in this folder.
"""
import hashlib

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DOCUMENTS = [
    ("17", {"b": 3, 'a"': 255, "zoë": 1}),
    ("3", {"b": 200}),
    ("20", {}),
    ("0", {"c": 7, "b": 1}),
]


def ciff_messages():
    """The messages of github.com/osirrc/ciff's CommonIndexFileFormat.proto."""
    file = descriptor_pb2.FileDescriptorProto(name="ciff.proto", package="ciff", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    i32, i64, text = kinds.TYPE_INT32, kinds.TYPE_INT64, kinds.TYPE_STRING
    messages = {
        "Header": [("version", i32), ("num_postings_lists", i32), ("num_docs", i32), ("total_postings_lists", i32),
                   ("total_docs", i32), ("total_terms_in_collection", i64), ("average_doclength", kinds.TYPE_DOUBLE),
                   ("description", text)],
        "Posting": [("docid", i32), ("tf", i32)],
        "PostingsList": [("term", text), ("df", i64), ("cf", i64), ("postings", ".ciff.Posting")],
        "DocRecord": [("docid", i32), ("collection_docid", text), ("doclength", i32)],
    }
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in enumerate(fields, 1):
            added = message.field.add(name=field, number=number, label=1)
            if isinstance(kind, str):
                added.type, added.type_name, added.label = kinds.TYPE_MESSAGE, kind, 3
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return [message_factory.GetMessageClass(pool.FindMessageTypeByName("ciff." + n)) for n in messages]


def varint(n):
    out = b""
    while n >= 128:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def main():
    terms = sorted({t.encode() for _, vector in DOCUMENTS for t in vector})
    lists = [[(d, v[t.decode()]) for d, (_, v) in enumerate(DOCUMENTS) if t.decode() in v] for t in terms]
    lengths = [sum(v.values()) for _, v in DOCUMENTS]

    header, posting, postings_list, record = ciff_messages()
    fingerprint = hashlib.sha256(b"test").hexdigest()
    messages = [header(version=1, num_postings_lists=len(terms), num_docs=4, total_postings_lists=len(terms),
                       total_docs=4, total_terms_in_collection=sum(lengths), average_doclength=sum(lengths) / 4,
                       description="bigrain " + fingerprint)]
    for term, entries in zip(terms, lists):
        gaps = [d - p for (d, _), p in zip(entries, [0] + [d for d, _ in entries])]
        messages.append(postings_list(term=term.decode(), df=len(entries), cf=sum(w for _, w in entries),
                                      postings=[posting(docid=g, tf=w) for g, (_, w) in zip(gaps, entries)]))
    messages += [record(docid=i, collection_docid=d, doclength=n) for i, ((d, _), n) in enumerate(zip(DOCUMENTS, lengths))]
    with open("toy.ciff", "wb") as file:
        for message in messages:
            data = message.SerializeToString(deterministic=True)
            file.write(varint(len(data)) + data)

    def u32(name, values):
        np.array(values, "<u4").tofile(name)

    u32("toy.pisa.docs", [1, 4] + [x for l in lists for x in [len(l)] + [d for d, _ in l]])
    u32("toy.pisa.freqs", [x for l in lists for x in [len(l)] + [w for _, w in l]])
    u32("toy.pisa.sizes", [4] + lengths)
    for name, lines in [("pisa.terms", terms), ("pisa.documents", [d.encode() for d, _ in DOCUMENTS])]:
        open("toy." + name, "wb").write(b"".join(l + b"\n" for l in lines))
    open("toy.csr.terms", "wb").write(b"".join(t + b"\n" for t in terms))
    open("toy.csr.ids", "wb").write(b"".join(d.encode() + b"\n" for d, _ in DOCUMENTS))

    rows = [sorted((terms.index(t.encode()), w) for t, w in v.items()) for _, v in DOCUMENTS]
    indptr = np.cumsum([0] + [len(r) for r in rows])
    with open("toy.csr", "wb") as file:  # big-ann-benchmarks, benchmark/dataset_io.py, write_sparse_matrix
        np.array([4, len(terms), indptr[-1]], "<i8").tofile(file)
        indptr.astype("<i8").tofile(file)
        np.array([t for r in rows for t, _ in r], "<i4").tofile(file)
        np.array([w for r in rows for _, w in r], "<f4").tofile(file)


main()
