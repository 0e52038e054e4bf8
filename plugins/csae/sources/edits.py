"""Changes to a source's YAML that leave its comments and layout as they are, for a person to look at as a diff.

Each function gives the whole text anew, or None when the file is written in a way that it cannot change without
rewriting it. What it gives was read again: only what was asked for is different.
"""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Any

from csae.sources.documents import Document, Key, PathInFile, SourceError, parse_document

_PLAIN = re.compile(r"[^\W\d_][\w/+().'-]*(?: [\w/+().'-]+)*")
_YAML_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off"})
_NEAR = 12
"""How many lines below its key a column's origin is looked for, where it is written over several."""


def diff(before: str, after: str, path: Path, context: int = 1) -> str:
    """A unified diff with the file's name, without trailing blanks."""
    lines = unified_diff(before.splitlines(), after.splitlines(), path.name, path.name, lineterm="", n=context)
    return "\n".join(lines)


def rename(document: Document, text: str, old: str, new: str, columns: Sequence[PathInFile]) -> str | None:
    """Write `new` where one of these columns says that it comes from `old`."""
    lines, wanted = text.splitlines(), document.data
    for column in columns:
        place = (*column, "from") if isinstance(_at(wanted, column), dict) else column
        value = _at(wanted, place)
        changed = [new if item == old else item for item in value] if isinstance(value, list) else new
        wanted = _with(wanted, place, changed)
        start = document.line(place) - 1
        for at in range(start, min(start + _NEAR, len(lines))):
            line = _replaced(lines[at], old, new)
            if line is not None:
                lines[at] = line
                break
    return _checked(lines, wanted)


def set_crime_bounds(document: Document, text: str, minimum: int, maximum: int) -> str | None:
    lines, place = text.splitlines(), ("bounds", "crimes")
    bounds = document.data.get("bounds") or {}
    old = bounds.get("crimes") or {}
    wanted = _with(document.data, place, {**old, "min": str(minimum), "max": str(maximum)})
    entry = f"crimes: {{min: {minimum}, max: {maximum}}}"
    if old:
        at = document.line(place) - 1
        lines[at] = _indent(lines[at]) + entry
    elif bounds:
        lines.insert(document.line(("bounds",)), f"  {entry}")
    else:
        lines += ["bounds:", f"  {entry}"]
    return _checked(lines, wanted)


def add_codes(document: Document, text: str, scheme: str, codes: Mapping[str, str]) -> str | None:
    """Codes of the source's own, beside those that it has."""
    old = (document.data.get("codes") or {}).get(scheme) or {}
    new = {code: to for code, to in codes.items() if code not in old}
    return _add_items(
        document,
        text,
        ("codes", scheme),
        old=list(old),
        new=[f"{quoted(code)}: {quoted(to)}" for code, to in new.items()],
        wanted=_with(document.data, ("codes", scheme), {**old, **new}),
    )


def add_ignored_columns(document: Document, text: str, extract: PathInFile, columns: Sequence[str]) -> str | None:
    """Columns that the extract at this place ignores by name."""
    place = (*extract, "ignored_columns")
    old = _at(document.data, extract).get("ignored_columns") or []
    new = [column for column in columns if column not in old]
    return _add_items(
        document,
        text,
        place,
        old=list(range(len(old))),
        new=list(map(quoted, new)),
        wanted=_with(document.data, place, [*old, *new]),
    )


def _add_items(
    document: Document, text: str, place: PathInFile, *, old: Sequence[Key], new: Sequence[str], wanted: Any
) -> str | None:
    """Into `{…}` or `[…]` on one line, below the last item of a block, or as a new key."""
    lines, within = text.splitlines(), place[:-1]
    is_list = place[-1] == "ignored_columns"
    if place in document.lines:
        at = document.line(place) - 1
        closing = lines[at].rfind("]" if is_list else "}")
        if closing > 0:
            head = lines[at][:closing].rstrip()
            lines[at] = f"{head}{', ' if old else ''}{', '.join(new)}{lines[at][closing:]}"
        elif old:
            last = document.line((*place, old[-1]))
            indent = _indent(lines[last - 1]) + ("- " if is_list else "")
            lines[last:last] = [indent + item for item in new]
        return _checked(lines, wanted)
    entry = f"{quoted(str(place[-1]))}: " + (f"[{', '.join(new)}]" if is_list else f"{{{', '.join(new)}}}")
    if is_list:
        after = document.line((*within, "files"))
        lines.insert(after, _indent(lines[after - 1]) + entry)
    elif within in document.lines:
        lines.insert(document.line(within), f"  {entry}")
    else:
        lines += [f"{within[0]}:", f"  {entry}"]
    return _checked(lines, wanted)


def quoted(text: str) -> str:
    """As YAML writes it: quoted only where it must be."""
    if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _replaced(line: str, old: str, new: str) -> str | None:
    """The name behind a key's colon, whether quoted or not; None when the line does not name it."""
    forms = (json.dumps(old, ensure_ascii=False), "'" + old.replace("'", "''") + "'", old)
    for form in forms:
        pattern = re.compile(rf"(?<=[\s\[,:]){re.escape(form)}(?=\s*(?:[,\]}}#]|$))")
        if match := pattern.search(line):
            return line[: match.start()] + quoted(new) + line[match.end() :]
    return None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _checked(lines: Sequence[str], wanted: Any) -> str | None:
    text = "\n".join(lines) + "\n"
    try:
        return text if parse_document(Path(), text).data == wanted else None
    except SourceError:
        return None


def _at(data: Any, place: PathInFile) -> Any:
    for key in place:
        data = data[key]
    return data


def _with(data: Any, place: PathInFile, value: Any) -> Any:
    """The data with another value at one place; nothing else is touched."""
    if not place:
        return value
    key, rest = place[0], place[1:]
    if isinstance(data, list) and isinstance(key, int):
        return [_with(item, rest, value) if at == key else item for at, item in enumerate(data)]
    inner = data if isinstance(data, dict) else {}
    return {**inner, key: _with(inner.get(key), rest, value)}
