"""Workbooks (.xlsx, .xls, .ods): a header below a title, one sheet of several, real dates and numbers."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl

from csae.limits import Limits
from csae.readers import apart, sheet_rows
from csae.readers.signatures import DOCTYPE, ZIP_MARK, document_type_refused
from csae.readers.tables import (
    BATCH_ROWS,
    ROW_NUMBER,
    ExtractError,
    beyond,
    check_header,
    check_trailer,
    column_positions,
    header_again,
)
from csae.readers.zip_bytes import DAMAGED, DirectoryTooLargeError, ZipBytes, is_of_the_machine
from csae.sources.formats import WorkbookFormat

_PICTURES = ("xl/media/", "Pictures/", "Thumbnails/")
"""Parts that no reader of cells opens; a drawing among them may well have a document type."""


def read(
    path: Path, name: str, form: WorkbookFormat, wanted: dict[str, bool] | None
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, the file's columns)`; without `wanted`, every column is in the table.

    Raises `ExtractError` and `ReaderStoppedError`.
    """
    limits = Limits.current()
    with closing(_rows(path, name, form, limits)) as rows:
        header, data = _below_header(rows, name, form)
        columns = check_header(name, form.header_row, header, wanted)
        chosen = [pl.col(str(at)).alias(column) for column, at in column_positions(columns, wanted).items()]
        is_first = True
        for batch in _without_trailer(_filled(_batches(data), name, header), name, form):
            if is_first or batch.height:
                yield batch.select(*chosen, ROW_NUMBER), columns
            is_first = False


def _below_header(
    rows: Iterator[pl.DataFrame], name: str, form: WorkbookFormat
) -> tuple[tuple[str, ...], Iterator[pl.DataFrame]]:
    """The texts of the header's row, and the rows below it."""
    above = 0
    for some in rows:
        if above + some.height >= form.header_row:
            header = some.drop(ROW_NUMBER).row(form.header_row - above - 1)
            if any(header):
                return header, chain([some[form.header_row - above :]], rows)
            break
        above += some.height
    raise ExtractError(
        "file_empty",
        f"{name}: sheet '{form.sheet}' has nothing in row {form.header_row}, where the YAML puts its header. "
        "Ask the force to send it again, or correct 'header_row'.",
    )


def _batches(rows: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows, as many at a time as a batch has: what is done with a table costs much the same for a few."""
    kept: list[pl.DataFrame] = []
    height = 0
    for some in rows:
        kept.append(some)
        height += some.height
        if height >= BATCH_ROWS:
            whole = pl.concat(kept)
            yield from whole[: height - height % BATCH_ROWS].iter_slices(BATCH_ROWS)
            height %= BATCH_ROWS
            kept = [whole[whole.height - height :]]
    yield pl.concat(kept)


def _filled(batches: Iterator[pl.DataFrame], name: str, header: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Rows with something in them, none of which may be the header again."""
    again = pl.all_horizontal(pl.col(str(at)) == text for at, text in enumerate(header))
    blank = pl.all_horizontal(pl.col(str(at)) == "" for at in range(len(header)))
    for batch in batches:
        repeated = batch.filter(again)
        if repeated.height:
            raise header_again(name, repeated[ROW_NUMBER][0])
        yield batch.filter(~blank)


def _without_trailer(batches: Iterator[pl.DataFrame], name: str, form: WorkbookFormat) -> Iterator[pl.DataFrame]:
    """As `tables.without_trailer`, of tables: the last rows are held back, and must count what came before."""
    trailer = form.trailer
    if trailer is None:
        yield from batches
        return
    held = next(batches)
    records = 0
    for batch in chain([held.clear()], batches):
        held = pl.concat([held, batch])
        records += max(0, held.height - trailer.rows)
        yield held.head(-trailer.rows)
        held = held.tail(trailer.rows)
    texts = ["\t".join(row).strip() for row in held.drop(ROW_NUMBER).iter_rows()]
    check_trailer(name, trailer, texts, records, header_rows=1, lines_above=form.header_row)


def _check_parts(path: Path, name: str, limits: Limits) -> None:
    """A workbook that is an archive, before any parser sees it: what comes out of it ends, and declares no DOCTYPE."""
    with path.open("rb") as stream:
        if stream.read(len(ZIP_MARK)) != ZIP_MARK:
            return
    unpacked, packed = 0, path.stat().st_size
    try:
        with ZipBytes(path, limits) as content:
            if len(content.members) > limits.members:
                raise beyond(name, f"the workbook has {len(content.members):,} parts, more than the", limits, "members")
            for item in content.members:
                tail = b""
                is_searched = not item.filename.startswith(_PICTURES)
                for block in content.blocks(item):
                    unpacked += len(block)
                    if unpacked > limits.unpacked_bytes:
                        raise beyond(name, "unpacked it has more bytes than the", limits, "unpacked_bytes")
                    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
                        raise beyond(name, "unpacked it is larger by more times than the", limits, "ratio")
                    if is_searched:
                        text = tail + block.replace(b"\0", b"")
                        if DOCTYPE in text:
                            raise document_type_refused(name)
                        tail = text[-len(DOCTYPE) :]
    except DirectoryTooLargeError:
        raise beyond(name, "the workbook has a longer list of parts than the", limits, "members") from None
    except DAMAGED as error:
        if is_of_the_machine(error):
            raise
        raise _unreadable(name) from None


def _rows(path: Path, name: str, form: WorkbookFormat, limits: Limits) -> Generator[pl.DataFrame]:
    """Some rows at a time, with columns named by their place: "0", "1". Raises `ExtractError` and `ReaderStoppedError`.

    The parts are looked at while the process apart begins: what it makes of hostile ones ends with it.
    """
    given = (limits.memory_bytes, limits.seconds, limits.record_characters)
    program = ["-P", sheet_rows.__file__, str(path), form.sheet, *map(str, given)]
    check = partial(_check_parts, path, name, limits)
    first = 1
    try:
        with closing(apart.lines(program, name, "the workbook", limits, check)) as lines:
            for line in lines:
                rows = _table(line, first)
                yield rows
                first += rows.height
    except apart.EndedError as error:
        raise _ended(error.code, name, form, limits) from None


def _table(line: bytes, first: int) -> pl.DataFrame:
    """The rows of a line of `sheet_rows`, numbered from the first one's on; all are slices of one column of cells."""
    count, cells = line[:-1].decode().replace(sheet_rows.NEWLINE, "\n").split(sheet_rows.PARTING, 1)
    rows = int(count)
    column = pl.Series([cells]).str.split(sheet_rows.PARTING).explode()
    columns = [column[start : start + rows].alias(str(at)) for at, start in enumerate(range(0, len(column), rows))]
    return pl.DataFrame([*columns, pl.Series(ROW_NUMBER, range(first, first + rows), dtype=pl.Int64())])


def _ended(code: int, name: str, form: WorkbookFormat, limits: Limits) -> ExtractError:
    match code:
        case sheet_rows.SHEET_MISSING:
            return ExtractError(
                "sheet_missing",
                f"{name}: there is no sheet '{form.sheet}', which the YAML names. Ask the force for its usual "
                "workbook, or correct 'sheet'.",
            )
        case sheet_rows.SHEET_AMBIGUOUS:
            return ExtractError(
                "sheet_ambiguous",
                f"{name}: several sheets have a name like '{form.sheet}', which the YAML gives. Ask the force for its "
                "usual workbook, or name the one sheet in 'sheet'.",
            )
        case sheet_rows.PROTECTED:
            return ExtractError(
                "file_protected",
                f"{name}: the workbook is protected by a password. Ask the force to send it without one.",
            )
        case sheet_rows.ROW_TOO_LONG:
            return beyond(name, "a row has more characters than the", limits, "record_characters")
    return _unreadable(name)


def _unreadable(name: str) -> ExtractError:
    return ExtractError(
        "file_unreadable",
        f"{name}: this is not a whole workbook; it is cut short, damaged or of another format. "
        "Ask the force to send it again.",
    )
