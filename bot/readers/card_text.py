"""The words of the model's card and notice: what it was made of, on what terms, how good it is, and where it fails."""

from collections.abc import Iterator, Mapping
from typing import Any

NOTICE = """Weights of Earshot's built-in reader (bot/readers/model/)

These weights are a labelled artefact of their own. They hold no text of any post.

Base weights: sentence-transformers/all-MiniLM-L6-v2, Apache License 2.0, itself fitted from
nreimers/MiniLM-L6-H384-uncased, after microsoft/MiniLM-L12-H384-uncased (MIT). Tokenizer: BERT's uncased word pieces
(Apache License 2.0).

Labels they were fitted on (labels and post ids are the sources' own; posts are their authors' and are not part of this
work):
  SemEval-2013 to 2016, task 4 subtask A, in the classes of TweetEval. Rosenthal, Farra and Nakov 2017; Barbieri,
    Camacho-Collados, Espinosa Anke and Neves 2020. Released for research on tweets under X's terms.
  TweetEval irony (SemEval-2018 task 3), offensive (OLID, SemEval-2019 task 6), emotion (SemEval-2018 task 1).
  Complaints: Preotiuc-Pietro, Gaman and Aletras, ACL 2019.
  Entity-level sentiment over 32 brands and games, with the class Irrelevant.

No weights were fitted on the sets airline, sanders, sxsw, threads or spike, nor on any post heard by an Earshot.

The weights are given under the Apache License 2.0 so far as they are ours to give. Who may not or would not rely on
them deletes this folder: Earshot then reads with its word lists, and any other model takes its place by one setting.
"""


def card_text(card: Mapping[str, Any]) -> str:
    """The card as Markdown, from the same facts as card.json."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Mapping[str, Any]) -> Iterator[str]:
    plan = card.get("plan", {})
    yield f"# The built-in reader, {card['version']}"
    yield ""
    yield (
        "One small transformer (6 layers, 384 wide, 22.7 million parameters, eight-bit) with a linear head for each of "
        "sentiment, complaint, irony, offence, emotion and entity. It reads English posts of up to "
        f"{card['longest']} word pieces; of a longer one it reads the beginning and the end."
    )
    yield ""
    base = card["base"]
    yield f"* Date: {card['date']}. Base weights: {base['name']} (Apache-2.0), SHA-256 `{base['sha256']}`."
    yield f"* Files: {', '.join(f'{name} `{digest}`' for name, digest in card['files'].items())}."
    yield f"* Fitted on {card.get('rows', '?')} rows in {card.get('steps', '?')} steps: " + ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in plan.items()
    )
    yield "* How: one fit for each order of the rows, from the same start; what ships is the mean of their weights."
    yield "* Sources of the labels and their terms: NOTICE beside this file. No post text is part of this folder."
    yield "* Matrices are bytes of at most 63 with a scale for each output; their inputs are quantised text by text."
    yield ""
    yield "## Measured on validation rows (never learned from; they fitted the calibration)"
    yield ""
    yield "| head | posts | macro recall [95 %] | macro F1 [95 %] | calibration error [95 %] |"
    yield "|---|---|---|---|---|"
    for head, found in card.get("figures", {}).items():
        cells = (found[name] for name in ("posts", "macro recall", "macro F1", "calibration error"))
        yield f"| {head} | " + " | ".join(map(str, cells)) + " |"
    yield ""
    yield "More, with the commands that print it: docs/reading.md."
    yield ""
    yield "## Limits"
    yield ""
    yield "* English only. Posts in other languages are read by the word lists and marked as a guess."
    yield "* Posts of 2010 to 2020, mostly from one platform: new slang, long reviews and articles are read less well."
    yield "* One in four or five neutral posts is given a tone and the other way round; irony is often missed."
    yield "* Complaints in electronics, retail, apparel, services and transport are told less well than elsewhere."
    yield "* Dialects and reclaimed words may be taken for offence (known of the offence labels' source)."
    yield "* It judges a text, not a person. It orders a queue that people read; it decides nothing by itself."
