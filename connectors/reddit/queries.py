"""What to ask Reddit's search for. Pure. A query has at most 512 characters; the names are spread over several."""

from connectors.types import Want

LONGEST = 500


def queries(want: Want) -> tuple[str, ...]:
    """As few queries as hold every name once; phrases and odd signs in quotes."""
    handles = (handle.lstrip("@") for handle in want.handles)
    tags = (tag.lstrip("#") for tag in want.hashtags)
    names = (" ".join(name.replace('"', " ").casefold().split()) for name in (*want.terms, *handles, *tags))
    clauses = dict.fromkeys(f'"{name}"' for name in names if any(letter.isalnum() for letter in name))
    groups: list[str] = []
    for clause in clauses:
        if len(clause) > LONGEST:
            continue
        if groups and len(groups[-1]) + len(" OR ") + len(clause) <= LONGEST:
            groups[-1] += f" OR {clause}"
        else:
            groups.append(clause)
    return tuple(groups)
