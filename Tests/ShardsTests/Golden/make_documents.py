#!/usr/bin/env python3
"""Writes documents-v1 and manifest-v1.json from the descriptions of the formats alone, without the Swift code.

documents-text-v1 was written by `BIGRAIN_WRITE_GOLDEN=1 swift test --filter DocumentGoldenTests`: its frames depend on
the version of Zstandard, so it is only read.
"""
import hashlib, json, os, struct

FOLDER = os.path.dirname(os.path.abspath(__file__))


def crc32c(data, continuing=0):
    crc = continuing ^ 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def u32(*values):
    return struct.pack("<%dI" % len(values), *values)


def u64(*values):
    return struct.pack("<%dQ" % len(values), *values)


def leb128(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def envelope(kind, sections):
    padded = lambda name: name.encode().ljust(16, b"\0")
    pad = lambda data: data + b"\0" * (-len(data) % 64)
    header = b"bigrain\n" + padded(kind) + u32(1)
    file = pad(header + u32(crc32c(header)))
    directory = b""
    for name, data in sections:
        directory += padded(name) + u64(len(file), len(data)) + u32(crc32c(data), 0)
        file = pad(file + data)
    footer = u64(len(file)) + u32(len(sections), crc32c(directory)) + u64(len(file) + len(directory) + 32)
    return file + directory + footer + u32(crc32c(footer)) + b"end\n"


def id_block(number, ids):
    entries, last = b"", None
    for id in ids:
        shared = 0
        if last is not None:
            while shared < min(len(last), len(id)) and last[shared] == id[shared]:
                shared += 1
            entries += leb128(shared)
        entries += leb128(len(id) - shared) + id[shared:]
        last = id
    return u32(crc32c(entries, number)) + entries


def documents(ids):
    order = sorted(range(len(ids)), key=lambda document: ids[document])
    ranks = [order.index(document) for document in range(len(ids))]
    blocks = [id_block(i // 16, [ids[d] for d in order[i : i + 16]]) for i in range(0, len(ids), 16)]
    offsets = [sum(map(len, blocks[:i])) for i in range(len(blocks) + 1)]
    summary = u32(len(ids), 16, 0, 0) + u64(sum(map(len, ids)), 0)
    return envelope(
        "documents",
        [("ids", b"".join(blocks)), ("id.blocks", u64(*offsets)), ("order", u32(*order)), ("ranks", u32(*ranks)),
         ("summary", summary)])


def manifest():
    digest = lambda text: hashlib.sha256(text.encode()).hexdigest()
    file = lambda name, text: {"name": name, "size": len(text), "sha256": digest(text)}
    content = {
        "format": 1, "tool": "bigrain 1.0", "fingerprint": digest("inputs"), "documents": 5, "postings": 9, "terms": 7,
        "quarantined": {"emptyText": 2, "duplicateID": 1},
        "contract": {"encoder": "bm25", "k1": 1.2, "b": 0.75, "lengths": [512, 64], "title": None, "lower": True,
                     "note": "caf\u00e9 \"quoted\"\n"},
        "files": [file("quarantine.jsonl", "bad\n")],
        "shards": [{"name": "shard-0000", "documents": 3, "files": [file("documents", "d0"), file("terms", "t0")]},
                   {"name": "shard-0001", "documents": 2, "files": []}],
    }
    text = json.dumps(content, sort_keys=True, indent=2, ensure_ascii=False)
    body = text[:-2].encode() + b",\n"
    return body + b'  "sha256": "' + hashlib.sha256(body).hexdigest().encode() + b'"}\n'


ids = [("d%d" % (i * 7 % 20)).encode() for i in range(20)] + [b"\x00", b"\xff\xfe", "\u00e9".encode(), "e\u0301".encode(), b"x" * 200]
open(os.path.join(FOLDER, "documents-v1"), "wb").write(documents(ids))
open(os.path.join(FOLDER, "manifest-v1.json"), "wb").write(manifest())
