"""XML with people nested in crimes."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from csae.synthetic.fields import column
from csae.synthetic.layouts import Markup, Of
from csae.synthetic.rendering import Batch
from csae.synthetic.writers.files import text_file


def write_markup(form: Markup, folder: Path, day: date, source: Iterable[Batch], occurrences: int) -> dict[str, int]:
    name = form.name.format(day=day)
    with text_file(folder / name, form.encoding) as file:
        file.write(form.opening.format(day=day, occurrences=occurrences))
        for batch in source:
            file.writelines(_elements(form, batch))
        file.write(form.closing)
    return {name: occurrences}


def _elements(form: Markup, batch: Batch) -> Iterator[str]:
    people = _filled(form, form.person, batch, "people")
    on_crime: list[list[str]] = [[] for _ in batch.records]
    for owner, person in zip(batch.owners.tolist(), people, strict=True):
        on_crime[owner].append(person)
    crimes = _filled(form, form.crime.replace("{people}", "\0"), batch, "crimes")
    for crime, nested in zip(crimes, on_crime, strict=True):
        yield crime.replace("\0", "".join(nested))


def _filled(form: Markup, template: str, batch: Batch, of: Of) -> list[str]:
    """The template filled in for each of the batch's crimes or people."""
    parts = re.split(r"\{(\w+)\}", template)
    names = parts[1::2]
    columns = []
    for name in names:
        if name in form.pieces:
            leading, inner = form.pieces[name]
            present = column(batch, leading, of=of)
            filled = _filled(form, inner, batch, of)
            columns.append([text if cell else "" for cell, text in zip(present, filled, strict=True)])
        else:
            columns.append(_escaped([str(cell) for cell in column(batch, name, of=of)]))
    pattern = "%s".join(part.replace("%", "%%") for part in parts[::2])
    return [pattern % cells for cells in zip(*columns, strict=True)]


def _escaped(cells: list[str]) -> list[str]:
    if set('&<>"').isdisjoint("".join(cells)):
        return cells
    marks = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
    return [cell.translate(marks) for cell in cells]
