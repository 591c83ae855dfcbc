"""Where one sentence of a reply ends and the next begins."""

import re
from collections.abc import Iterator

_SENTENCE = re.compile(r"[^.!?…。！？\n]+(?:[.!?…。！？]+(?!\s|$)[^.!?…。！？\n]*)*[.!?…。！？]*")


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Each sentence as it stands, with the place it begins at: "quill.example/a.b" ends none."""
    return ((found.start(), found.group()) for found in _SENTENCE.finditer(text))
