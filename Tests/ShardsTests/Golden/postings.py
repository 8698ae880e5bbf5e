#!/usr/bin/env python3
"""Writes postings-v1/*.hex: a tiny shard and a run, made from the formats' specifications alone.

The specifications are the comments of Envelope, TermsWriter, PostingsWriter, BitPackedCodec, BlockMaximaWriter and
RunWriter. The shard has 400 documents with integer impacts:
  ""                document 399, impact 65535
  "ab"              documents 3 and 7, impacts 1 and 200
  "t00"..."t16"     document n, impact n + 1
  "\xff"            documents 0, 3, ..., 387 (130 postings), impact 1 + n % 7 of the n-th
The run has the same postings. Its blocks hold LZ4 literals only, which is valid, but not what LZ4 would make of them.
"""
import pathlib
import struct

TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)


def crc(data, start=0):
    value = start ^ 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ TABLE[(value ^ byte) & 255]
    return value ^ 0xFFFFFFFF


def u32(*values):
    return struct.pack("<%dI" % len(values), *values)


def u64(*values):
    return struct.pack("<%dQ" % len(values), *values)


def f32(value):
    return struct.pack("<f", value)


def varint(value):
    out = b""
    while value >= 128:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def name(text):
    return text.encode().ljust(16, b"\0")


def envelope(kind, sections):
    data = b"bigrain\n" + name(kind) + u32(1)
    data += u32(crc(data))
    directory = b""
    pad = lambda data: data + b"\0" * (-len(data) % 64)
    data = pad(data)
    for title, content in sections:
        directory += name(title) + u64(len(data), len(content)) + u32(crc(content), 0)
        data = pad(data + content)
    footer = u64(len(data)) + u32(len(sections), crc(directory)) + u64(len(data) + len(directory) + 32)
    return data + directory + footer + u32(crc(footer)) + b"end\n"


def pack(values, width):
    """128 values, value i in 32-bit lane i % 4 (SIMD-BP128)."""
    lanes = [0] * 4
    for index, value in enumerate(values):
        lanes[index % 4] |= value << (index // 4 * width)
    words = [[lane >> (32 * word) & 0xFFFFFFFF for lane in lanes] for word in range(width)]
    return b"".join(u32(*word) for word in words)


def gaps(documents, base):
    return [(b - a) % 2**32 for a, b in zip([base] + documents, documents)]


def block(postings, base):
    steps = gaps([d for d, _ in postings], base)
    impacts = [i - 1 for _, i in postings]
    if len(postings) < 128:
        return b"".join(map(varint, steps + impacts))
    gap_width, impact_width = max(steps).bit_length(), max(impacts).bit_length()
    return bytes([gap_width, impact_width]) + pack(steps, gap_width) + pack(impacts, impact_width)


SHARD = {b"": [(399, 65535)], b"ab": [(3, 1), (7, 200)], b"\xff": [(3 * n, 1 + n % 7) for n in range(130)]}
SHARD.update({b"t%02d" % n: [(n, n + 1)] for n in range(17)})
SHARD = sorted(SHARD.items())


def shared(a, b):
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return count


def shard():
    lists = entries = terms = firsts = b""
    starts, ends, checksums = [0], [0], []
    for first in range(0, len(SHARD), 16):
        content = varint(len(lists)) + varint(len(entries) // 16)
        previous = None
        for term, postings in SHARD[first : first + 16]:
            data, own, base = b"", b"", 0xFFFFFFFF
            for start in range(0, len(postings), 128):
                part = postings[start : start + 128]
                coded = block(part, base)
                base = part[-1][0]
                own += u32(base, len(data)) + f32(max(i for _, i in part)) + u32(crc(coded))
                data += coded
            if previous is None:
                firsts += term
            else:
                common = shared(previous, term)
                content += varint(common) + varint(len(term) - common) + term[common:]
            previous = term
            content += varint(len(postings)) + varint(len(data)) + varint(max(i for _, i in postings))
            content += u32(crc(own if len(postings) > 128 else data))
            lists += data
            entries += own if len(postings) > 128 else b""
        terms += content
        starts.append(len(terms))
        ends.append(len(firsts))
        checksums.append(crc(content))
    count = sum(len(postings) for _, postings in SHARD)
    totals = u32(400, 1) + u64(len(SHARD), count, len(lists), len(entries) // 16) + f32(1)
    return {
        "terms": envelope("terms", [
            ("blocks", terms), ("starts", u64(*starts)), ("checksums", u32(*checksums)),
            ("firstEnds", u64(*ends)), ("firsts", firsts), ("totals", totals)]),
        "postings": envelope("postings", [("lists", lists), ("codec", name("bitpacked128") + u32(1, 400))]),
        "blockmax": envelope("blockmax", [("entries", entries)]),
    }


def run():
    raw, previous = b"", b""
    for term, postings in SHARD:
        common = shared(previous, term)
        raw += varint(common) + varint(len(term) - common) + term[common:] + varint(len(postings))
        raw += b"".join(map(varint, gaps([d for d, _ in postings], 0xFFFFFFFF) + [i - 1 for _, i in postings]))
        previous = term
    length = len(raw) - 15
    literals = b"\xf0" + b"\xff" * (length // 255) + bytes([length % 255]) + raw
    header = u32(len(raw), len(literals))
    content = header + u32(crc(header + literals)) + literals
    count = sum(len(postings) for _, postings in SHARD)
    return envelope("run", [("blocks", content), ("totals", u32(400, 1) + u64(len(SHARD), count))])


folder = pathlib.Path(__file__).parent / "postings-v1"
for title, data in {**shard(), "run": run()}.items():
    lines = [data[start : start + 32].hex() for start in range(0, len(data), 32)]
    (folder / (title + ".hex")).write_text("\n".join(lines) + "\n")
