"""`person train`, `person show`, `person judge`, `person judgements`, `person withdraw`: who is one person.

Splink takes a while to import, so what only some of these need is imported where it is used.
"""

from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csae import warehouse
from csae.cli.output import console, progress_bars, say_json, table
from csae.cli.stack import ready
from csae.linkage import judgements

if TYPE_CHECKING:
    from csae.linkage.showing import Levels
    from csae.tracing.persons import Edge
    from csae.tracing.stories import PersonStory

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="People: who was linked, why, and what people judged."
)


class Verdict(StrEnum):
    same = "same"
    different = "different"


AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="A person's key, or that of one record.", show_default=False)]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who judges, as others can ask them.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="What it rests on. No name or date of birth.")]


@app.command()
def show(key: Key, *, as_json: AsJson = False) -> None:
    """A person's records, their crimes, and which kinds of evidence agree. No values are shown.

    Crimes are those that count, that another force counts now, and that were withdrawn. Weights are the log2 of the
    odds that two records are one person; the evidence is shown of pairs that the newest model compared.

    Keys of `--json`: person_key, records, pairs, judgements.

    Example: `csae person show 0f3c5a1be0b84a6f9a53f8b1c7d2e64a`
    """
    from csae.linkage import showing  # noqa: PLC0415
    from csae.linkage.model import newest_model  # noqa: PLC0415
    from csae.tracing.keys import UnknownKeyError  # noqa: PLC0415
    from csae.tracing.telling import tell_of_person  # noqa: PLC0415

    settings = ready(quiet=as_json)
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        try:
            story = tell_of_person(connection, key)
        except UnknownKeyError as error:
            raise typer.BadParameter(str(error), param_hint="KEY") from None
        edges = [*story.edges, *story.outside]
        compared = {key for edge in edges for key in (edge.record_key_l, edge.record_key_r)}
        evidence = showing.levels(connection, compared, settings.home_dir / "linkage", newest_model())
    standing = [judgement for judgement in story.judgements if judgement.withdrawn_at is None]
    crimes = _crimes(story)
    if as_json:
        say_json(
            {
                "person_key": story.person_key,
                "records": [
                    asdict(item) | {"crimes": crimes.get(item.person_record_key, [])} for item in story.records
                ],
                "pairs": [asdict(edge) | {"levels": _levels(edge, evidence)} for edge in edges],
                "judgements": [asdict(judgement) for judgement in standing],
            }
        )
        return
    console.print(f"Person {story.person_key}: {len(story.records)} record(s).")
    short = {record.person_record_key: str(place) for place, record in enumerate(story.records, start=1)}
    table(
        "Records",
        [("", "right"), ("Record", "left"), ("First seen", "left"), ("Crime", "left"), ("Force", "left"),
         ("Role", "left")],
        [
            (short[record.person_record_key], record.person_record_key, record.first_seen_on, *on.values())
            for record in story.records
            for on in crimes.get(record.person_record_key) or [dict.fromkeys(_ON_CRIME)]
        ],
    )  # fmt: skip
    if edges:
        table(
            "What was compared",
            [("", "right"), ("", "left"), ("Weight", "right"), ("Joined", "left"), ("Evidence", "left")],
            [
                (
                    short.get(edge.record_key_l, edge.record_key_l),
                    short.get(edge.record_key_r, edge.record_key_r),
                    f"{edge.match_weight:.1f}",
                    edge.contradiction or ("one person" if edge in story.edges else "not joined"),
                    "; ".join(f"{name}: {level}" for name, level in _levels(edge, evidence).items()),
                )
                for edge in edges
            ],
            caption=f"By {', '.join(sorted({edge.model_version for edge in edges}))}. "
            "A record with a key and no number is another person's.",
        )
    if standing:
        _say_judgements(standing)


_ON_CRIME = ("crime_key", "force_code", "role")
_STANDING = ("current", "transferred", "withdrawn")
"""Fates of crimes whose latest word still stands; the others were told again, or never accepted."""


def _crimes(story: "PersonStory") -> dict[str, list[dict[str, str | None]]]:
    """By record: each crime and role once."""
    found: dict[str, list[dict[str, str | None]]] = {}
    for item in story.involvements:
        on = {name: getattr(item, name) for name in _ON_CRIME}
        of_record = found.setdefault(item.person_record_key or "", [])
        said_twice_on_it = item.kept_involvement_key is not None
        if (item.fate in _STANDING or said_twice_on_it) and on not in of_record:
            of_record.append(on)
    return found


def _levels(edge: "Edge", evidence: "Levels") -> dict[str, str]:
    return evidence.get((edge.record_key_l, edge.record_key_r), {})


@app.command()
def judge(
    verdict: Annotated[Verdict, typer.Argument(help="What you judge of the two.", show_default=False)],
    one: Annotated[str, typer.Argument(metavar="KEY", show_default=False)],
    other: Annotated[str, typer.Argument(metavar="KEY", show_default=False)],
    *,
    by: By,
    why: Why,
) -> None:
    """Judge two records, or the first records of two people, to be the same person or different ones.

    Every later night obeys it, until it is withdrawn.

    Example: `csae person judge different 0f3c… 9ab1… --by "Data standards desk" --why "custody photographs differ"`
    """
    with warehouse.connect(ready().warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        for key in (one, other):
            found = connection.execute("select 1 from linkage.person where person_record_key = %s", [key]).fetchone()
            if found is None:
                raise typer.BadParameter(
                    "No person or record of a person has this key; csae person show lists a person's records.",
                    param_hint="KEY",
                )
        try:
            number = judgements.judge(connection, verdict.value, one, other, by=by, why=why)
        except judgements.JudgementError as error:
            raise typer.BadParameter(str(error)) from None
    console.print(f"Judgement {number} is kept; the next night obeys it.")


@app.command("judgements")
def list_judgements(
    *,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Also those that were withdrawn.")] = False,
    as_json: AsJson = False,
) -> None:
    """What people judged: who, when and why.

    Examples: `csae person judgements`, `csae person judgements --withdrawn --json`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        found = judgements.every(connection) if withdrawn else judgements.in_force(connection)
    if as_json:
        say_json([asdict(judgement) for judgement in found])
    elif not found:
        console.print("Nobody has judged; csae person judge does.")
    else:
        _say_judgements(found)


@app.command()
def withdraw(
    judgement_id: Annotated[int, typer.Argument(help="From csae person judgements.", show_default=False)],
    *,
    by: By,
    why: Why,
) -> None:
    """Withdraw a judgement: the next night decides as if it had never been made. It stays on record.

    Example: `csae person withdraw 3 --by "Data standards desk" --why "the photographs were of one visit"`
    """
    with warehouse.connect(ready().warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        try:
            judgements.withdraw(connection, judgement_id, by=by, why=why)
        except judgements.JudgementError as error:
            raise typer.BadParameter(str(error)) from None
    console.print(f"Judgement {judgement_id} is withdrawn; the next night no longer obeys it.")


@app.command()
def train(
    *,
    seed: Annotated[int, typer.Option(help="Of the worlds it learns from; the same seed gives the same model.")] = 1,
    records: Annotated[int, typer.Option(help="How many records of each world, about.", min=1_000)] = 100_000,
    output: Annotated[Path | None, typer.Option(help="The folder to write to.", show_default="the package's")] = None,
    day: Annotated[str | None, typer.Option("--date", help="The model's date, which names it.")] = None,
) -> None:
    """Train the linkage model on synthetic worlds, and draw its parameters. Never run at night.

    The model and its chart are files for the repository: nights use the newest. Measure it with make bench ONLY=linkage
    before you commit it.

    Example: `csae person train --seed 1`
    """
    from csae.linkage import training  # noqa: PLC0415
    from csae.linkage.model import MODEL_DIR, next_version, write_model  # noqa: PLC0415

    folder = output or MODEL_DIR
    folder.mkdir(parents=True, exist_ok=True)
    try:
        on = date.fromisoformat(day) if day else date.today()
    except ValueError:
        raise typer.BadParameter("A date is written as 2026-09-01.", param_hint="--date") from None
    with progress_bars() as tell:
        model = training.train_on_worlds(seed, records, on, next_version(folder, on), tell)
    path = write_model(model, folder)
    training.draw(model, path.with_suffix(".svg"))
    console.print(f"Wrote {path} and its chart beside it.", markup=False, soft_wrap=True)


def _say_judgements(found: list[judgements.Judgement]) -> None:
    table(
        "Judgements",
        [("", "right"), ("Verdict", "left"), ("Record", "left"), ("Record", "left"), ("By", "left"), ("On", "left"),
         ("Because", "left"), ("Withdrawn", "left")],
        [
            (
                item.judgement_id,
                item.verdict,
                item.record_key_l,
                item.record_key_r,
                item.made_by,
                item.made_at,
                item.reason,
                f"{item.withdrawn_at} by {item.withdrawn_by}: {item.withdrawn_reason}" if item.withdrawn_at else None,
            )
            for item in found
        ],
    )  # fmt: skip


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="person")
