"""YAML as the files in `forces/` are written: a column a line, flow mappings, aligned."""

import re
from collections.abc import Mapping, Sequence

WIDTH = 118
_PLAIN = re.compile(r"[^\W\d][\w ./()+*-]*[\w)*/.+]|[^\W\d]")
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


def pattern(text: str) -> str:
    """A regular expression, in single quotes as in the other files."""
    return "'" + text.replace("'", "''") + "'"


def key(text: str) -> str:
    return scalar(text)


def inline(value: object, of: str = "") -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key(str(name))}: {inline(item, str(name))}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if of in ("extract", "row_count") and isinstance(value, str) and re.search(r"[\\^$()]", value):
        return pattern(value)
    return scalar(value)


def entry(indent: int, name: str, value: object, pad: int = 0) -> list[str]:
    """`name: value`, on as many lines as it takes."""
    head = " " * indent + f"{key(name)}:".ljust(pad) + " "
    text = inline(value)
    if len(head) + len(text) <= WIDTH or not isinstance(value, Mapping | list):
        return [head + text]
    opening, closing = ("{", "}") if isinstance(value, Mapping) else ("[", "]")
    items = (
        [f"{key(str(inner))}: {inline(item, str(inner))}" for inner, item in value.items()]
        if isinstance(value, Mapping)
        else [inline(item) for item in value]
    )
    lines, line = [], head + opening
    for at, item in enumerate(items):
        piece = item + ("," if at < len(items) - 1 else closing)
        if len(line) + 1 + len(piece) > WIDTH and line.strip() != opening:
            lines.append(line.rstrip())
            line = " " * (indent + 2) + piece
        else:
            line += piece if line.endswith(opening) else f" {piece}"
    return [*lines, line]
