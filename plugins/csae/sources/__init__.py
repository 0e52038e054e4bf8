"""The sources: one YAML file each in `forces/`, and in `forces/systems/` what forces on one system share."""

import hashlib
import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from csae.sources.documents import Document, PathInFile, SourceError, read_document
from csae.sources.formats import FORMAT_TYPES
from csae.sources.model import Source, known_keys

__all__ = ["LoadedSource", "Source", "SourceError", "load_source", "load_sources"]

_MUST_BE = {
    "missing": "is missing; add it",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must be {max_length} characters at the most",
    "too_short": "must not be empty",
    "list_type": "must be a list, such as [a, b]",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
    "literal_error": "must be {expected}",
    "date_from_datetime_parsing": "must be a day, such as 2026-09-01",
    "date_from_datetime_inexact": "must be a day, such as 2026-09-01",
}


@dataclass(frozen=True)
class LoadedSource:
    spec: Source
    path: Path
    sha256: str
    """Of what the file and its system say together, so that a rejected delivery is tried again after a change."""


def load_sources(directory: Path, code: str | None = None) -> dict[str, LoadedSource]:
    """Every `forces/*.yml` by source code. Raises `SourceError` with all faults, one a line.

    With a code only that source's file, which its name begins with: a task for one source need not read the others.
    """
    paths = sorted(directory.glob(f"{code}_*.yml" if code else "*.yml"))
    if not paths:
        missing = f"{code}_*.yml" if code else "source"
        raise SourceError(f"{directory}: there is no {missing} here; add a YAML file, or set CSAE_FORCES_DIR.")
    sources: dict[str, LoadedSource] = {}
    faults: list[str] = []
    for path in paths:
        try:
            loaded = load_source(path)
        except SourceError as error:
            faults.append(str(error))
            continue
        if not path.name.startswith(f"{loaded.spec.source}_"):
            faults.append(f"{path}: name the file after its source: {loaded.spec.source}_<name>.yml.")
        twin = sources.setdefault(loaded.spec.source, loaded)
        if twin is not loaded:
            faults.append(f"{path}: source {loaded.spec.source} is in {twin.path.name} too; keep one of the two.")
    if faults:
        raise SourceError("\n".join(faults))
    return sources


def load_source(path: Path) -> LoadedSource:
    """One source's YAML over what its system shares. Raises `SourceError`."""
    document = read_document(path)
    data = document.data
    shared: Document | None = None
    system = data.get("system")
    if isinstance(system, str):
        shared_path = path.parent / "systems" / f"{system}.yml"
        if not shared_path.exists():
            known = ", ".join(sorted(item.stem for item in shared_path.parent.glob("*.yml"))) or "none"
            raise SourceError(
                f"{path}, line {document.line(('system',))}: there is no systems/{system}.yml; known systems: {known}."
            )
        shared = read_document(shared_path)
        data = _with_shared_maps(data, shared)
    try:
        spec = Source.model_validate(data)
    except ValidationError as error:
        messages = dict.fromkeys(_message(document, shared, detail) for detail in error.errors())
        raise SourceError("\n".join(messages)) from None
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return LoadedSource(spec, path, digest)


def _with_shared_maps(data: dict[str, Any], shared: Document) -> dict[str, Any]:
    """A system shares named maps; a force's map of the same name wins."""
    unknown = sorted(set(shared.data) - {"name", "maps"})
    if unknown:
        line = shared.line((unknown[0],))
        raise SourceError(f"{shared.path}, line {line}: unknown key '{unknown[0]}'; a system has 'name' and 'maps'.")
    maps = shared.data.get("maps", {})
    if not isinstance(maps, dict):
        raise SourceError(f"{shared.path}, line {shared.line(('maps',))}: 'maps' must hold keys and values.")
    own = data.get("maps", {})
    return {**data, "maps": {**maps, **own}} if isinstance(own, dict) else data


def _is_of_the_model(part: str | int) -> bool:
    """Steps of pydantic's that are no key of the file: a union's branch, the index of a single item."""
    return isinstance(part, int) or part in FORMAT_TYPES or "[" in part


def _message(document: Document, shared: Document | None, detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    where: PathInFile = ()
    for part in (*detail["loc"], *context.get("where", ())):
        if (*where, part) in document.lines or not _is_of_the_model(part):
            where = (*where, part)
    if shared and where[:1] == ("maps",) and where[:2] not in document.lines:
        document = shared
    head = f"{document.path}, line {document.line(where)}"
    if "take" in where[-2:]:
        return f"{head}: 'take' must be all, first, last or a number, 1 being the first."
    name = next((part for part in reversed(where) if isinstance(part, str)), "the file")
    if kind == "extra_forbidden":
        known = known_keys(where)
        close = get_close_matches(name, known, n=1)
        remedy = f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(known)}."
        return f"{head}: unknown key '{name}'; {remedy}"
    if kind.startswith("union_tag"):
        return f"{head}: '{name}' needs type: {', '.join(FORMAT_TYPES[:-1])} or {FORMAT_TYPES[-1]}."
    if kind == "string_pattern_mismatch" and name == "source":
        return f"{head}: 'source' must be two digits, such as \"06\"."
    if kind == "string_type" and detail["input"] is None:
        hint = "" if name in known_keys(where) else ", or put a text with a comma in quotes"
        return f"{head}: '{name}' has no value; give it one{hint}."
    text = _MUST_BE[kind].format(**context) if kind in _MUST_BE else detail["msg"].removeprefix("Value error, ")
    return f"{head}: '{name}' {text}."
