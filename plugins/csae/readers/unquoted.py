"""Delimited text in which nothing is quoted: each line is a row, so that columns are cut from whole blocks at once.

It gives the rows, the numbers and the errors of `delimited`, whose rows the csv module makes one by one.
"""

from collections.abc import Iterator, Sequence
from typing import TextIO

import polars as pl

from csae.limits import Limits
from csae.readers.tables import ROW_NUMBER, cell_too_long, column_positions, header_again, wrong_shape

_BLOCK_CHARACTERS = 1 << 20
_LINE, _FIELDS = "\x1fline", "\x1ffields"


def frames(
    stream: TextIO,
    name: str,
    delimiter: str,
    header: Sequence[str],
    columns: tuple[str, ...],
    wanted: dict[str, bool] | None,
    first_row: int,
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, columns)` of the rows from `first_row` on, at least one. Raises `ExtractError`."""
    positions = column_positions(columns, wanted)
    limits, row, is_first = Limits.current(), first_row, True
    while block := stream.read(_BLOCK_CHARACTERS):
        lines = _lines(block + stream.readline(), row)
        row += lines.height
        rows = lines.filter(pl.col(_LINE).str.replace_all(delimiter, "", literal=True) != "")
        _check(rows, name, delimiter, header, limits)
        yield _cut(rows, delimiter, len(header), positions), columns
        is_first = False
    if is_first:
        yield _cut(_lines("", row), delimiter, len(header), positions), columns


def _lines(block: str, first_row: int) -> pl.DataFrame:
    """The lines of a block and their numbers; what stands behind its last line end is one if it is not empty."""
    lines = pl.Series(_LINE, [block.removesuffix("\n")] if block else [], pl.String()).str.split("\n").explode()
    numbers = pl.int_range(first_row, first_row + len(lines), dtype=pl.Int64(), eager=True)
    return pl.DataFrame([lines.str.strip_suffix("\r"), numbers.alias(ROW_NUMBER)])


def _check(rows: pl.DataFrame, name: str, delimiter: str, header: Sequence[str], limits: Limits) -> None:
    """Raises `ExtractError` for the first row that is none."""
    line = pl.col(_LINE)
    fields = line.str.count_matches(delimiter, literal=True) + 1
    is_header = line == delimiter.join(header)
    is_long = pl.lit(value=False)
    if rows.select(line.str.len_chars().max() > limits.cell_characters).item():
        cells = line.str.split(delimiter).list.eval(pl.element().str.len_chars())
        is_long = cells.list.max() > limits.cell_characters
    faults = rows.filter((fields != len(header)) | is_header | is_long)
    if not faults.height:
        return
    number, width, too_long = faults.head(1).select(ROW_NUMBER, fields.alias(_FIELDS), is_long.alias(_LINE)).row(0)
    if too_long:
        raise cell_too_long(name, number, limits)
    raise wrong_shape(name, number, width, len(header)) if width != len(header) else header_again(name, number)


def _cut(rows: pl.DataFrame, delimiter: str, width: int, positions: dict[str, int]) -> pl.DataFrame:
    fields = rows[_LINE].str.split_exact(delimiter, width - 1).struct
    columns = [fields.field(f"field_{at}").alias(column) for column, at in positions.items()]
    return pl.DataFrame([*columns, rows[ROW_NUMBER]])
