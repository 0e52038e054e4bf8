"""The sources: one YAML file each in `forces/`, and in `forces/systems/` what forces on one system share."""

import hashlib
import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from csae.sources.documents import Document, SourceError, read_document
from csae.sources.model import Source, known_keys

__all__ = ["LoadedSource", "Source", "SourceError", "load_source", "load_sources"]

_UNION_TAGS = frozenset({"delimited", "workbook", "xml", "dict", "str"})


@dataclass(frozen=True)
class LoadedSource:
    spec: Source
    path: Path
    sha256: str
    """Of what the file and its system say together, so that a rejected delivery is tried again after a change."""


def load_sources(directory: Path) -> dict[str, LoadedSource]:
    """Every `forces/*.yml` by source code. Raises `SourceError` with all faults, one a line."""
    paths = sorted(directory.glob("*.yml"))
    if not paths:
        raise SourceError(f"{directory}: there is no source here; add a YAML file, or set CSAE_FORCES_DIR.")
    sources: dict[str, LoadedSource] = {}
    faults: list[str] = []
    for path in paths:
        try:
            loaded = load_source(path)
        except SourceError as error:
            faults.append(str(error))
            continue
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
    system = data.get("system")
    if isinstance(system, str):
        shared_path = path.parent / "systems" / f"{system}.yml"
        if not shared_path.exists():
            known = ", ".join(sorted(item.stem for item in shared_path.parent.glob("*.yml"))) or "none"
            raise SourceError(
                f"{path}, line {document.line(('system',))}: there is no systems/{system}.yml; known systems: {known}."
            )
        data = _with_shared_maps(data, read_document(shared_path))
    try:
        spec = Source.model_validate(data)
    except ValidationError as error:
        messages = dict.fromkeys(_message(document, detail) for detail in error.errors())
        raise SourceError("\n".join(messages)) from None
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return LoadedSource(spec, path, digest)


def _with_shared_maps(data: dict[str, Any], shared: Document) -> dict[str, Any]:
    """A system shares named maps; a force's map of the same name wins."""
    unknown = sorted(set(shared.data) - {"name", "maps"})
    if unknown:
        line = shared.line((unknown[0],))
        raise SourceError(f"{shared.path}, line {line}: unknown key '{unknown[0]}'; a system has 'name' and 'maps'.")
    own = data.get("maps")
    return {**data, "maps": {**shared.data.get("maps", {}), **(own if isinstance(own, dict) else {})}}


def _message(document: Document, detail: ErrorDetails) -> str:
    where = tuple(part for part in detail["loc"] if part not in _UNION_TAGS or (part,) in document.lines)
    head = f"{document.path}, line {document.line(where)}"
    name = next((part for part in reversed(where) if isinstance(part, str)), "the file")
    kind = detail["type"]
    if kind == "extra_forbidden":
        close = get_close_matches(str(name), known_keys(where), n=1)
        remedy = f"did you mean '{close[0]}'?" if close else f"known here: {', '.join(known_keys(where))}."
        return f"{head}: unknown key '{name}'; {remedy}"
    if kind == "missing":
        return f"{head}: '{name}' is missing; add it."
    if kind.startswith("union_tag"):
        return f"{head}: '{name}' needs type: delimited, workbook or xml."
    if kind == "string_pattern_mismatch" and name == "source":
        return f"{head}: 'source' must be two digits in quotation marks, such as \"06\"."
    if kind == "literal_error":
        return f"{head}: '{name}' must be {detail.get('ctx', {}).get('expected', 'another value')}."
    text = detail["msg"].removeprefix("Value error, ")
    return f"{head}: {text if kind == 'value_error' and name in text else f'{name!r} {text}'}."
