"""The file formats: each writer makes one force's files of a night, batch by batch, knowing nothing of any force."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from csae.synthetic.layouts import Delimited, Document, FixedWidth, Form, Layout, Markup, Workbook
from csae.synthetic.rendering import Batch
from csae.synthetic.writers.documents import write_document
from csae.synthetic.writers.files import pack
from csae.synthetic.writers.markup import write_markup
from csae.synthetic.writers.text import write_delimited, write_fixed_width
from csae.synthetic.writers.workbooks import ROWS_ABOVE_DATA, most_rows, write_workbook

__all__ = ["ROWS_ABOVE_DATA", "most_rows", "write"]


def write(layout: Layout, folder: Path, day: date, source: Iterable[Batch], crimes: int) -> None:
    """One delivery; `crimes` is how many crimes the batches hold."""
    archive = layout.archive
    if archive is None:
        _write_files(layout.form, folder, day, source, crimes)
        return
    with TemporaryDirectory() as loose:
        rows = _write_files(layout.form, Path(loose), day, source, crimes)
        pack(archive, folder, day, Path(loose), rows)


def _write_files(form: Form, folder: Path, day: date, source: Iterable[Batch], crimes: int) -> dict[str, int]:
    """How many records each file has, by its name."""
    match form:
        case Delimited():
            return write_delimited(form, folder, day, source)
        case FixedWidth():
            return write_fixed_width(form, folder, day, source)
        case Markup():
            return write_markup(form, folder, day, source, crimes)
        case Document():
            return write_document(form, folder, day, source, crimes)
        case Workbook():
            return write_workbook(form, folder, day, source)
