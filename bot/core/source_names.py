"""What a source may be called: its name stands in the addresses of its pages and in the names of its settings."""

LONGEST = 60
TAKEN = ("new",)  # the page that adds one


def problem(name: str) -> str:
    """Why a source cannot be called this; empty if it can."""
    if name in TAKEN:
        return f"There is a source called {name} already."
    if not (name.isascii() and name.replace("-", "").isalnum()) or len(name) > LONGEST or name.startswith("-"):
        return f"A source's name has letters, digits and dashes, at most {LONGEST}."
    return ""
