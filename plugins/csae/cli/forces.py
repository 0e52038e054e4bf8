"""`force list`, `show`, `new`, `check` and `suggest`: for the data engineer who takes a force on."""

import re
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from csae import progress, reports, warehouse
from csae.checking import check as checking
from csae.checking.words import formats
from csae.cli import force_new, force_pages
from csae.cli.output import console, errors, progress_bars, say_json
from csae.cli.stack import ready, running
from csae.code_sets import CodeSets, read_code_sets
from csae.settings import Settings
from csae.sources import LoadedSource, SourceError, load_source
from csae.sources.examples import faults
from csae.sources.schema import write_schema
from csae.suggesting import suggest as suggest_from_history

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="The sources, each one YAML file in forces/.")
app.command()(force_new.new)

_DAY = ["%Y-%m-%d"]
_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOT_READY = 3
Code = Annotated[str, typer.Argument(metavar="CODE", help="A source's two digits, such as 06.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_forces(*, as_json: AsJson = False) -> None:
    """Every source: who, on which system, how and when it delivers, and what is waived.

    With a warehouse at hand also its last delivery. Exit code 3 when a YAML cannot be used.

    Examples: `csae force list`, `csae force list --json`
    """
    today, last = date.today(), _last_deliveries()
    lines: list[dict[str, Any]] = []
    broken: list[str] = []
    for path in sorted(Settings().sources_dir.glob("*.yml")):
        try:
            spec = load_source(path).spec
        except SourceError as error:
            broken.append(str(error))
            continue
        layout = spec.layout_on(today) or spec.layouts[-1]
        lines.append(
            {
                "source": spec.source,
                "name": spec.name,
                "system": spec.system,
                "status": spec.status,
                "layouts": len(spec.layouts),
                "formats": formats(layout),
                "mode": spec.delivery.mode,
                "due": str(spec.delivery.due),
                "waivers": [asdict(checking.waiver_line(item, today)) for item in spec.waivers],
                "last_delivery_on": last.get(spec.source),
            }
        )
    if as_json:
        say_json({"sources": lines, "faults": broken})
    else:
        force_pages.sources(lines, broken)
    raise typer.Exit(_NOT_READY if broken else 0)


@app.command()
def show(code: Code, *, as_json: AsJson = False) -> None:
    """Everything about one source in plain words, its examples tried.

    Example: `csae force show 06`
    """
    loaded = _loaded(code, None)
    found = faults(loaded.spec)
    waivers = [checking.waiver_line(item, date.today()) for item in loaded.spec.waivers]
    if as_json:
        told = loaded.spec.model_dump(mode="json", by_alias=True)
        due = str(loaded.spec.delivery.due)
        told |= {"yaml": str(loaded.path), "delivery": {"mode": loaded.spec.delivery.mode, "due": due}}
        say_json({**told, "example_faults": found, "waivers": [asdict(item) for item in waivers]})
        return
    force_pages.source(loaded, found, waivers)


@app.command()
def check(
    code: Code,
    more: Annotated[list[Path] | None, typer.Argument(hidden=True)] = None,
    sample: Annotated[
        list[Path] | None, typer.Option(metavar="FILES", help="The files of one delivery, or the folder they lie in.")
    ] = None,
    file: Annotated[Path | None, typer.Option(metavar="YAML", help="This YAML instead of the one in forces/.")] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="The day of the delivery; else the folder's name, else today."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Read, map and gate a sample as the night would, load nothing, and say what to do. Needs no running service.

    Exit code: 0 ready, 1 ready with warnings, 3 not ready.

    Examples: `csae force check 06 --sample landing/06/2026-09-01`,
    `csae force check 06 --sample crimes.csv people.csv --on 2026-09-01`,
    `csae force check 06 --file draft.yml --sample crimes.csv --json`
    """
    files = _sample_files([*(sample or []), *(more or [])])
    loaded, settings = _loaded(code, file), Settings()
    with progress_bars(quiet=as_json) as listener, progress.listening(listener):
        report = checking.check(
            loaded,
            files,
            on.date() if on else _day_of(files),
            _code_sets(settings),
            settings.project_dir / "expectations",
        )
    if as_json:
        say_json({**asdict(report), "verdict": report.verdict, "exit_code": report.exit_code})
    else:
        force_pages.report(report)
    raise typer.Exit(report.exit_code)


@app.command()
def suggest(code: Code, *, as_json: AsJson = False) -> None:
    """Bounds, codes and ignored columns that the source's deliveries so far speak for, as a diff of its YAML.

    Examples: `csae force suggest 06`, `csae force suggest 06 --json`
    """
    loaded = _loaded(code, None)
    settings = ready(quiet=as_json)
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        found = suggest_from_history(connection, loaded, _code_sets(settings))
    if as_json:
        say_json(asdict(found))
    else:
        force_pages.suggestions(found)


def _code_sets(settings: Settings) -> CodeSets:
    return read_code_sets(settings.project_dir / "dbt_project" / "seeds")


def _loaded(code: str, file: Path | None) -> LoadedSource:
    """One source; the others' YAML may be at fault meanwhile. Raises `SourceError`."""
    directory = Settings().sources_dir
    paths = [file] if file else sorted(directory.glob(f"{code}_*.yml"))
    if not paths:
        known = ", ".join(path.stem.partition("_")[0] for path in sorted(directory.glob("*.yml"))) or "none"
        raise typer.BadParameter(f"There is no {code}_*.yml in {directory}; known sources: {known}.")
    loaded = load_source(paths[0])
    if loaded.spec.source != code:
        raise typer.BadParameter(f"{paths[0]} is of source {loaded.spec.source}, not of {code}.")
    return loaded


def _sample_files(given: list[Path]) -> list[Path]:
    """The files themselves, and those in folders that were named."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(item for item in path.iterdir() if item.is_file() and not item.name.startswith("."))
            if not inside:
                raise typer.BadParameter(f"{path} holds no files; name the folder of one delivery.")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise typer.BadParameter(f"There is no file {path}.")
    return found


def _day_of(files: list[Path]) -> date:
    """The folder's name where it is a day, as in landing."""
    names = {path.resolve().parent.name for path in files}
    name = names.pop() if len(names) == 1 else ""
    try:
        return date.fromisoformat(name) if _A_DAY.fullmatch(name) else date.today()
    except ValueError:
        return date.today()


def _last_deliveries() -> dict[str, str]:
    """By source; nothing where no warehouse answers, since the list does without."""
    settings = running()
    if settings is None:
        return {}
    try:
        with warehouse.connect(settings.warehouse_url, autocommit=True, patience=2) as connection:
            return reports.last_deliveries(connection)
    except warehouse.ServiceAwayError:
        errors.print("The warehouse does not answer, so last deliveries are not shown.", style="dim")
        return {}


@app.command()
def schema() -> None:
    """Write the JSON Schema by which editors complete a source's YAML, beside the sources.

    Example: `csae force schema`
    """
    console.print(f"Written to {write_schema(Settings().sources_dir)}.", soft_wrap=True)


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="force")
