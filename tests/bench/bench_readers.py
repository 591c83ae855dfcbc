"""How fast readers are, and what they cost: prints a table. No test; figures go into docs/reading-figures.md.

    python tests/bench/bench_readers.py [--texts FILE.jsonl] [--posts 400] [--one-core]

Each reader is measured in a process of its own, so that memory is its own. Beside ours stand the bare ONNX Runtime
session and, where torch is installed, `transformers.pipeline` on a network of the very same shape and on RoBERTa-base's
(weights do not change speed, so random ones serve).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path[:] = [place for place in sys.path if Path(place).resolve() != HERE.parent]  # our queue.py is not Python's
STORY = "my order never arrived and nobody answers the phone @acme this is the third time I have been waiting on hold"


def sample(path: str | None, posts: int) -> list[str]:
    """Posts from a JSON Lines file, or made up in lengths like real ones."""
    if path is None:
        words = STORY.split()
        return [" ".join(words[at % 7 :][: 6 + at * 7 % 15] * (1 + at % 2)) for at in range(posts)]
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines][:posts]


def words() -> Callable[[list[str]], object]:
    from bot.readers.words import Words

    return Words().read


def builtin() -> Callable[[list[str]], object]:
    from bot.readers.builtin import load

    return load().read


def bare() -> Callable[[list[str]], object]:
    """The session alone, on texts already turned into ids: the most that can be had."""
    from bot.readers.builtin import load
    from bot.readers.normalise import normalise

    reader = load()
    kept: dict[str, dict[str, Any]] = {}

    def run(texts: list[str]) -> None:
        for text in texts:
            if text not in kept:
                kept[text] = reader.fed(normalise(text))
            reader._session.run(None, kept[text])

    return run


def pipeline(layers: int, width: int, heads: int, inner: int, vocabulary: int) -> Callable[[list[str]], object]:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

    from bot.readers.builtin import MODEL

    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        num_labels=3,
    )
    torch.manual_seed(1)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]", model_max_length=128
    )
    model = BertForSequenceClassification(config).eval()
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    return lambda texts: [classify(text, truncation=True) for text in texts]


def vader() -> Callable[[list[str]], object]:
    from bot.readers.rivals import Vader

    return Vader().read


def linear() -> Callable[[list[str]], object]:
    """TF-IDF with logistic regression, fitted on the folder of labelled sets that --texts lies in; part of its load."""
    from bot.readers.rivals import Linear

    return Linear(Path(os.environ["BENCH_DATA"])).read


READERS: dict[str, Callable[[], Callable[[list[str]], object]]] = {
    "words": words,
    "VADER": vader,
    "TF-IDF + LR": linear,
    "builtin": builtin,
    "bare session": bare,
    "pipeline, same shape": lambda: pipeline(6, 384, 12, 1536, 30522),
    "pipeline, RoBERTa-base shape": lambda: pipeline(12, 768, 12, 3072, 50265),
}


NEEDS = {"pipeline": "torch", "TF-IDF": "sklearn", "VADER": "vaderSentiment"}


def ratios(rows: list[dict[str, Any]]) -> None:
    """How many times as many posts the built-in reader reads, one by one and together, as each of the others."""
    ours = next(row for row in rows if row["reader"] == "builtin")
    for row in rows:
        if row is not ours:
            alone, together = (ours[key] / max(1, row[key]) for key in ("posts/s one by one", "posts/s together"))
            print(f"builtin reads {alone:.2f} x as many as {row['reader']} one by one, {together:.2f} x together")


def measure(name: str, texts: list[str]) -> dict[str, Any]:
    """Load, first answer, one at a time, all at once, in this process."""
    began = time.perf_counter()
    read = READERS[name]()
    read(texts[:1])
    loaded = time.perf_counter() - began
    few = texts if "pipeline" not in name else texts[: max(20, len(texts) // 8)]
    for text in few[:20]:
        read([text])
    each = []
    cpu = time.process_time()
    for text in few:
        start = time.perf_counter()
        read([text])
        each.append(time.perf_counter() - start)
    cpu = time.process_time() - cpu
    start = time.perf_counter()
    read(few)
    together = time.perf_counter() - start
    each.sort()
    return {
        "reader": name,
        "load s": round(loaded, 2),
        "posts/s one by one": round(len(few) / sum(each)),
        "posts per CPU second": round(len(few) / cpu),
        "posts/s together": round(len(few) / together),
        "p50 ms": round(1000 * each[len(each) // 2], 2),
        "p99 ms": round(1000 * each[int(len(each) * 0.99)], 2),
        "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--texts")
    ask.add_argument("--posts", type=int, default=400)
    ask.add_argument("--one-core", action="store_true")
    ask.add_argument("--only")
    given = ask.parse_args()
    if given.one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if given.texts:
        os.environ["BENCH_DATA"] = str(Path(given.texts).resolve().parents[1])
    if given.only:
        print(json.dumps(measure(given.only, sample(given.texts, given.posts))))
        return
    rows = []
    for name in READERS:
        if any(part in name and find_spec(needed) is None for part, needed in NEEDS.items()):
            continue
        if "TF-IDF" in name and given.texts is None:
            continue
        found = subprocess.run(
            [sys.executable, str(HERE), *sys.argv[1:], "--only", name], capture_output=True, text=True, check=True
        )
        rows.append(json.loads(found.stdout.splitlines()[-1]))
        if len(rows) == 1:
            print("| " + " | ".join(rows[0]) + " |")
            print("|" + "---|" * len(rows[0]))
        print("| " + " | ".join(map(str, rows[-1].values())) + " |", flush=True)
    ratios(rows)


if __name__ == "__main__":
    main()
