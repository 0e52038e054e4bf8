"""JSON: one document or a record a line, people nested in crimes; a value is text as it stands in the file.

A document is held whole and takes up to forty times its size, so a large one is read in a process of its own: this
module as a program, which prints what `_rows` gives.
"""

import json
import re
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

from csae.limits import Limits, variable
from csae.readers import apart
from csae.readers.nested import RecordPlaces, RecordRows, batch, check_places
from csae.readers.sheet_rows import OUT_OF_MEMORY, confine
from csae.readers.tables import BATCH_ROWS, VALUE_SEPARATOR, Batch, ExtractError, beyond
from csae.readers.text_bytes import checked_text, open_text
from csae.sources.formats import JsonFormat

IN_PROCESS_BYTES = 8 << 20
"""A document up to here is read in this process: starting another one takes longer than reading it."""
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")
_NO_TEXT = re.compile(rf"[\x00{VALUE_SEPARATOR}\ud800-\udfff]")
_SEND_AGAIN = "Ask the force to send the file again."
Record = dict[str, Any]


class _RefusedError(Exception):
    """What is wrong with a record, without its file and line."""

    def __init__(self, reason_code: str, cause: str) -> None:
        super().__init__(cause)
        self.reason_code = reason_code
        self.cause = cause


def read(
    path: Path, name: str, form: JsonFormat, places: Sequence[RecordPlaces], wanted: dict[str, bool]
) -> Iterator[Batch]:
    """Batches with a table for each record. Raises `ExtractError`."""
    nested = frozenset(record.each for record in places if record.each)
    rows = RecordRows[Record](places, _records_at, _text_at)
    met: dict[str, None] = {}
    limits = Limits.current()
    try:
        with closing(_records(path, name, form, met, limits)) as records:
            for where, record in records:
                try:
                    if not isinstance(record, dict):
                        raise _RefusedError("file_unreadable", "is not an object with keys and values")
                    _meet(met, record, nested, deepest=limits.nesting - 1)
                    rows.add(record)
                except _RefusedError as error:
                    raise ExtractError(error.reason_code, f"{name}: {where} {error.cause}. {_SEND_AGAIN}") from None
                check_places(name, met, limits)
                if rows.height >= BATCH_ROWS:
                    yield batch(name, rows, met, wanted)
    except RecursionError:
        raise _too_deep(name, limits) from None
    yield batch(name, rows, met, wanted)


def _too_deep(name: str, limits: Limits) -> ExtractError:
    return beyond(name, "its objects and lists stand within one another, deeper than the", limits, "nesting")


def _records(
    path: Path, name: str, form: JsonFormat, met: dict[str, None], limits: Limits
) -> Generator[tuple[str, object]]:
    """Each record with where it stands; places outside of them go into `met`."""
    if form.type == "ndjson":
        yield from _lines(path, name, form, limits)
    elif path.stat().st_size <= IN_PROCESS_BYTES:
        yield from _rows(path, name, form, met, limits)
    else:
        yield from _rows_apart(path, name, form, met, limits)


def _rows_apart(
    path: Path, name: str, form: JsonFormat, met: dict[str, None], limits: Limits
) -> Iterator[tuple[str, object]]:
    """What `_rows` gives, read by `main` in a process of its own."""
    program = ["-m", __name__, str(path), name, form.model_dump_json(), str(limits.memory_bytes), str(limits.seconds)]
    try:
        with closing(apart.lines(program, name, "the document", limits)) as lines:
            for line in lines:
                kind, *said = json.loads(line)
                if kind == "refused":
                    raise ExtractError(*said)
                if kind == "met":
                    met.update(dict.fromkeys(said))
                else:
                    yield said[0], said[1]
    except apart.EndedError:
        raise ExtractError("file_unreadable", f"{name}: the document cannot be read. {_SEND_AGAIN}") from None


def main(path: str, name: str, form: str, memory_bytes: str, seconds: str) -> int:
    """Print a line of JSON for each record, for what was met outside of them, and for a refusal."""
    confine(int(memory_bytes), int(seconds))
    met: dict[str, None] = {}
    limits = Limits.current()
    try:
        for where, row in _rows(Path(path), name, JsonFormat.model_validate_json(form), met, limits):
            print(json.dumps(["record", where, row]))
        print(json.dumps(["met", *met]))
    except ExtractError as error:
        print(json.dumps(["refused", error.reason_code, error.sentence]))
    except RecursionError:
        deep = _too_deep(name, limits)
        print(json.dumps(["refused", deep.reason_code, deep.sentence]))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _lines(path: Path, name: str, form: JsonFormat, limits: Limits) -> Iterator[tuple[str, object]]:
    """What each line holds; blank ones hold nothing, and a file may have no line at all."""
    if path.stat().st_size:
        for _ in checked_text(path, name, form.encoding):
            pass
    number = 0
    with open_text(path, form.encoding) as stream:
        while line := stream.readline(limits.record_characters + 1):
            number += 1
            if len(line) > limits.record_characters:
                remedy = (
                    "If this is no record a line, correct 'type' in the YAML: json is one document. Else ask the force "
                    "for its usual file."
                )
                what = f"line {number} has more characters than the"
                raise beyond(name, what, limits, "record_characters", remedy)
            if not line.isspace():
                yield f"line {number}", _parsed(line, name, number, f"line {number}")


def _rows(
    path: Path, name: str, form: JsonFormat, met: dict[str, None], limits: Limits
) -> Iterator[tuple[str, object]]:
    """The records of one document, whose count must be the declared one; places outside of them go into `met`."""
    document = _document(path, name, form, limits)
    found = list(_at(document, form.row)) if form.row else [document]
    if not found or not (form.row or isinstance(document, list)):
        raise ExtractError(
            "row_missing",
            f"{name}: the document has no list of records at {form.row or 'its root'}. Ask the force for its usual "
            "file, or name the keys that lead to the list as 'row' in the YAML, parted by /.",
        )
    rows = [row for value in found for row in (value if isinstance(value, list) else [value]) if row is not None]
    for number, row in enumerate(rows, start=1):
        yield f"record {number}", row
    if form.row:
        try:
            closed = frozenset({form.row, form.row_count or form.row})
            _meet(met, document, frozenset(), closed, deepest=limits.nesting - 1)
        except _RefusedError as error:
            raise ExtractError(error.reason_code, f"{name}: the document {error.cause}. {_SEND_AGAIN}") from None
    if form.row_count and _text_at(document, form.row_count) != str(len(rows)):
        raise ExtractError(
            "row_count_wrong",
            f"{name}: the number of records, {len(rows)}, is not the one that {form.row_count} says. {_SEND_AGAIN}",
        )


def _document(path: Path, name: str, form: JsonFormat, limits: Limits) -> object:
    size = path.stat().st_size
    if size > limits.document_bytes:
        raise ExtractError(
            "file_too_large",
            f"{name}: a JSON document is read whole, and {size:,} bytes are more than the {limits.document_bytes:,} "
            f"that it may have ({variable('document_bytes')}). Ask the force for a record a line (type: ndjson), or "
            "for several files.",
        )
    text = "".join(checked_text(path, name, form.encoding)).removeprefix("\ufeff")
    if not text.strip():
        raise ExtractError("file_empty", f"{name}: the file is empty. {_SEND_AGAIN}")
    return _parsed(text, name, 1, "the document")


def _parsed(text: str, name: str, line: int, where: str) -> object:
    """Numbers stay as they are written, so that none loses a digit."""
    try:
        value = json.loads(
            text, parse_int=str, parse_float=_number, parse_constant=_no_number, object_pairs_hook=_object
        )
        if "\\u" in text and any(map(_NO_TEXT.search, _texts(value))):
            raise _RefusedError("character_forbidden", "holds a NUL, a unit separator or half of a character")
    except json.JSONDecodeError as error:
        raise ExtractError(
            "file_unreadable",
            f"{name}: the JSON breaks off or is wrong at line {line + error.lineno - 1}. {_SEND_AGAIN}",
        ) from None
    except _RefusedError as error:
        raise ExtractError(error.reason_code, f"{name}: {where} {error.cause}. {_SEND_AGAIN}") from None
    return value


def _number(written: str) -> str:
    """12.0 is the number 12."""
    whole = _WHOLE_NUMBER.fullmatch(written)
    return whole[1] if whole else written


def _no_number(constant: str) -> NoReturn:
    raise _RefusedError("file_unreadable", f"holds {constant}, which is no value in JSON")


def _object(pairs: list[tuple[str, Any]]) -> Record:
    """The key is not named, since some files have values for keys."""
    keys = dict(pairs)
    if len(keys) < len(pairs):
        raise _RefusedError("key_repeated", "has a key twice in one object, so its value is ambiguous")
    return keys


def _texts(value: object) -> Iterator[str]:
    """Every key and every text."""
    match value:
        case str():
            yield value
        case dict():
            yield from value
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)


def _at(value: object, place: str) -> Iterator[object]:
    """What stands at a place: keys parted by `/`, through every item of a list. The last key may hold a `/` itself."""
    if isinstance(value, list):
        for item in value:
            yield from _at(item, place)
    elif isinstance(value, dict):
        key, _, below = place.partition("/")
        if place in value:
            yield value[place]
        elif below and key in value:
            yield from _at(value[key], below)


def _records_at(record: Record, place: str) -> Iterator[Record]:
    """Nested records: a list of objects, or one object."""
    for item in _leaves(_at(record, place)):
        if not isinstance(item, dict):
            raise _RefusedError("file_unreadable", f"has a value at '{place}' where objects with keys are expected")
        yield item


def _text_at(record: object, place: str) -> str | None:
    """The values at a place, parted by `VALUE_SEPARATOR`; an object is none."""
    if isinstance(record, dict) and isinstance(record.get(place), str):
        return record[place].strip() or None
    values = (_text(item) for item in _leaves(_at(record, place)))
    return VALUE_SEPARATOR.join(value for value in values if value) or None


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip()
    return ""


def _leaves(values: Iterable[object]) -> Iterator[object]:
    """Items of lists, and of lists in them; null is none."""
    for value in values:
        if isinstance(value, list):
            yield from _leaves(value)
        elif value is not None:
            yield value


def _meet(
    met: dict[str, None],
    value: object,
    nested: frozenset[str],
    closed: frozenset[str] = frozenset(),
    above: str = "",
    *,
    deepest: int,
) -> None:
    """Note every place with a value, as the YAML would name it; places in a nested record start at that record.

    What stands at a `closed` place is passed over. Raises `_RefusedError` for a value `deepest` levels down that holds
    others.
    """
    if not isinstance(value, list | dict):
        if above:
            met[above] = None
        return
    if deepest < 0:
        limit = f"more than {Limits.current().nesting:,} of them ({variable('nesting')})"
        raise _RefusedError("limit_exceeded", f"has objects and lists within one another, {limit}")
    if isinstance(value, list) and value:
        for item in value:
            _meet(met, item, nested, closed, above, deepest=deepest - 1)
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            place = f"{above}/{key}" if above else key
            if place in closed:
                continue
            if place in nested:
                _meet(met, item, frozenset(), deepest=deepest - 1)
            elif isinstance(item, str):
                met[place] = None
            else:
                _meet(met, item, nested, closed, place, deepest=deepest - 1)
    elif above:
        met[above] = None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
