"""Write a world's deliveries as a landing bucket holds them: `<force>/<YYYY-MM-DD>/<files>`."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from csae.synthetic.crimes import sent
from csae.synthetic.draws import Ints
from csae.synthetic.layouts import LAYOUTS, Delimited, Layout, Markup, Workbook
from csae.synthetic.plan import Plan
from csae.synthetic.rendering import Batch, batches, column
from csae.synthetic.truth import Truth, count_truth
from csae.synthetic.world import World, build
from csae.synthetic.writers import (
    MOST_SHEET_ROWS,
    ROWS_ABOVE_DATA,
    write_delimited,
    write_markup,
    write_workbook,
)

SHORTEST_SEARCHED = 6
"""A shorter value is found anywhere; an Excel date's day number is one."""
Progress = Callable[[int, int], None]


def write_deliveries(plan: Plan, directory: Path, progress: Progress | None = None) -> Truth:
    """Write every force's delivery of every night below `directory` and return what they must add up to.

    `progress` is told the crime records written and those to write. Files of the same names are overwritten and
    nothing is removed. Raises ValueError, with nothing written, for a force without a layout or for more rows
    than a sheet of a workbook holds.
    """
    world = build_world(plan)
    nights = [sent(plan, world.records, night) for night in range(plan.nights)]
    for night, chosen in enumerate(nights):
        _check_sheets(world, night, chosen)
    total, done = sum(len(chosen) for chosen in nights), 0
    for night, chosen in enumerate(nights):
        for place, force in enumerate(plan.forces):
            own = chosen[world.records.force[chosen] == place]
            folder = directory / force / plan.day(night).isoformat()
            folder.mkdir(parents=True, exist_ok=True)
            source = _told(batches(world, LAYOUTS[force], night, own), progress, done, total)
            _write(LAYOUTS[force], folder, plan.day(night), source, len(own))
            done += len(own)
    return count_truth(world)


def build_world(plan: Plan) -> World:
    """The world of a plan, its forces weighed as their layouts say. Raises ValueError for an unknown force."""
    unknown = [force for force in plan.forces if force not in LAYOUTS]
    if unknown:
        raise ValueError(f"no layout for force {', '.join(unknown)}; there is one for {', '.join(LAYOUTS)}")
    layouts = [LAYOUTS[force] for force in plan.forces]
    return build(plan, [layout.size for layout in layouts], [layout.missing for layout in layouts])


def personal_values(plan: Plan) -> Iterator[str]:
    """Every personal value in the plan's deliveries, for a search that must find none of them elsewhere.

    Full names (in four forms: a surname alone is too common to search for), dates of birth as the force writes
    them and in ISO form, PNC ids and local person ids. No other date of the world is anyone's date of birth. A
    value may come more than once.
    """
    world = build_world(plan)
    for place, force in enumerate(plan.forces):
        own = np.flatnonzero(world.records.force == place)
        # On the first night nobody has been eliminated yet, so everyone is there.
        for source in batches(world, LAYOUTS[force], 0, own):
            yield from dict.fromkeys(_values(source))


def _values(source: Batch) -> Iterator[str]:
    def texts(name: str) -> list[str]:
        return [str(cell) for cell in column(source, name, of="people")]

    for surname, forenames in zip(texts("surname"), texts("forenames"), strict=True):
        yield f"{surname}, {forenames}"
        yield f"{forenames} {surname}"
        yield f"{surname} {forenames}"
        yield f"{surname}|{forenames}"
    born = source.world.persons.born[source.world.people.person[source.rows]]
    for ordinal in born.tolist():
        yield date.fromordinal(ordinal).isoformat()
    for name in ("date_of_birth", "pnc_id", "person_ref"):
        yield from (text for text in texts(name) if len(text) >= SHORTEST_SEARCHED)


def _told(source: Iterator[Batch], progress: Progress | None, done: int, total: int) -> Iterator[Batch]:
    for each in source:
        yield each
        done += len(each.records)
        if progress is not None:
            progress(done, total)


def _write(layout: Layout, folder: Path, day: date, source: Iterator[Batch], occurrences: int) -> None:
    match layout.form:
        case Delimited() as form:
            write_delimited(form, folder, day, source)
        case Markup() as form:
            write_markup(form, folder, day, source, occurrences)
        case Workbook() as form:
            write_workbook(form, folder, day, source)


def _check_sheets(world: World, night: int, chosen: Ints) -> None:
    for place, force in enumerate(world.plan.forces):
        own = chosen[world.records.force[chosen] == place]
        most = 2 * int((world.people.suspects + world.people.victims)[own].sum())
        if isinstance(LAYOUTS[force].form, Workbook) and most > MOST_SHEET_ROWS - ROWS_ABOVE_DATA:
            rows = sum(len(each.rows) for each in batches(world, LAYOUTS[force], night, own))
            if rows > MOST_SHEET_ROWS - ROWS_ABOVE_DATA:
                raise ValueError(
                    f"force {force} would send {rows} rows on one night and a sheet holds {MOST_SHEET_ROWS}: "
                    "plan fewer crimes or more forces"
                )
