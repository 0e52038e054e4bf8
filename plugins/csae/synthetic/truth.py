"""What the national dataset must hold once all of a world's nights are loaded, counted from the world itself."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from csae.synthetic.cases import STATUSES
from csae.synthetic.crimes import IN, NEVER, OUT, Records
from csae.synthetic.draws import Bools, Ints, spans
from csae.synthetic.fields import reference
from csae.synthetic.layouts import LAYOUTS
from csae.synthetic.people import BLANK
from csae.synthetic.schedule import was_withdrawn
from csae.synthetic.vocabulary import HELD, OBSERVED, OFFENCES, SELF_DEFINED
from csae.synthetic.world import World

MISSING = "BLANK"
UNKNOWN_GROUP = "U"


@dataclass(frozen=True)
class Truth:
    """The counts, under the same keys as the samples' `truth.json`; a key of a split that counts 0 is left out."""

    crimes: int
    crimes_by_force: Mapping[str, int]
    crimes_by_ho: Mapping[str, int]
    suspect_involvements: int
    victim_involvements: int
    suspects_self_defined: Mapping[str, int]
    suspects_group: Mapping[str, int]
    suspects_nationality: Mapping[str, int]
    distinct_suspects: int
    transferred: int
    withdrawn: int
    junk_crimes: int
    online: int
    group_based: int
    links: Sequence[tuple[str, str, int]]
    """(role, owning force's crime reference, person) of each suspect involvement."""
    case_reviews: Mapping[str, int] = field(default_factory=dict)
    """Reviewed cases by the status that they end in."""
    case_reviews_by_force: Mapping[str, int] = field(default_factory=dict)
    case_review_changes: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    def write(self, path: Path) -> None:
        path.write_text(self.to_json() + "\n", encoding="utf-8")


def read_truth(path: Path) -> Truth:
    """A `truth.json`. Raises TypeError for keys that are not a truth's."""
    values = json.loads(path.read_text(encoding="utf-8"))
    links = [(role, reference, person) for role, reference, person in values.pop("links")]
    return Truth(**values, links=links)


def count_truth(world: World) -> Truth:
    """A transferred crime counts for its taker, a withdrawn one nowhere, and each by its last version."""
    records, people, cases = world.records, world.people, world.cases
    real = records.crime >= 0
    owned = real & (records.direction != OUT)
    live = np.flatnonzero(owned & (records.cancelled == NEVER))
    rows, crimes = _rows(world, live)
    suspect = people.is_suspect[rows]
    suspects, on = rows[suspect], crimes[suspect]
    self_defined = _self_defined(world, suspects, records.force[on])
    return Truth(
        crimes=len(live),
        crimes_by_force=_tally(records.force[live], world.plan.police),
        crimes_by_ho=_tally(records.offence_code[live], tuple(OFFENCES)),
        suspect_involvements=len(suspects),
        victim_involvements=len(rows) - len(suspects),
        suspects_self_defined=_tally(self_defined, (MISSING, *SELF_DEFINED[1:])),
        suspects_group=_groups(self_defined, people.observed[suspects]),
        suspects_nationality=_nationalities(world, suspects),
        distinct_suspects=len(np.unique(people.person[suspects])),
        transferred=int(np.count_nonzero(records.direction == IN)),
        withdrawn=int(np.count_nonzero(owned & was_withdrawn(world.plan, records))),
        junk_crimes=int(np.count_nonzero(~real)),
        online=int(np.count_nonzero(records.online[live])),
        group_based=int(np.count_nonzero(records.group[live])),
        links=_links(world, records, on, people.person[suspects]),
        case_reviews=_tally(cases.status[cases.latest], STATUSES),
        case_reviews_by_force=_tally(cases.force[cases.latest], world.plan.police),
        case_review_changes=len(cases.case),
    )


def _rows(world: World, records: Ints) -> tuple[Ints, Ints]:
    """The people of the records' last versions, and for each the position of its record."""
    people = world.people
    counts = (people.suspects + people.victims)[records]
    rows = spans(people.starts[records], counts)
    still: Bools = people.eliminated[rows] == NEVER
    return rows[still], np.repeat(records, counts)[still]


def _tally(codes: Ints, names: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(names)).tolist()
    return {name: count for name, count in zip(names, counts, strict=True) if count}


def _self_defined(world: World, suspects: Ints, force: Ints) -> Ints:
    """Positions in `SELF_DEFINED` after each force's code set has had its say."""
    said = np.asarray(
        [
            [SELF_DEFINED.index(LAYOUTS[code].folded.get(entry, entry)) for entry in SELF_DEFINED]
            for code in world.plan.police
        ]
    )
    chosen: Ints = said[force, world.people.self_defined[suspects]]
    return chosen


def _groups(self_defined: Ints, observed: Ints) -> dict[str, int]:
    """Self-defined first, else observed, else U."""
    names = ("W", "M", "A", "B", "O", UNKNOWN_GROUP)
    own = np.asarray([names.index(code[0]) if code not in ("", "NS") else -1 for code in SELF_DEFINED])
    seen = np.asarray([names.index(group) for group in OBSERVED.values()])
    return _tally(np.where(own[self_defined] >= 0, own[self_defined], seen[observed]), names)


def _nationalities(world: World, suspects: Ints) -> dict[str, int]:
    """One count a nationality, and one for each suspect without any."""
    second = world.people.second_nationality[suspects]
    held = np.concatenate([world.people.nationality[suspects], second[second != BLANK]])
    return _tally(held, (MISSING, *HELD[1:]))


def _links(world: World, records: Records, on: Ints, person: Ints) -> list[tuple[str, str, int]]:
    layouts = [LAYOUTS[force] for force in world.plan.police]
    different, places = np.unique(on, return_inverse=True)
    owners = zip(records.force[different].tolist(), records.reference[different].tolist(), strict=True)
    references = [reference(layouts[force], code) for force, code in owners]
    pairs = zip(places.tolist(), person.tolist(), strict=True)
    return [("SUSPECT", references[place], one) for place, one in pairs]
