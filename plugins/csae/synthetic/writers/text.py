"""Delimited text and fixed width."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from csae.synthetic.fields import column
from csae.synthetic.layouts import Column, Delimited, FixedWidth, Table
from csae.synthetic.rendering import Batch
from csae.synthetic.writers.files import text_file


def write_delimited(form: Delimited, folder: Path, day: date, source: Iterable[Batch]) -> dict[str, int]:
    names = [table.name.format(day=day) for table in form.tables]
    rows = dict.fromkeys(names, 0)
    with ExitStack() as stack:
        files = [stack.enter_context(text_file(folder / name, form.encoding)) for name in names]
        for table, file in zip(form.tables, files, strict=True):
            file.writelines(line.format(day=day) + form.line_end for line in table.above)
            if form.has_header:
                file.write(form.separator.join(entry.header for entry in table.columns) + form.line_end)
        for batch in source:
            for table, file, name in zip(form.tables, files, names, strict=True):
                chosen = batch.only(table.of)
                columns = [_quoted(_texts(chosen, entry, table), form) for entry in table.columns]
                lines = list(map(form.separator.join, zip(*columns, strict=True)))
                file.writelines(line + form.line_end for line in lines)
                rows[name] += len(lines)
        for table, file, name in zip(form.tables, files, names, strict=True):
            file.writelines(line.format(day=day, rows=rows[name]) + form.line_end for line in table.below)
    return rows


def _texts(batch: Batch, entry: Column, table: Table) -> list[str]:
    return [str(cell) for cell in column(batch, entry.field, of=table.of)]


def _quoted(cells: list[str], form: Delimited) -> list[str]:
    """In quotes as CSV has them: where a cell needs it, all of them, or none."""
    special = {form.separator, '"', "\r", "\n"}
    if form.quoting == "none" or (form.quoting == "needed" and special.isdisjoint("".join(cells))):
        return cells
    return [
        cell if form.quoting == "needed" and special.isdisjoint(cell) else '"' + cell.replace('"', '""') + '"'
        for cell in cells
    ]


def write_fixed_width(form: FixedWidth, folder: Path, day: date, source: Iterable[Batch]) -> dict[str, int]:
    """Raises ValueError for a text that is longer than its field."""
    name = form.name.format(day=day)
    rows = 0
    with text_file(folder / name, form.encoding) as file:
        first, last = form.tables[0], form.tables[-1]
        file.writelines(line.format(day=day) + form.line_end for line in first.above)
        for batch in source:
            lines = [line for _, line in sorted(_placed_lines(form, batch), key=lambda placed: placed[0])]
            file.writelines(line + form.line_end for line in lines)
            rows += len(lines)
        file.writelines(line.format(day=day, rows=rows) + form.line_end for line in last.below)
    return {name: rows}


def _placed_lines(form: FixedWidth, batch: Batch) -> Iterable[tuple[int, str]]:
    """Each line with its crime's place in the batch: sorted by it, a crime's line comes before its people's.

    All lines are as long as the longest kind.
    """
    length = max(sum(entry.width for entry in table.columns) for table in form.tables)
    for table in form.tables:
        chosen = batch.only(table.of)
        columns = [_padded(_texts(chosen, entry, table), entry) for entry in table.columns]
        places = range(len(chosen.records)) if table.of == "crimes" else chosen.owners.tolist()
        lines = ("".join(cells).ljust(length) for cells in zip(*columns, strict=True))
        yield from zip(places, lines, strict=True)


def _padded(cells: list[str], entry: Column) -> list[str]:
    if max(map(len, cells), default=0) > entry.width:
        raise ValueError(f"field {entry.header} is {entry.width} characters wide, which is too few")
    return [cell.ljust(entry.width) for cell in cells]
