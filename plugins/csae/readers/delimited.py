"""Delimited text: strict about its encoding, its quotes and the number of fields in each row."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from csae.readers.tables import BATCH_ROWS, ExtractError, check_header, column_positions, text_frame
from csae.sources.formats import DelimitedFormat

_BLOCK_BYTES = 1 << 20
_ENCODING_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252"}


def read(
    path: Path, name: str, form: DelimitedFormat, wanted: dict[str, bool] | None
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, the file's columns)`; without `wanted`, every column is in the table. Raises `ExtractError`."""
    _check_bytes(path, name, form)
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    with path.open(encoding=encoding, newline="") as stream:
        rows = _numbered_rows(stream, name, form)
        header = _header(rows, name, form)
        columns = check_header(name, form.header_row, header, wanted)
        positions = column_positions(columns, wanted)
        batch: list[list[str]] = []
        numbers: list[int] = []
        for number, row in rows:
            if not any(row):
                continue
            if len(row) != len(header):
                raise ExtractError(
                    "row_shape_wrong",
                    f"{name}: row {number} has {len(row)} fields where the header has {len(header)}; "
                    "the file is cut short or its quotes are broken. Ask the force to send it again.",
                )
            batch.append(row)
            numbers.append(number)
            if len(batch) == BATCH_ROWS:
                yield _frame(batch, numbers, positions), columns
                batch, numbers = [], []
        yield _frame(batch, numbers, positions), columns


def _numbered_rows(stream: Iterator[str], name: str, form: DelimitedFormat) -> Iterator[tuple[int, list[str]]]:
    """Rows counted as a spreadsheet counts them: the first is 1, and a quoted line break does not count."""
    reader = csv.reader(stream, delimiter=form.delimiter, quotechar=form.quote, strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise ExtractError(
                "row_unreadable",
                f"{name}: row {number} cannot be read as text parted by '{form.delimiter}'; a quotation mark is left "
                "open or a field is far too long. Ask the force to send the file again.",
            ) from None
        yield number, row


def _header(rows: Iterator[tuple[int, list[str]]], name: str, form: DelimitedFormat) -> list[str]:
    for number, row in rows:
        if number == form.header_row:
            return [field.strip() for field in row]
    raise ExtractError(
        "file_empty",
        f"{name}: the file ends before its header in row {form.header_row}. Ask the force to send it again.",
    )


def _frame(rows: list[list[str]], numbers: list[int], positions: dict[str, int]) -> pl.DataFrame:
    fields: list[tuple[str, ...]] = list(zip(*rows, strict=True))
    columns = {column: fields[position] if fields else () for column, position in positions.items()}
    return text_frame(dict(columns), numbers)


def _check_bytes(path: Path, name: str, form: DelimitedFormat) -> None:
    """Refuse an empty file, bytes that are not of the encoding, an endless line, and a last row without its end."""
    declared = _ENCODING_NAMES[form.encoding]
    decoder = codecs.getincrementaldecoder(form.encoding)("strict")
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")("strict")
    line, has_wide, last = 1, False, b""
    with path.open("rb") as stream:
        if stream.read(len(codecs.BOM_UTF8) + 1) in (b"", codecs.BOM_UTF8):
            raise ExtractError("file_empty", f"{name}: the file is empty. Ask the force to send it again.")
        stream.seek(0)
        while block := stream.read(_BLOCK_BYTES):
            if b"\x00" in block:
                raise ExtractError(
                    "encoding_wrong",
                    f"{name}: row {line + block[: block.index(0)].count(10)} holds a NUL byte, so the file is not "
                    f"{declared} text as the YAML says (UTF-16, perhaps). "
                    f"Ask the force for {declared}, or correct 'encoding'.",
                )
            if len(block) == _BLOCK_BYTES and not (b"\n" in block or b"\r" in block):
                raise ExtractError(
                    "row_unreadable",
                    f"{name}: line {line} is longer than a row can be. Ask the force to send the file again.",
                )
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                at = max(0, error.start - (len(error.object) - len(block)))
                raise ExtractError(
                    "encoding_wrong",
                    f"{name}: line {line + block[:at].count(10)} holds a byte (0x{error.object[error.start]:02x}) that "
                    f"{declared} does not have. Ask the force for {declared}, or correct 'encoding' in the YAML.",
                ) from None
            utf8, wide = _still_utf8(utf8, block)
            has_wide = has_wide or wide
            line, last = line + block.count(10), block[-1:]
    if decoder.getstate()[0]:
        raise ExtractError(
            "file_cut_short",
            f"{name}: the file ends within a character, so it is cut short. Ask the force to send it again.",
        )
    if form.encoding == "cp1252" and has_wide and utf8 is not None:
        raise ExtractError(
            "encoding_wrong",
            f"{name}: the file is UTF-8, not {declared} as the YAML says; its accented letters would be garbled. "
            "Correct 'encoding' in the YAML.",
        )
    if form.ends_with_newline and last != b"\n":
        raise ExtractError(
            "file_cut_short",
            f"{name}: the last line ({line}) has no line end, so the file may be cut short. Ask the force to send it "
            "again; if its files always end so, set 'ends_with_newline: false' in the YAML.",
        )


def _still_utf8(
    decoder: codecs.IncrementalDecoder | None, block: bytes
) -> tuple[codecs.IncrementalDecoder | None, bool]:
    """The decoder while everything so far is UTF-8, else None; and whether the block has other than ASCII."""
    wide = not block.isascii()
    if decoder is None:
        return None, wide
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return None, wide
    return decoder, wide
