"""Writes a collection of synthetic documents, `id<TAB>text`, for tests of memory, speed and crashes.

    python3 scripts/synthesize_collection.py --documents 2000000 --seed 7 --output big.tsv

The text means nothing, but it stresses an index as text does: term frequencies follow Zipf's law with the vocabulary
size asked for, lengths are uniform between two bounds, and ids are neither numbers in order nor line numbers. The same
arguments give the same bytes on every machine with the same minor version of Python; a collection of 2N documents
begins with the one of N. Needs the standard library only, and holds the vocabulary, never the collection.
"""

import argparse
import itertools
import random
import sys

CONSONANTS = "bcdfghjklmnprstvz"
VOWELS = "aeiou"
SYLLABLES = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS]

BATCH = 1000
"""Documents written at once. Each batch has a seed of its own."""

POOL = 1 << 20
"""Words drawn once from Zipf's law; a document is a run of them from a random place on. Drawing each word again would
take far longer. After `POOL_BATCHES` batches there is a new pool, so long collections do not repeat themselves."""

POOL_BATCHES = 100

SCRAMBLE = 0x9E3779B1
"""Odd, so multiplying by it modulo 2^32 gives each ordinal an id of its own."""


def word(rank):
    """The word of that frequency rank (0: the most frequent): frequent words are short, no two are equal."""
    syllables = []
    while rank >= 0:
        rank, digit = divmod(rank, len(SYLLABLES))
        syllables.append(SYLLABLES[digit])
        rank -= 1
    return "".join(syllables)


def document_id(ordinal):
    """Unique below 2^32 documents; neither in order nor of one length, as ids of real collections are."""
    return f"doc-{(ordinal + 1) * SCRAMBLE % (1 << 32):x}"


class Collection:
    """A seeded collection; `batches()` gives its bytes."""

    def __init__(self, options):
        self.options = options
        self.vocabulary = [word(rank) for rank in range(options.vocabulary)]
        weights = (1 / (rank + 1) ** options.exponent for rank in range(options.vocabulary))
        self.cumulative = list(itertools.accumulate(weights))

    def pool(self, number):
        """A run of words, long enough to cut documents from."""
        source = random.Random(f"{self.options.seed}/pool/{number}")
        return source.choices(self.vocabulary, cum_weights=self.cumulative, k=POOL)

    def batch(self, number, pool):
        """The lines of one batch of documents."""
        source = random.Random(f"{self.options.seed}/batch/{number}").random
        shortest, spread = self.options.shortest, self.options.longest - self.options.shortest + 1
        starts = len(pool) - self.options.longest
        first = number * BATCH
        lines = []
        for ordinal in range(first, min(first + BATCH, self.options.documents)):
            start = int(source() * starts)
            text = " ".join(pool[start:start + shortest + int(source() * spread)])
            lines.append(f"{document_id(ordinal)}\t{text}\n")
        return "".join(lines).encode("ascii")

    def batches(self):
        """All bytes, batch by batch."""
        pool = []
        for number in range((self.options.documents + BATCH - 1) // BATCH):
            if number % POOL_BATCHES == 0:
                pool = self.pool(number // POOL_BATCHES)
            yield self.batch(number, pool)


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--documents", type=positive, default=100_000, metavar="N")
    parser.add_argument("--vocabulary", type=positive, default=200_000, metavar="WORDS")
    parser.add_argument("--exponent", type=float, default=1.0, help="of Zipf's law (default: 1.0)")
    parser.add_argument("--shortest", type=positive, default=20, metavar="WORDS", help="of a text (default: 20)")
    parser.add_argument("--longest", type=positive, default=90, metavar="WORDS", help="of a text (default: 90)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", metavar="FILE", help="default: standard output")
    options = parser.parse_args(arguments)
    if options.shortest > options.longest:
        parser.error("--shortest is more than --longest")
    if options.longest >= POOL:
        parser.error(f"--longest is not below {POOL}")
    if options.documents > 1 << 32:
        parser.error("more than 2^32 documents would share ids")
    return options


def main(arguments=None):
    options = parse(arguments)
    try:
        with open(options.output, "wb") if options.output else sys.stdout.buffer as file:
            for batch in Collection(options).batches():
                file.write(batch)
    except BrokenPipeError:
        sys.stderr.close()  # as in `... | head`: the reader has what it wanted
    except OSError as error:
        sys.exit(f"synthesize_collection.py: {error}")


if __name__ == "__main__":
    main()
