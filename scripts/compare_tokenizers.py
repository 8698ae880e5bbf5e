#!/usr/bin/env python3
"""Compares `pipeline tokenize` with Hugging Face `tokenizers`, id for id.

    pip install 'tokenizers==0.23.*'
    python3 scripts/compare_tokenizers.py --command .build/release/pipeline --model DIR \\
        [--random 20000] [--seed 1] [--every-scalar] [COLLECTION.tsv ...]

The command is run as `COMMAND tokenize --model DIR --input FILE.tsv`; FILE.tsv is `id<TAB>text`, each answer a line
`{"id", "ids": [...]}` with the special tokens around. Exit code 1 if any text differs; the first differences are shown.
"""

import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

from hard_strings import Mixer, one_line, written
from tokenizers import BertWordPieceTokenizer, Tokenizer


def reference(model):
    """The tokenizer that Hugging Face makes of a model's folder, without truncation and padding."""
    if (model / "tokenizer.json").exists():
        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer
    file = model / "tokenizer_config.json"
    said = json.loads(file.read_text()) if file.exists() else {}
    names = {f"{role}_token": said[f"{role}_token"] for role in ("unk", "cls", "sep", "pad", "mask") if said.get(f"{role}_token")}
    names = {key: name["content"] if isinstance(name, dict) else name for key, name in names.items()}
    return BertWordPieceTokenizer(
        str(model / "vocab.txt"),
        lowercase=said.get("do_lower_case", True),
        strip_accents=said.get("strip_accents"),
        handle_chinese_chars=said.get("tokenize_chinese_chars", True),
        **names,
    )


def answers(command, model, file):
    """Yields (id, ids) as the command prints them."""
    arguments = shlex.split(command) + ["tokenize", "--model", str(model), "--input", str(file)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            answer = json.loads(line)
            yield answer["id"], answer["ids"]
    if process.returncode != 0:
        sys.exit(f"{shlex.join(arguments)} ended with {process.returncode}")


def records(file):
    """(id, text) of a TSV file; only a line feed ends a record, a carriage return before it belongs to the end."""
    for line in pathlib.Path(file).read_bytes().decode().split("\n"):
        if line:
            identifier, _, text = line.partition("\t")
            yield identifier, text.removesuffix("\r")


def compare(name, arguments, tokenizer, file):
    """Prints one line and returns how many texts differ."""
    expected = list(records(file))
    encodings = tokenizer.encode_batch([text for _, text in expected])
    seen, count, wrong = 0, 0, 0
    for identifier, ids in answers(arguments.command, arguments.model, file):
        if seen < len(expected) and (identifier, ids) != (expected[seen][0], encodings[seen].ids):
            wrong += 1
            if wrong <= 5:
                print(f"  {expected[seen]!r}\n    reference {encodings[seen].ids}\n    command   {ids}, id {identifier!r}")
        seen += 1
        count += len(ids)
    if seen != len(expected):
        print(f"  {len(expected)} texts went in, {seen} came out")
        wrong += abs(len(expected) - seen)
    print(f"{name}: {seen} texts, {count} ids, {wrong} differ")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--command", default=".build/release/pipeline", help="the executable, with arguments before `tokenize`")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="folder with tokenizer.json or vocab.txt")
    parser.add_argument("--random", type=int, default=20_000, help="random strings")
    parser.add_argument("--every-scalar", action="store_true", help="also strings that hold each scalar value once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("collections", nargs="*", help="TSV files")
    arguments = parser.parse_args()
    tokenizer = reference(arguments.model)
    words = [word.removeprefix("##") for word in sorted(tokenizer.get_vocab()) if not word.startswith("[")] or ["a"]
    mixer = Mixer(arguments.seed, [word for word in words if word])
    wrong = sum(compare(file, arguments, tokenizer, file) for file in arguments.collections)
    with tempfile.TemporaryDirectory() as folder:
        for name, strings in [
            ("written", written()),
            (f"random, seed {arguments.seed}", mixer.strings(arguments.random)),
            (f"every scalar, seed {arguments.seed}", list(mixer.every_scalar()) if arguments.every_scalar else []),
        ]:
            if strings:
                file = pathlib.Path(folder) / "strings.tsv"
                lines = (f"{number}\t{one_line(text)}\n" for number, text in enumerate(strings))
                file.write_bytes("".join(lines).encode())
                wrong += compare(name, arguments, tokenizer, file)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
