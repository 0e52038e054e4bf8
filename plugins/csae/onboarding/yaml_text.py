"""YAML as the files in `forces/` are written: a column a line, flow mappings, aligned."""

import re
from collections.abc import Mapping, Sequence

WIDTH = 118
_PLAIN = re.compile(r"[^\W\d][\w ./()+*-]*[\w)*/.+]|[^\W\d]|\d+-\d+")
"""Such as a name, a word or `1-14`."""
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "none", "nan"}


def scalar(value: object) -> str:
    """Quoted where YAML or an editor would take it for something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT and "  " not in text:
        return text
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text):
        return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in text) + '"'
    if "\\" in text or '"' in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _pattern(text: str) -> str:
    """A regular expression, in single quotes as in the other files."""
    return "'" + text.replace("'", "''") + "'"


def inline(value: object) -> str:
    return " ".join(_pieces(value))


def entry(indent: int, name: str, value: object, pad: int = 0) -> list[str]:
    """`name: value`, on as many lines as it takes."""
    head, *others = _pieces(value)
    lines = [" " * indent + f"{scalar(name)}:".ljust(pad) + " " + head]
    for piece in others:
        if len(lines[-1]) + 1 + len(piece) > WIDTH:
            lines.append(" " * (indent + 2) + piece)
        else:
            lines[-1] += f" {piece}"
    return lines


def _pieces(value: object, of: str = "") -> list[str]:
    """The text of a value, parted where a line may be broken."""
    if isinstance(value, Mapping):
        opening, closing = "{", "}"
        items = [(f"{scalar(name)}: ", _pieces(item, str(name))) for name, item in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str):
        opening, closing = "[", "]"
        items = [("", _pieces(item)) for item in value]
    elif of in ("extract", "row_count") and isinstance(value, str) and re.search(r"[\\^$()]", value):
        return [_pattern(value)]
    else:
        return [scalar(value)]
    pieces = []
    for at, (head, (first, *rest)) in enumerate(items):
        own = [head + first, *rest]
        own[-1] += "," if at < len(items) - 1 else ""
        pieces += own
    pieces = pieces or [""]
    pieces[0] = opening + pieces[0]
    pieces[-1] += closing
    return pieces
