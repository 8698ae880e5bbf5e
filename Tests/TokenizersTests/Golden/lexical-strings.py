#!/usr/bin/env python3
"""Prints strings that are hard to tokenize, one a line, escaped as LexicalLucene.java says.

    lexical-strings.py [COUNT [SEED]]     random strings (1,200, 20240229), after fixed ones and lists of words for the stemmer
    lexical-strings.py stems [COUNT [SEED]]     random words for the stemmer
"""

import random
import sys

FIXED = [
    "",
    " ",
    "The quick brown fox's tail isn't James\u2019 or James\u2019s or JAMES\uff07S",
    "O'Neil's 'quoted' ''double'' it's 's s' a's 1's",
    "U.S.A. e.g. i.e. 3.14 1,234.56 1,234,567 a.b.c. .5 5. 1..2 a..b 1:2 a:b 1;2 a,b",
    "foo_bar _foo bar_ __a__ _1_ 1_000 _ ___ a_\u30a2_1",
    "C++ C# .NET x86_64 user@example.com https://example.com/a?b=c&d#e 192.168.0.1 10:30 #tag @you",
    "wi-fi state-of-the-art well\u2010known non\u2011breaking \u2013 \u2014 soft\u00adhyphen",
    "na\u00efve nai\u0308ve \u0130stanbul \u0131\u015f\u0131k STRASSE Stra\u00dfe \u1e9e \u039f\u0394\u039f\u03a3 \u03c3\u03c2 \u212b \u212a \u2126",
    "\u05d0\u05f4\u05d1 \u05d0\"\u05d1 \u05d0'\u05d1 \u05d0' \u05d0\" \u05e6\u05d4\"\u05dc",
    "\u0e01\u0e32\u0e23\u0e17\u0e14\u0e2a\u0e2d\u0e1a \u0e9e\u0eb2\u0eaa\u0eb2 \u1797\u17b6\u179f\u17b6 \u1019\u103c\u1014\u103a\u1019\u102c",
    "\u6211\u662f\u4e2d\u56fd\u4eba\u3002 \u3072\u3089\u304c\u306a \u30ab\u30bf\u30ab\u30ca \u30ab\u30bf\u30ab\u30ca\u30fc \uff76\uff80\uff76\uff85 \u6f22\u5b57\u3068\u304b\u306a\u4ea4\u3058\u308a",
    "\ud55c\uad6d\uc5b4 \ud55c\uad6da \u1112\u1161\u11ab \uac00\u0300",
    "\U0001f469\u200d\U0001f680 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7\U0001f1ea 1\ufe0f\u20e3 #\u20e3 \u00a9 \u00a9\ufe0f \u2122 \u2764\ufe0f \u263a\ufe0e",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f \U0001f3f4\U000e0067 a\U0001f600b 1\U0001f6002",
    "\U00020000\U0002a6d6 \U0001d400\U0001d401 \U00010400\U00010428 \U0001fae0 \U0001fb00 \u0870 \ua7c0",
    "a\u200db \u200da a\u200d \u200d a\u0300 \u0300a 1\u0300.\u03002 \ufeffa \u2060b \u200bc",
    "\uff11\uff12\uff0e\uff13 \u0661\u066c\u0662\u066b\u0663 \u00bd \u00b2 \u2167",
    "a" * 255,
    "a" * 256,
    "a" * 600 + " b",
    "a" * 254 + "\U0001d400" + "b",
    "a" * 253 + "\U0001d400" + "b",
    "a" * 254 + "\u00e9\u00e9",
    "a" * 254 + ".b" + "c" * 300,
    "a" * 253 + ".b" + "c" * 300,
    "1" * 254 + ",2" + " x",
    "_" * 300 + "a" + "_" * 300,
    "\u0e01" * 300,
    "\U0001d400" * 130,
    "a" + "\u0300" * 300 + "b",
    "a" * 254 + "'s the",
    "a" * 253 + "'s the",
    "a\r\nb\u0085c\u2028d\u2029e\u000bf\u000cg\u00a0h\u3000i\u1680j\u202fk\u2007l\u001cm",
    "possibly apology apologies theologies logy bly ably nobly geology's assemblies troublied trekking trekkings revved",
    "hissing fizzed falling hopping controlled rolled agreed feed bled sing sings caresses ponies ties cats is as us y",
    "skies dying lying relational conditional valenci hesitanci digitizer conformabli radicalli differentli vileli",
    "yyying ayyying sayying caf\u00e9ing ba\u00e9ing ba\u00e9\u00e9ing ba\U0001d586ing \u00e9\u00e9s \u00e9s 00ing a00ing a00ed",
]

POOLS = [
    "abcdefghijklmnopqrstuvwxyz",
    "ABCXYZS",
    "0123456789",
    " \t\n\r",
    "   ",
    ".,:;'\u2019\uff07\"\u2018\u2024\u2027\u00b7",
    "_\u203f\u2040",
    "-/\\#*@!?()[]&%$+=<>|~`^",
    "\u00e9\u00df\u0130\u0131\u03a3\u03c3\u03c2\u212a\u1e9e\u01c5\u0149",
    "\u0300\u0308\u00ad\u200b\u200c\u200d\u2060\ufe0e\ufe0f\u20e3\ufeff",
    "\u05d0\u05d1\u05f3\u05f4",
    "\u0627\u0644\u0661\u0662\u066b\u066c\u060c",
    "\u0915\u094d\u0937\u0966",
    "\u0e01\u0e32\u0e33\u0e9e\u1780\u17b6\u1000\u103a\u19d0",
    "\u4e00\u4e8c\u3005\u3007\u9fff\U00020000\uf900",
    "\u3042\u3044\u3093\u3099\u309d",
    "\u30a2\u30a4\u30fc\u30fb\uff71\uff70\u3031",
    "\uac00\ud7a3\u1100\u1161\u11a8\u3131\uffa1",
    "\U0001f600\U0001f469\U0001f680\u2764\u2640\u00a9\u00ae\u3030\u303d\u2122",
    "\U0001f44d\U0001f3fb\U0001f3ff\u261d",
    "\U0001f1e6\U0001f1ff",
    "\U0001f3f4\U000e0067\U000e0062\U000e007f\U000e0001",
    "\U0001d400\U00010400\U0001e900\U000104b0\u2c2f\ua7c0",
    "\uff11\uff21\uff41\uff3f",
]
WORDS = "the and with running Apology possibly's trekking U.S. don't 3.14 state fly's into NOT that such".split()


def random_string(rng):
    if rng.random() < 0.15:  # anything at all
        text = "".join(chr(rng.choice([rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)])) for _ in range(8))
        return text + rng.choice(["", "a", "'s"])
    pools = rng.sample(POOLS, rng.randint(1, 5))
    parts = []
    for _ in range(rng.randint(1, 30)):
        if rng.random() < 0.12:
            parts.append(rng.choice(WORDS) + rng.choice(["", " "]))
        pool = rng.choice(pools)
        parts.append("".join(rng.choice(pool) for _ in range(rng.choice([1, 1, 1, 2, 3]))))
    return "".join(parts) * (rng.randint(5, 40) if rng.random() < 0.01 else 1)


LETTERS = "aeiouy" * 3 + "bcdfghjklmnpqrstvwxz" + "y"
ENDINGS = """s es ies sses ed eed ing ings eds y i at bl iz ational tional enci anci izer abli bli bly alli entli eli ousli
    ization ation ator alism iveness fulness ousness aliti iviti biliti logi logy logies icate ative alize iciti ical ful
    ness al ance ence er ic able ible ant ement ment ent sion tion ion ou ism ate iti ous ive ize e ll sting ying ied""".split()


def random_word(rng):
    pool = LETTERS + ("\u00e9\u00e9\u0153\U0001d586\U0001d5860123" if rng.random() < 0.2 else "")
    stem = "".join(rng.choice(pool) * rng.choice([1, 1, 1, 1, 2]) for _ in range(rng.randint(0, 6)))
    return stem + "".join(rng.choice(ENDINGS) for _ in range(rng.choice([0, 1, 1, 1, 2, 3])))


def escape(text):
    units = text.encode("utf-16-be", "surrogatepass")
    values = [units[i] << 8 | units[i + 1] for i in range(0, len(units), 2)]
    return "".join(chr(v) if 0x20 <= v <= 0x7E and v != 0x5C else f"\\u{v:04x}" for v in values)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    stems = arguments[:1] == ["stems"]
    count, seed = (list(map(int, arguments[stems:])) + [1200, 20240229][len(arguments) - stems :])[:2]
    rng = random.Random(seed)
    strings = [random_word(rng) for _ in range(count)]
    if not stems:
        lists = [" ".join(strings[i : i + 25]) for i in range(0, count, 25)]
        strings = FIXED + lists + [random_string(rng) for _ in range(count)]
    for text in strings:
        print(escape(text))
