"""A force's report as a workbook, or as a page that is read without scripts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import jinja2
import xlsxwriter  # type: ignore[import-untyped]

from csae.force_report import Cell, ForceReport

_WIDEST = 70


class NotWrittenError(Exception):
    """The file cannot be written where it should be; the message says why."""


def write_workbook(report: ForceReport, path: Path) -> None:
    """One table a sheet, from A1; no cell is a formula, whatever it begins with."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        made = datetime(report.delivery_on.year, report.delivery_on.month, report.delivery_on.day)
        book.set_properties({"title": report.title, "created": made})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        number = book.add_format({"num_format": "#,##0", "valign": "top"})
        share = book.add_format({"num_format": "0.0%", "valign": "top"})
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for table in report.tables:
            sheet = book.add_worksheet(table.title)
            rows = table.rows or (("None", *[None] * (len(table.headings) - 1)),)
            for at, name in enumerate(table.headings):
                widest = max(len(name), *(len(shown(row[at], is_share=at in table.shares)) for row in rows))
                sheet.set_column(at, at, min(widest + 4, _WIDEST))
            for down, row in enumerate(rows, start=1):
                for across, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(down, across, cell, text)
                    elif cell is not None:
                        sheet.write_number(down, across, cell, share if across in table.shares else number)
            columns = [{"header": name, "header_format": heading} for name in table.headings]
            name = table.title.replace(" ", "")
            style = {"columns": columns, "name": name, "style": "Table Style Light 1", "autofilter": len(rows) > 1}
            sheet.add_table(0, 0, len(rows), len(table.headings) - 1, style)
            sheet.freeze_panes(1, 0)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)


def write_page(report: ForceReport, path: Path) -> None:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["shown"] = shown
    template = environment.from_string(files("csae").joinpath("templates/force_report.html.jinja").read_text("utf-8"))
    path.write_text(template.render(report=report), encoding="utf-8")


def shown(cell: Cell, *, is_share: bool = False) -> str:
    if cell is None:
        return ""
    if is_share:
        return f"{cell:.1%}"
    return cell if isinstance(cell, str) else f"{cell:,}"


def write(report: ForceReport, path: Path, form: str) -> None:
    """Raises `NotWrittenError`."""
    try:
        _WRITERS[form](report, path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        cause = error if isinstance(error, OSError) else error.args[0]
        raise NotWrittenError(f"{path} cannot be written ({getattr(cause, 'strerror', cause)}).") from None


_WRITERS: Mapping[str, Callable[[ForceReport, Path], None]] = {"xlsx": write_workbook, "html": write_page}
