"""`force new`: a draft of a source's YAML from sample files."""

import csv
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.text import Text

from csae.cli.output import console, errors, say_json, table
from csae.code_sets import read_code_sets
from csae.onboarding.drafting import Draft, Identity, make_draft, yaml_of
from csae.onboarding.field_lists import FieldList, read_field_list
from csae.onboarding.inventing import invent_examples
from csae.onboarding.matching import MADE_OF, Match
from csae.onboarding.samples import SampleError
from csae.onboarding.survey import RecordGuess, survey
from csae.onboarding.versions import SELF_DEFINED
from csae.settings import Settings
from csae.sources import LoadedSource, load_source
from csae.sources.columns import ALL_SCHEMES
from csae.sources.documents import read_document

_USAGE_EXIT = 2  # `csae` makes 64 of it
_CONFIDENCE_STYLES = {"high": "green", "medium": "yellow", "low": "red"}
_FUNCTIONS = ("extract", "split", "take", "join", "contains", "map", "date", "codes", "direction", "order")


@dataclass(frozen=True)
class Made:
    draft: Draft
    text: str


def new(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The source's two digits, such as 43.")],
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILES]", help="Further sample files.")] = None,
    *,
    sample: Annotated[list[Path], typer.Option("--sample", help="A file of a delivery; several may follow.")],
    name: Annotated[
        str | None, typer.Option("--name", help="The source's name; else that of the list of forces.")
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", help="A file of forces/systems, for its shared maps.")
    ] = None,
    code_set: Annotated[
        list[str] | None, typer.Option("--code-set", metavar="COLUMN=SCHEME", help="The code set of a column.")
    ] = None,
    fields: Annotated[
        Path | None,
        typer.Option("--fields", metavar="LIST", help="The force's list of fields, for fixed width without a header."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="Where to write; else forces/CODE_name.yml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the YAML and write no file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: every column with its target.")] = False,
) -> None:
    """Draft the YAML of a source from samples of what it sends.

    Give all files of one delivery; those of a second night tell a delta from a snapshot. No value of a person is shown
    or written. Exit code 0 when every needed column was found, 1 when something needs a person.

    A fixed width file without a header is cut as a list says: one field a line, its name and its first and last
    character (`CrimeNo 1-14`), `#` before a comment; where rows are of several kinds, a line `[O]` above the fields of
    rows of the record type O.

    Examples: `csae force new 43 --sample crimes.csv people.csv`,
    `csae force new 43 --sample delivery.zip --system niche --code-set Ethnicity=self_defined_2011`,
    `csae force new 05 --sample MERPOL260901.DAT --fields fields.txt`
    """
    if not (len(code) == 2 and code.isdigit()):
        raise typer.BadParameter("must be two digits, such as 43", param_hint="CODE")
    schemes = _schemes(code_set or [])
    settings = Settings()
    identity = _identity(code, name, system, settings)
    path = output or settings.sources_dir / f"{code}_{_slug(identity.name)}.yml"
    writes = not stdout
    if writes and path.exists() and not force:
        raise typer.BadParameter(
            f"{path} is there already; give --force to overwrite it, or --output", param_hint="--output"
        )
    try:
        listed = read_field_list(fields) if fields else None
        made = make(sample + (more or []), identity, schemes, settings, listed)
        chosen = {} if as_json or stdout or not sys.stdin.isatty() or not console.is_terminal else _ask(made.draft)
        if chosen:
            made = make(sample + (more or []), identity, {**schemes, **chosen}, settings, listed)
    except SampleError as error:
        errors.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    if writes:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made.text, encoding="utf-8")
    if as_json:
        say_json(_as_json(made.draft, path if writes else None))
    elif stdout:
        sys.stdout.write(made.text)
    else:
        _show(made.draft, path, sample + (more or []))
    raise typer.Exit(1 if made.draft.missing or made.draft.asks else 0)


def make(
    samples: list[Path],
    identity: Identity,
    schemes: dict[str, str],
    settings: Settings,
    listed: FieldList | None = None,
) -> Made:
    """The draft and its text, which loads as a source. Raises `SampleError`."""
    codes = read_code_sets(settings.project_dir / "dbt_project" / "seeds")
    with tempfile.TemporaryDirectory() as scratch:
        draft = make_draft(survey(samples, Path(scratch) / "samples", codes, schemes, listed), identity, date.today())
        with _loaded(draft, Path(scratch)) as loaded:
            if loaded is not None:
                draft = replace(draft, examples=invent_examples(draft, loaded.spec))
        return Made(draft, yaml_of(draft))


@contextmanager
def _loaded(draft: Draft, scratch: Path) -> Iterator[LoadedSource | None]:
    """The draft as a source; None where it lacks what a source must have, so that it has no examples yet."""
    systems = scratch / "systems"
    systems.mkdir()
    if draft.identity.system:
        shared = Settings().sources_dir / "systems" / f"{draft.identity.system}.yml"
        (systems / shared.name).write_bytes(shared.read_bytes())
    path = scratch / "draft.yml"
    path.write_text(yaml_of(draft), encoding="utf-8")
    if draft.missing:
        try:
            yield load_source(path)
        except Exception:
            yield None
    else:
        yield load_source(path)


def _identity(code: str, name: str | None, system: str | None, settings: Settings) -> Identity:
    with (settings.project_dir / "dbt_project" / "seeds" / "forces.csv").open(encoding="utf-8", newline="") as stream:
        known = {row["force_code"]: row["name"] for row in csv.DictReader(stream)}
    if name is None and code not in known:
        raise typer.BadParameter(f"{code} is not in the list of forces; give its --name", param_hint="CODE")
    maps: dict[str, dict[str, str]] = {}
    if system:
        path = settings.sources_dir / "systems" / f"{system}.yml"
        if not path.exists():
            there = ", ".join(sorted(item.stem for item in path.parent.glob("*.yml"))) or "none"
            raise typer.BadParameter(f"there is no systems/{system}.yml; known systems: {there}", param_hint="--system")
        maps = read_document(path).data.get("maps", {})
    return Identity(code, name or known[code], system, maps)


def _schemes(given: list[str]) -> dict[str, str]:
    schemes = {}
    for text in given:
        column, _, scheme = text.rpartition("=")
        if not column or scheme not in ALL_SCHEMES:
            raise typer.BadParameter(
                f"'{text}' must be COLUMN=SCHEME, the scheme one of {', '.join(sorted(ALL_SCHEMES))}",
                param_hint="--code-set",
            )
        schemes[column] = scheme
    return schemes


def _slug(name: str) -> str:
    words = "".join(
        c if c.isalnum() else " " for c in name.lower().replace(" police", "").replace("constabulary", "")
    ).split()
    return "_".join(word for word in words if word != "and")


def _ask(draft: Draft) -> dict[str, str]:
    """The code sets that a person at the terminal knows; Enter leaves the question in the YAML."""
    chosen = {}
    for extract in draft.extracts:
        for record in extract.records:
            column = record.columns.get("self_defined_ethnicity")
            if column is None or not column.asks or column.match is None or column.match.column in chosen:
                continue
            console.print(f"\n[bold]{escape(column.match.column)}[/bold]: {escape(column.asks[0])}")
            answer = typer.prompt(
                f"Which one? {', '.join(sorted(SELF_DEFINED))} (Enter: not known)", default="", show_default=False
            )
            if answer in ALL_SCHEMES:
                chosen[column.match.column] = answer
    return chosen


def _function(match: Match) -> str:
    if match.target in ("transfer", "full_name", "flags"):
        return {"transfer": "extract", "full_name": "split, take", "flags": "contains"}[match.target]
    shown = []
    for name in _FUNCTIONS:
        value = match.finding.options.get(name)
        if name in ("date", "codes") and value:
            shown.append(f"{name} {value if isinstance(value, str) else ' or '.join(map(str, value))}")  # type: ignore[call-overload]
        elif value:
            shown.append(name)
    return ", ".join(shown)


def _target(match: Match) -> str:
    return " + ".join(MADE_OF.get(match.target, (match.target,))) if match.target else "ignored"


def _records(draft: Draft) -> Iterator[tuple[str, RecordGuess]]:
    """Each block of rows once, also where it holds two kinds of record."""
    seen: set[int] = set()
    for extract in draft.extracts:
        for record in extract.records:
            if id(record.guess.block) not in seen:
                seen.add(id(record.guess.block))
                yield extract.name, record.guess


def _as_json(draft: Draft, path: Path | None) -> dict[str, Any]:
    columns = [
        {
            "extract": extract,
            "each": record.block.each,
            "column": column,
            "targets": list(MADE_OF.get(match.target, (match.target,))) if match.target else [],
            "score": round(match.score, 3),
            "confidence": match.confidence,
            "evidence": match.evidence,
            "functions": _function(match),
        }
        for extract, record in _records(draft)
        for match in record.matches
        for column in (match.column, *match.more)
    ]
    return {
        "source": draft.identity.code,
        "path": str(path) if path else None,
        "archive": draft.survey.archive,
        "extracts": {
            extract.name: {
                "files": extract.guess.files,
                "format": extract.guess.sniffed.format,
                "kinds": extract.guess.kinds,
            }
            for extract in draft.extracts
        },
        "mode": draft.survey.mode,
        "columns": columns,
        "missing": draft.missing,
        "asks": draft.asks,
    }


def _show(draft: Draft, path: Path, samples: list[Path]) -> None:
    given = "1 sample file" if len(samples) == 1 else f"{len(samples)} sample files"
    console.print(f"[bold]{draft.identity.code} {escape(draft.identity.name)}[/bold]: a draft from {given}")
    if draft.survey.archive:
        console.print(f"  files come in {draft.survey.archive}", markup=False)
    if draft.survey.manifest:
        console.print(f"  {draft.survey.manifest.files} is a manifest", markup=False)
    for extract in draft.extracts:
        console.print(f"\n[bold]{extract.name}[/bold]  {escape(extract.guess.files)}")
        for fact in extract.guess.sniffed.found:
            console.print(f"  {fact}", markup=False)
    console.print(f"\n  delivery: {draft.survey.mode}, a guess: {draft.survey.mode_reason}", markup=False)
    for extract_name, record in _records(draft):
        place = (
            f", each {record.block.each}"
            if record.block.each
            else f", {record.block.role}"
            if record.block.role
            else ""
        )
        table(
            f"{extract_name}{place}",
            [
                ("The force's column", "left"),
                ("The dataset's", "left"),
                ("Function", "left"),
                ("Confidence", "left"),
                ("Evidence", "left"),
            ],
            [
                (
                    " + ".join((match.column, *match.more)),
                    Text(_target(match), style="" if match.target else "dim"),
                    _function(match),
                    Text(match.confidence, style=_CONFIDENCE_STYLES[match.confidence]),
                    match.evidence,
                )
                for match in record.matches
            ],
        )
    for heading, items in (("Not found", draft.missing), ("To ask", draft.asks)):
        if items:
            console.print(f"\n[bold]{heading}[/bold]")
            for item in items:
                console.print(f"  • {item}", markup=False)
    files = " ".join(map(str, samples))
    at = "" if path.parent == Settings().sources_dir else f" --file {path}"
    console.print(f"\nWritten to {path}. Next:", markup=False)
    console.print("  1. fill in the owner, answer the lines that begin with ASK, and look at what is low", markup=False)
    console.print(f"  2. csae force check {draft.identity.code}{at} --sample {files}", markup=False, soft_wrap=True)
