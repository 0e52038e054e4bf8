"""Write a world's deliveries as a landing bucket holds them: `<source>/<YYYY-MM-DD>/<files>`."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

from csae.synthetic.fields import column
from csae.synthetic.layouts import LAYOUTS, Workbook
from csae.synthetic.plan import Plan
from csae.synthetic.rendering import Batch, batches
from csae.synthetic.schedule import Sending, sendings
from csae.synthetic.truth import Truth, count_truth
from csae.synthetic.world import World, build
from csae.synthetic.writers import ROWS_ABOVE_DATA, most_rows, write

SHORTEST_SEARCHED = 6
"""A shorter value is found anywhere; an Excel date's day number is one."""
Progress = Callable[[int, int], None]


def write_deliveries(plan: Plan, directory: Path, progress: Progress | None = None) -> Truth:
    """Write every source's deliveries below `directory` and return what they must add up to.

    `progress` is told the crime records written and those to write. Files of the same names are overwritten and
    nothing is removed. Raises ValueError, with nothing written, for a source without a layout or for more rows
    than a sheet of a workbook holds.
    """
    world = build_world(plan)
    planned = sendings(plan, world.records, world.cases)
    for sending in planned:
        _check_sheets(world, sending)
    total, done = sum(len(sending.records) for sending in planned), 0
    for sending in planned:
        layout, day = LAYOUTS[sending.force], plan.day(sending.night)
        folder = directory / sending.force / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        source = _told(batches(world, layout, sending.night, sending.records), progress, done, total)
        write(layout, folder, day, source, len(sending.records))
        done += len(sending.records)
    return count_truth(world)


def build_world(plan: Plan) -> World:
    """The world of a plan, its forces weighed as their layouts say. Raises ValueError for an unknown source."""
    unknown = [force for force in plan.forces if force not in LAYOUTS]
    if unknown:
        raise ValueError(f"no layout for force {', '.join(unknown)}; there is one for {', '.join(LAYOUTS)}")
    layouts = [LAYOUTS[force] for force in plan.police]
    return build(plan, [layout.size for layout in layouts], [layout.missing for layout in layouts])


def personal_values(plan: Plan) -> Iterator[str]:
    """Every personal value in the plan's deliveries, for a search that must find none of them elsewhere.

    Full names (in four forms: a surname alone is too common to search for), dates of birth as the force writes
    them and in ISO form, PNC ids and local person ids. No other date of the world is anyone's date of birth. A
    value may come more than once.
    """
    world = build_world(plan)
    for place, force in enumerate(plan.police):
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


def _told(source: Iterable[Batch], progress: Progress | None, done: int, total: int) -> Iterator[Batch]:
    for each in source:
        yield each
        done += len(each.records)
        if progress is not None:
            progress(done, total)


def _check_sheets(world: World, sending: Sending) -> None:
    layout = LAYOUTS[sending.force]
    if not isinstance(layout.form, Workbook):
        return
    most = most_rows(layout.form) - ROWS_ABOVE_DATA
    if 2 * int((world.people.suspects + world.people.victims)[sending.records].sum()) <= most:
        return
    rows = sum(len(each.rows) for each in batches(world, layout, sending.night, sending.records))
    if rows > most:
        raise ValueError(
            f"force {sending.force} would send {rows} rows on one night and a sheet holds {most_rows(layout.form)}: "
            "plan fewer crimes or more forces"
        )
