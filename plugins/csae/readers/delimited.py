"""Delimited text: strict about its encoding, its quotes and the number of fields in each row."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import polars as pl

from csae.limits import Limits
from csae.readers import unquoted
from csae.readers.tables import (
    BATCH_ROWS,
    ExtractError,
    Row,
    beyond,
    cell_too_long,
    check_header,
    frames,
    header_again,
    without_trailer,
    wrong_shape,
)
from csae.readers.text_bytes import checked_lines, open_text
from csae.sources.formats import DelimitedFormat

_BLOCK_CHARACTERS = 1 << 18
_FEWEST_COLUMNS = 3
"""With two, one delimiter in a note of several lines would look like a row."""
_FEWEST_NO_SENTENCE_HAS = 6
"""With fewer, the commas of a sentence would, but that a blank follows them."""
_STAND_INS = [chr(code) for code in range(0xFDD0, 0xFDF0)]
"""Characters that Unicode keeps for a program's own use. One that the file does not hold stands for a delimiter of
several characters, since the csv module takes only one."""


def read(
    path: Path, name: str, form: DelimitedFormat, wanted: dict[str, bool] | None
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, the file's columns)`; without `wanted`, every column is in the table.

    Raises `ExtractError`.
    """
    delimiter, is_line_a_row = _looked_through(path, name, form)
    with open_text(path, form.encoding) as stream:
        rows = _numbered_rows(stream, name, form, delimiter)
        if form.header is None:
            header = list(_header(rows, name, form))
            columns = check_header(name, form.header_row, header, wanted)
            header_rows, lines_above = 1, form.header_row
        else:
            header = form.header
            columns = tuple(header)
            header_rows = lines_above = form.header_row - 1
        if is_line_a_row and header and form.trailer is None:
            with open_text(path, form.encoding) as again:
                if sum(1 for _ in islice(again, lines_above)) < lines_above:
                    raise _ended(name, form)
                yield from unquoted.frames(again, name, form.delimiter, header, columns, wanted, lines_above + 1)
        else:
            data = without_trailer(rows, name, form.trailer, header_rows, lines_above)
            yield from frames(_of_one_shape(data, name, header), columns, wanted, BATCH_ROWS)


def _looked_through(path: Path, name: str, form: DelimitedFormat) -> tuple[str, bool]:
    """The delimiter for the csv module, and whether each line is a row, once the whole file is known to be text."""
    free = [form.delimiter] if len(form.delimiter) == 1 else _STAND_INS
    has_quotes, line_ends, last = False, 0, ""
    for text in checked_lines(path, name, form.encoding, ends_with_newline=form.ends_with_newline):
        if len(form.delimiter) > 1:
            free = [mark for mark in free if mark not in text]
        has_quotes = has_quotes or (form.quote is not None and form.quote in text)
        line_ends += text.count("\r") - text.count("\r\n") - (last == "\r" and text[:1] == "\n")
        last = text[-1:] or last
    if not free:
        raise ExtractError(
            "encoding_wrong",
            f"{name}: the file holds characters that are no text. Ask the force to send it again, "
            "or correct 'encoding' in the YAML.",
        )
    return free[0], not has_quotes and line_ends == 0


def _numbered_rows(stream: TextIO, name: str, form: DelimitedFormat, delimiter: str) -> Iterator[Row]:
    """Those that are not blank, from the header on, counted as a spreadsheet does: a quoted line break does not count.

    Lines above are free text, in which a quotation mark has no partner.
    """
    number = sum(1 for _ in islice(stream, form.header_row - 1))
    if number < form.header_row - 1:
        raise _ended(name, form)
    limits, done = Limits.current(), _Done(number)
    csv.field_size_limit(limits.cell_characters)
    read: list[str] = []
    lines: Iterator[str] = chain.from_iterable(_blocks(stream, name, limits, done))
    if form.trailer:
        lines = _kept(lines, read)
    if delimiter != form.delimiter:
        lines = (line.replace(form.delimiter, delimiter) for line in lines)
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=form.quote,
        quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
        strict=True,
    )
    lines_read = 0
    try:
        for number, row in enumerate(reader, start=form.header_row):
            done.row = number
            if reader.line_num > lines_read + 1 and _took_in_rows(row, delimiter):
                raise ExtractError(
                    "row_unreadable",
                    f"{name}: a quotation mark left open in row {number} takes in the rows below it. "
                    "Ask the force to send the file again.",
                )
            lines_read = reader.line_num
            if any(row):
                is_in_place = delimiter == form.delimiter
                fields = row if is_in_place else [field.replace(delimiter, form.delimiter) for field in row]
                yield number, fields, "".join(read) if read else ""
            read.clear()
    except csv.Error as error:
        if str(error).startswith("field larger"):
            raise cell_too_long(name, number + 1, limits) from None
        raise ExtractError(
            "row_unreadable",
            f"{name}: row {number + 1} cannot be read as text parted by '{form.delimiter}'; a quotation mark is left "
            "open or stands where none may. Ask the force to send the file again.",
        ) from None


def _took_in_rows(row: list[str], delimiter: str) -> bool:
    """Whether a cell of several lines holds a whole row: it reads well, and rows would vanish without a word."""
    width = len(row)
    of_a_sentence = f"{delimiter} " if width < _FEWEST_NO_SENTENCE_HAS else None
    return width >= _FEWEST_COLUMNS and any(
        line.count(delimiter) - (line.count(of_a_sentence) if of_a_sentence else 0) >= width - 1
        for field in row
        if "\n" in field
        for line in field.split("\n")[1:]
    )


@dataclass
class _Done:
    """How far the csv module has come."""

    row: int


def _blocks(stream: TextIO, name: str, limits: Limits, done: _Done) -> Iterator[list[str]]:
    """Lines in blocks. Quotes that hold lines together must end a row before it has too many characters."""
    row, characters = done.row, 0
    while lines := stream.readlines(_BLOCK_CHARACTERS):
        yield lines
        characters = characters + sum(map(len, lines)) if done.row == row else 0
        row = done.row
        if characters > limits.record_characters:
            what = f"row {row + 1} has more characters than the"
            remedy = "A quotation mark may have been left open. Ask the force to send the file again."
            raise beyond(name, what, limits, "record_characters", remedy)


def _kept(stream: Iterable[str], read: list[str]) -> Iterator[str]:
    """Lines for the csv module; `read` has those of the row that it makes of them."""
    for line in stream:
        read.append(line)
        yield line


def _header(rows: Iterator[Row], name: str, form: DelimitedFormat) -> Sequence[str]:
    for number, fields, _ in rows:
        return fields if number == form.header_row else ()
    raise _ended(name, form)


def _ended(name: str, form: DelimitedFormat) -> ExtractError:
    what = "header" if form.header is None else "data"
    return ExtractError(
        "file_empty",
        f"{name}: the file ends before its {what} in row {form.header_row}. Ask the force to send it again.",
    )


def _of_one_shape(rows: Iterator[Row], name: str, header: list[str]) -> Iterator[Row]:
    width = len(header)
    for row in rows:
        if len(row[1]) != width:
            raise wrong_shape(name, row[0], len(row[1]), width)
        if row[1] == header:
            raise header_again(name, row[0])
        yield row
