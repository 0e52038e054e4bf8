"""How each source writes its deliveries: data only, in the YAML files beside this module.

A file is a records system: `shared` is what its forces write in the same way, `forces` what each writes its own way.
A new force is an entry there; a new file format is a writer. `words.yml` has the code sets and their wordings.
"""

from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from csae.synthetic.layouts.forms import (
    EXCEL,
    EXCEL_TEXT,
    UTC,
    Archive,
    Coded,
    Column,
    Delimited,
    Document,
    FixedWidth,
    Form,
    Layout,
    Markup,
    Of,
    Table,
    Workbook,
    columns_in,
    tables_of,
)
from csae.synthetic.people import Missing
from csae.synthetic.vocabulary import HELD, NATIONALITIES, OBSERVED, SELF_DEFINED

__all__ = [
    "EXCEL",
    "EXCEL_TEXT",
    "LAYOUTS",
    "UTC",
    "Archive",
    "Column",
    "Delimited",
    "Document",
    "FixedWidth",
    "Form",
    "Layout",
    "Markup",
    "Of",
    "Table",
    "Workbook",
    "columns_in",
    "tables_of",
]

Said = dict[str, Any]
_NESTED_PEOPLE = ("people", "suspects", "victims")
_FOLDER = files(__name__)


def _read(name: str) -> Said:
    """Every value as text: `06` and `No` stay as written."""
    said: Said = yaml.load(_FOLDER.joinpath(name).read_text(encoding="utf-8"), yaml.CBaseLoader)  # noqa: S506
    return said


_WORDS = _read("words.yml")


def _columns(said: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(_column(header, text) for header, text in said.items())


def _column(header: str, text: str) -> Column:
    """A field, and after a blank its kind or its width."""
    name, _, extra = text.partition(" ")
    if extra.isdecimal():
        return Column(header, name, width=int(extra))
    return Column(header, name, extra or "text")  # type: ignore[arg-type]


def _table(said: Said) -> Table:
    return Table(
        name=said.get("name", ""),
        of=said["of"],
        columns=_columns(said["columns"]),
        above=tuple(said.get("above", ())),
        below=tuple(said.get("below", ())),
    )


def _tables(said: list[Said]) -> tuple[Table, ...]:
    return tuple(map(_table, said))


def _template(said: Any) -> Any:
    """A record of a document with columns in the place of their names."""
    match said:
        case dict():
            return {key: inner if inner in _NESTED_PEOPLE else _template(inner) for key, inner in said.items()}
        case list():
            return tuple(_template(inner) for inner in said)
        case _:
            return _column("", said)


def _delimited(said: Said) -> Form:
    return Delimited(**{**said, "tables": _tables(said["tables"]), "has_header": said.get("has_header") != "no"})


def _fixed_width(said: Said) -> Form:
    return FixedWidth(**{**said, "tables": _tables(said["tables"])})


def _workbook(said: Said) -> Form:
    return Workbook(**{**said, "sheets": _tables(said["sheets"]), "notes": tuple(said.get("notes", ()))})


def _markup(said: Said) -> Form:
    pieces = {name: (leading, inner) for name, (leading, inner) in said.get("pieces", {}).items()}
    return Markup(**{**said, "pieces": pieces})


def _document(said: Said) -> Form:
    return Document(**{**said, "crime": _template(said["crime"]), "person": _template(said["person"])})


_FORMS: Mapping[str, Callable[[Said], Form]] = {
    "delimited": _delimited,
    "fixed_width": _fixed_width,
    "workbook": _workbook,
    "xml": _markup,
    "json": _document,
}


def _form(said: Said) -> Form:
    return _FORMS[said["type"]]({key: value for key, value in said.items() if key != "type"})


def _self_defined(said: Said) -> Coded:
    """`set` is the code set, `as` how a code is written, `labels` the wording and `read_as` what is read of it."""
    folds = _folds(said["set"])
    recoded = _WORDS["code_sets"][said["set"]].get("recoded", {})
    labels = _WORDS["self_defined"].get(said.get("labels"), {})
    parts = {}
    for code in SELF_DEFINED:
        held = folds.get(code, code)
        if code:
            parts[code] = {"code": recoded.get(held, held), "label": labels.get(held, "")}
    return _coded(parts, said, said.get("read_as", "{code}"))


def _folds(code_set: str) -> dict[str, str]:
    folded: dict[str, str] = _WORDS["code_sets"][code_set].get("folded", {})
    return folded


def _observed(said: Said) -> Coded:
    labels = _WORDS["observed"].get(said.get("labels"), {})
    digits = {code: said.get("unknown", code) if code == "9" else code for code in OBSERVED if code}
    parts = {code: {"digit": digit, "label": labels.get(code, "")} for code, digit in digits.items()}
    return _coded(parts, said, said.get("read_as", "{digit}"))


def _nationality(said: Said) -> Coded:
    parts = {
        code: {"code": code, "demonym": entry.demonym, "country": entry.country}
        for code, entry in NATIONALITIES.items()
    }
    return _coded({code: parts[code] for code in HELD if code}, said, said.get("read_as") or said["as"])


def _coded(parts: Mapping[str, Mapping[str, str]], said: Said, read_as: str) -> Coded:
    """A blank stands for what is not recorded, unless the force has a word for that."""
    blank = said.get("blank", "")
    return Coded(
        written={"": blank, **{code: said["as"].format(**part) for code, part in parts.items()}},
        read={"": blank, **{code: read_as.format(**part) for code, part in parts.items()}},
    )


_READ: Mapping[str, Callable[[Any], Any]] = {
    "form": _form,
    "self_defined": _self_defined,
    "observed": _observed,
    "nationality": _nationality,
    "archive": lambda said: Archive(**said),
    "missing": lambda said: Missing(**{name: float(rate) for name, rate in said.items()}),
    "size": float,
    "snapshot": lambda said: said == "yes",
    "capitals": lambda said: said == "yes",
}


def _layout(said: Said) -> Layout:
    values: Said = {
        key: _READ[key](value) if key in _READ else tuple(value) if isinstance(value, list) else value
        for key, value in said.items()
    }
    folded = _folds(said["self_defined"]["set"]) if "self_defined" in said else {}
    return Layout(**values, folded=MappingProxyType(folded))


def _load() -> dict[str, Layout]:
    names = sorted(path.name for path in _FOLDER.iterdir() if path.name.endswith(".yml") and path.name != "words.yml")
    found = {}
    for said in map(_read, names):
        found.update({force: _layout({**said.get("shared", {}), **own}) for force, own in said["forces"].items()})
    return dict(sorted(found.items()))


LAYOUTS: Mapping[str, Layout] = MappingProxyType(_load())
"""By source code."""
