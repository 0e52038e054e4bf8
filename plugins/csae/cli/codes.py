"""`code lookup` and `code list`: what a value is decoded to, and why.

It answers at once, so what only some of its options need is imported where it is used.
"""

import sys
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csae.cli import code_pages
from csae.cli.output import say_json, say_json_line
from csae.code_sets import normalised_form
from csae.code_sets.lookup import Declared, Found, Reference, lookup, read_reference
from csae.settings import Settings

if TYPE_CHECKING:
    from csae.code_sets.declared import SourceToday

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="The code sets: what a value stands for, and why."
)

_NOT_ALL_DECODED = 1
_NO_SOURCE = {"source": None, "layout": None}


class Kind(StrEnum):
    ethnicity = "ethnicity"
    observed_ethnicity = "observed-ethnicity"
    nationality = "nationality"
    offence = "offence"
    outcome = "outcome"
    force = "force"
    immigration = "immigration"


KindOf = Annotated[Kind, typer.Argument(help="What kind of value it is.", show_default=False)]
Scheme = Annotated[
    str | None, typer.Option("--scheme", metavar="SCHEME", help="The version of the code set, as `codes` names it.")
]
Observed = Annotated[bool, typer.Option("--observed", help="Of ethnicity: as an officer saw it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("lookup")
def lookup_value(
    kind: KindOf,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="As the force writes it.")] = None,
    scheme: Scheme = None,
    force: Annotated[
        str | None, typer.Option("--force", metavar="FORCE", help="As this source's YAML declares it; code or name.")
    ] = None,
    observed: Observed = False,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="One value a line; - for standard input.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, a line a value.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; with --file, a line a value.")] = False,
) -> None:
    """What a value is decoded to, and why. A value that no rule decodes is unmapped; a suggestion is no more than that.

    Without `--scheme` and `--force` it is asked of every version: one that versions differ on is ambiguous.

    Exit code: 0 every value is decoded, 1 one is not, 64 usage.

    Keys of `--json`: value, kind, status (decoded, unmapped, ambiguous), code, label, group, group_label, scheme (the
    versions in which it holds), rule, confidence, missing_reason, reason, meanings, suggestion, and with `--force`
    source, layout, steps. Of an offence also basis, categories, csae_category, victim_age, definitions,
    reclassification, may_have_been; of an outcome suspect_identified; of a nationality alpha_2; of a force gss_code.

    Examples: `csae code lookup ethnicity W1`, `csae code lookup ethnicity O1 --scheme self_defined_2021`,
    `csae code lookup ethnicity "WHITE BRITISH" --force 03`, `csae code lookup observed-ethnicity IC4`,
    `csae code lookup nationality Romanian --json`, `csae code lookup offence 19/16`,
    `csae code lookup ethnicity --file labels.txt --csv`
    """
    if (value is None) == (file is None):
        raise typer.BadParameter("give one value, or --file with one a line", param_hint="VALUE")
    if scheme and force:
        raise typer.BadParameter("a source's YAML says its version; give --scheme or --force, not both")
    if as_csv and as_json:
        raise typer.BadParameter("give --csv or --json, not both")
    values = _lines(file) if file is not None else [text for text in [(value or "").strip()] if text]
    if not values:
        raise typer.BadParameter("there is none; a blank counts as not recorded", param_hint="VALUE")
    reference = _reference(kind, scheme, observed=observed)
    source = _source(reference, force) if force else None
    found = [
        lookup(reference, item, scheme, _declarations(source, reference, item) if source else None) for item in values
    ]
    if as_csv:
        code_pages.write_csv(found)
    elif as_json and file is not None:
        for item in found:
            say_json_line(_as_json(reference, item, source))
    elif as_json:
        say_json(_as_json(reference, found[0], source))
    elif file is not None:
        code_pages.several(found)
    else:
        code_pages.one(found[0], reference)
    if file is not None:
        code_pages.coverage(found)
    raise typer.Exit(0 if all(item.status == "decoded" for item in found) else _NOT_ALL_DECODED)


@app.command("list")
def list_codes(kind: KindOf, scheme: Scheme = None, *, observed: Observed = False, as_json: AsJson = False) -> None:
    """The harmonised codes of a kind; with `--scheme` the codes of that version, and what each is decoded to.

    Examples: `csae code list outcome`, `csae code list ethnicity --scheme self_defined_2021`
    """
    reference = _reference(kind, scheme, observed=observed)
    written = (
        {text: code for column in reference.columns for text, code in reference.codes.codes(column, scheme).items()}
        if scheme
        else {code: code for code in reference.labels}
    )
    lines = [(text, code, reference.labels.get(code)) for text, code in written.items()]
    if as_json:
        say_json(
            [
                {"written": text, "code": code, "label": label and label.label, "group": label and label.group}
                for text, code, label in lines
            ]
        )
    else:
        code_pages.code_set(kind.value, scheme, lines)


def _as_json(reference: Reference, found: Found, source: "SourceToday | None") -> dict[str, Any]:
    """Every key is there for every value of a kind."""
    told = {name: value for name, value in asdict(found).items() if name != "details"}
    told |= {name: [item._asdict() for item in getattr(found, name)] for name in ("meanings", "steps")}
    told |= {"source": source.spec.source, "layout": str(source.layout.valid_from)} if source else _NO_SOURCE
    return told | reference.details | dict(found.details)


def _reference(kind: Kind, scheme: str | None, *, observed: bool) -> Reference:
    if observed and kind not in (Kind.ethnicity, Kind.observed_ethnicity):
        raise typer.BadParameter("is only for ethnicity", param_hint="--observed")
    name = Kind.observed_ethnicity if observed else kind
    reference = read_reference(Settings().project_dir / "dbt_project" / "seeds", name.value)
    if scheme is not None and scheme not in reference.schemes:
        known = ", ".join(reference.schemes)
        says = f"use one of {known}" if known else f"there is one national set of {name.value} codes; leave it out"
        raise typer.BadParameter(f"is no code set of {name.value}; {says}", param_hint="--scheme")
    return reference


def _source(reference: Reference, force: str) -> "SourceToday":
    """The source, by its code or name; only its YAML is read, which not every look-up has to wait for."""
    from csae.code_sets.declared import source_on  # noqa: PLC0415
    from csae.sources import load_source  # noqa: PLC0415

    directory = Settings().sources_dir
    named = normalised_form(force).lower().replace(" ", "_")
    code = reference.codes.decode("transfer_force", force) or named
    path = next((path for name in (f"{code}_*", f"*_{named}") for path in directory.glob(f"{name}.yml")), None)
    if path is None:
        raise typer.BadParameter(f"{force} has no YAML in {directory}; csae force list shows the sources")
    source = source_on(load_source(path).spec, date.today())
    declared = _declarations(source, reference, "")
    if not declared:
        begins = source.layout.valid_from
        raise typer.BadParameter(f"{source.spec.label} delivers no {reference.kind} in its layout from {begins}")
    code_pages.source(f"{source.spec.label}, layout from {source.layout.valid_from}", declared)
    return source


def _declarations(source: "SourceToday", reference: Reference, value: str) -> list[Declared]:
    return [item for column in reference.columns for item in source.declares(column, value)]


def _lines(file: str) -> list[str]:
    """The values of a pick list; blank lines are none. Windows' own encoding is read too."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}", param_hint="--file") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="code")
