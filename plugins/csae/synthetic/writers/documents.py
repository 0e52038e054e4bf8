"""JSON: one document, or a crime a line, with the people of a crime in lists of its own."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from csae.synthetic.fields import Cell, column
from csae.synthetic.layouts import Column, Document, Of, columns_in
from csae.synthetic.rendering import Batch
from csae.synthetic.writers.files import text_file

ROWS = "\0"
"""Where the crimes go in the document around them."""


def write_document(form: Document, folder: Path, day: date, source: Iterable[Batch], crimes: int) -> dict[str, int]:
    name = form.name.format(day=day)
    around = json.dumps(_around(form, day, crimes), indent=1) if form.row else ""
    opening, _, closing = around.partition(f'"{json.dumps(ROWS)[1:-1]}"')
    with text_file(folder / name, form.encoding) as file:
        between = ""
        file.write(opening + ("[\n" if form.row else ""))
        for batch in source:
            for crime in _crimes(form, batch):
                file.write(between + json.dumps(crime, ensure_ascii=False))
                between = ",\n" if form.row else "\n"
        file.write(f"]{closing}\n" if form.row else "\n")
    return {name: crimes}


def _around(form: Document, day: date, crimes: int) -> dict[str, Any]:
    """The document with a mark in the place of its crimes."""
    places: dict[str, str | int] = {place: text.format(day=day) for place, text in form.head.items()}
    if form.row_count:
        places[form.row_count] = crimes
    whole: dict[str, Any] = {}
    for place, value in {**places, form.row: ROWS}.items():
        *above, last = place.split("/")
        inner = whole
        for key in above:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return whole


def _crimes(form: Document, batch: Batch) -> Iterator[dict[str, Any]]:
    nested: dict[str, list[list[Any]]] = {}
    of: Of
    for of in ("people", "suspects", "victims"):
        chosen = batch.only(of)
        nested[of] = [[] for _ in batch.records]
        people = _filled(form, form.person, _cells(form.person, chosen, of), {}, len(chosen.rows))
        for owner, person in zip(chosen.owners.tolist(), people, strict=True):
            nested[of][owner].append(person)
    yield from _filled(form, form.crime, _cells(form.crime, batch, "crimes"), nested, len(batch.records))


def _cells(template: Any, batch: Batch, of: Of) -> dict[Column, list[Cell]]:
    return {entry: column(batch, entry.field, of=of) for entry in columns_in(template)}


def _filled(
    form: Document,
    template: Mapping[str, Any],
    cells: Mapping[Column, list[Cell]],
    nested: Mapping[str, list[list[Any]]],
    count: int,
) -> Iterator[dict[str, Any]]:
    """The template filled in for each of the crimes or people."""

    def value(inner: Any, at: int) -> Any:
        match inner:
            case Column():
                return _value(form, inner, str(cells[inner][at]))
            case tuple():
                found = (str(cells[entry][at]) for entry in inner)
                return [text for text in found if text]
            case str():
                return nested[inner][at]
            case _:
                filled = {key: value(below, at) for key, below in inner.items()}
                return {key: each for key, each in filled.items() if form.empty != "left_out" or each is not None}

    for at in range(count):
        yield value(template, at)


def _value(form: Document, entry: Column, text: str) -> Any:
    if not text:
        return "" if form.empty == "blank" else None
    if entry.kind == "flag":
        return text == "true"
    return int(text) if entry.kind == "number" and text.isdecimal() else text
