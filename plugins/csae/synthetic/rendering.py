"""Which records and people a source's delivery of a night holds, a bounded number at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from csae.synthetic.draws import Bools, Ints, spans
from csae.synthetic.layouts import Layout, Of
from csae.synthetic.world import World

BATCH = 20_000


@dataclass(frozen=True)
class Batch:
    """Some of the records that a force sends on a night, with their people; or changes of cases."""

    world: World
    layout: Layout
    night: int
    records: Ints
    rows: Ints
    """The involvements, record by record."""
    owners: Ints
    """For each of the rows, which of the records it is on."""
    second_listing: Bools
    """For each of the rows: the person listed under a second number."""

    def only(self, of: Of) -> "Batch":
        """With its "suspects" or its "victims" alone; "people" and "crimes" are all of it."""
        if of not in ("suspects", "victims"):
            return self
        chosen = self.world.people.is_suspect[self.rows] == (of == "suspects")
        return replace(
            self, rows=self.rows[chosen], owners=self.owners[chosen], second_listing=self.second_listing[chosen]
        )


def changes_of_cases(world: World, layout: Layout, night: int, changes: Ints) -> Batch:
    """A batch of case reviews: nobody is on them."""
    none = np.zeros(0, dtype=np.int64)
    return Batch(world, layout, night, changes, none, none, none.astype(np.bool_))


def batches(world: World, layout: Layout, night: int, sent: Ints) -> Iterator[Batch]:
    """The records at the positions `sent`, a bounded number at a time."""
    if layout.has_cases:
        yield changes_of_cases(world, layout, night, sent)
        return
    for start in range(0, len(sent), BATCH):
        yield batch(world, layout, night, sent[start : start + BATCH])


def batch(world: World, layout: Layout, night: int, records: Ints) -> Batch:
    people = world.people
    counts = (people.suspects + people.victims)[records]
    rows = spans(people.starts[records], counts)
    owners = np.repeat(np.arange(len(records)), counts)
    still = people.eliminated[rows] > night
    rows, owners = rows[still], owners[still]
    twice = people.twice[rows]
    all_rows, all_owners = np.concatenate([rows, rows[twice]]), np.concatenate([owners, owners[twice]])
    order = np.argsort(all_owners, kind="stable")
    second = (np.arange(len(all_rows)) >= len(rows))[order]
    return Batch(world, layout, night, records, all_rows[order], all_owners[order], second)
