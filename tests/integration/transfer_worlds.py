"""Small worlds of crimes that forces hand to each other, and who counts them by brute force.

`random_world` says anything of anything; its oracle follows every path there could be, and shares no code with the
models. `random_journey` tells what truly happened to one crime, with every gap that leaves it known: its answer needs
no rule.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, permutations

FORCES = ("06", "13", "14", "16", "17")
TRIAL = "16"
SNAPSHOTS = ("14", "17")
DAYS = (1, 2, 3, 4, 5)
CORRECTED_DAY = 3
"""Every force corrects its delivery of this day: what the first one held stands for nothing."""


@dataclass(frozen=True, order=True)
class Crime:
    force: str
    ref: str


@dataclass(frozen=True)
class Record:
    """What one delivery says of a crime. `other` is the crime that its force and reference name, if it gives one."""

    day: int
    correction: int
    status: str = "live"
    direction: str | None = None
    other: Crime | None = None
    other_force: str | None = None

    def order(self, crime: Crime) -> tuple[int, int, str]:
        return self.day, self.correction, crime.force


World = Mapping[Crime, Sequence[Record]]


@dataclass(frozen=True)
class Statement:
    by: Crime
    direction: str
    force: str
    other: Crime | None
    said: tuple[int, int, str]

    @property
    def edge(self) -> tuple[Crime, Crime]:
        assert self.other is not None
        return (self.by, self.other) if self.direction == "out" else (self.other, self.by)


def random_world(rng: random.Random, name: str) -> World:
    """Two to four crimes; their references mostly name each other, sometimes nothing or what nobody sent."""
    crimes = [Crime(rng.choice(FORCES), f"{name}-{number}") for number in range(rng.randint(2, 4))]
    unsent = Crime(rng.choice(FORCES), f"{name}-unsent")
    return {crime: list(_records(rng, crime, crimes, unsent)) for crime in crimes}


def _records(rng: random.Random, crime: Crime, crimes: Sequence[Crime], unsent: Crime) -> Iterator[Record]:
    days = sorted(rng.sample(DAYS, rng.randint(1, 3)))
    if crime.force in SNAPSHOTS and rng.random() < 0.7:
        days = sorted({*days, DAYS[-1]})
    for day in days:
        for correction in (1, 2) if day == CORRECTED_DAY and rng.random() < 0.8 else (1,):
            status = "cancelled" if rng.random() < 0.12 else "live"
            direction = rng.choice(("out", "out", "in", "in", None))
            if direction is None:
                yield Record(day, correction, status)
                continue
            other = rng.choice([*crimes, *crimes, unsent])
            names = other if rng.random() < 0.9 else None
            yield Record(day, correction, status, direction, names, other.force)


def random_journey(rng: random.Random, name: str) -> tuple[World, Crime]:
    """One crime that is handed from force to force, a day each, and the record under which it must count."""
    national = [force for force in FORCES if force != TRIAL]
    path = [Crime(force, f"{name}-{place}") for place, force in enumerate(rng.sample(national, rng.randint(2, 4)))]
    wrong = f"{name}-wrong"
    records: dict[Crime, list[Record]] = {crime: [] for crime in path}
    records[path[0]].append(Record(1, 1))
    missing = rng.choice([None, None, path[-1], *path[1:-1]])
    for place, (sender, taker) in enumerate(pairwise(path)):
        day = place + 2
        tells = rng.choice(("both", "sender", "taker"))
        sender_names, taker_names = taker, sender
        if missing in (sender, taker):
            tells = "both"
        elif tells == "both":
            bad = rng.choice((None, "sender", "taker"))
            sender_names = Crime(taker.force, wrong) if bad == "sender" else taker
            taker_names = Crime(sender.force, wrong) if bad == "taker" else sender
        if tells in ("both", "sender"):
            records[sender].append(Record(day, _last(day), "live", "out", sender_names, taker.force))
        if tells in ("both", "taker"):
            records[taker].append(Record(day, _last(day), "live", "in", taker_names, sender.force))
        else:
            records[taker].append(Record(day, _last(day)))
    holder = path[-2] if missing == path[-1] else path[-1]
    if missing is None and rng.random() < 0.4:
        day, holder = len(path) + 1, path[-2]
        # A record that says nothing takes back what it said before, so the force before must have said it too.
        is_first = holder == path[0] or any(record.other == holder for record in records[path[-3]])
        tells = rng.choice(("both", "sender", "taker") if is_first else ("both", "taker"))
        if tells in ("both", "sender"):
            records[path[-1]].append(Record(day, _last(day), "live", "out", holder, holder.force))
        back = Record(day, _last(day), "live", "in", path[-1], path[-1].force)
        records[holder].append(Record(day, _last(day)) if tells == "sender" else back)
    if missing is not None:
        records[missing] = []
    for crime, sent_records in records.items():
        if sent_records and crime.force in SNAPSHOTS:
            _list_again(rng, sent_records)
        if sent_records and rng.random() < 0.3:
            sent_records.append(Record(CORRECTED_DAY, 1, "cancelled", "in", Crime("06", wrong), "06"))
    return records, holder


def _last(day: int) -> int:
    return 2 if day == CORRECTED_DAY else 1


def _list_again(rng: random.Random, records: list[Record]) -> None:
    """A snapshot lists what stands; one that was sent on may be left out."""
    newest = max(records, key=lambda record: record.day)
    if newest.day != DAYS[-1] and (newest.direction != "out" or rng.random() < 0.5):
        records.append(replace(newest, day=DAYS[-1], correction=1))


def stood(records: Iterable[Record]) -> list[Record]:
    """Those that no correction took the place of, in the order of deliveries."""
    kept = [record for record in records if (record.day, record.correction) != (CORRECTED_DAY, 1)]
    return sorted(kept, key=lambda record: record.day)


def sent(world: World) -> dict[Crime, list[Record]]:
    """The crimes of which any record stands, with the records that stood in their time."""
    return {crime: stood(records) for crime, records in world.items() if stood(records)}


def is_withdrawn(crime: Crime, last: Record) -> bool:
    is_dropped = crime.force in SNAPSHOTS and last.day != DAYS[-1]
    return last.status == "cancelled" or (is_dropped and last.direction != "out")


def statements(crime: Crime, history: Sequence[Record]) -> list[Statement]:
    """One for each turn, of direction or of force, back to the last record that said nothing."""
    tail: list[Record] = []
    for record in history:
        tail = [*tail, record] if record.direction else []
    found = []
    for _, turn in groupby(tail, key=lambda record: (record.direction, record.other_force)):
        records = list(turn)
        first, last = records[0], records[-1]
        assert last.direction is not None
        assert last.other_force is not None
        given = [record.other for record in records if record.other not in (None, crime)]
        other = given[-1] if given else None
        found.append(Statement(crime, last.direction, last.other_force, other, first.order(crime)))
    return found


def handovers(world: World) -> set[tuple[Crime, Crime]]:
    """The pairs of crimes that are one, sender first, as far as the statements are to be believed."""
    return {statement.edge for statement in _believed(world)}


def steps(world: World) -> set[tuple[Crime, Crime]]:
    """Those that tell which was first: not an old word of a crime that has since said that it took it back."""
    last = {crime: history[-1] for crime, history in sent(world).items()}
    return {s.edge for s in _believed(world) if s.direction == "in" or last[s.by].direction == "out"}


def _believed(world: World) -> list[Statement]:
    histories = sent(world)
    last = {crime: history[-1] for crime, history in histories.items()}
    said = [s for crime, history in histories.items() for s in statements(crime, history)]
    named = [s for s in said if s.other is not None]

    def is_confirmed(s: Statement) -> bool:
        return any(t.edge == s.edge and t.direction != s.direction for t in named)

    def is_void(s: Statement) -> bool:
        if s.direction == "out" or last[s.by].direction != "in" or not is_withdrawn(s.by, last[s.by]):
            return False
        sender = last.get(s.other) if s.other else None
        return not (sender and sender.direction == "out" and sender.other_force == s.by.force)

    def is_taken_from_another(s: Statement) -> bool:
        return not is_confirmed(s) and any(
            t.direction == "out" and t.other == s.by and t.by.force == s.force and t.by != s.other for t in named
        )

    takers = [s for s in named if s.direction == "in" and not is_void(s) and not is_taken_from_another(s)]

    def is_first_taker(s: Statement) -> bool:
        rivals = [t for t in takers if t.by.force == s.by.force and t.other == s.other]
        best = min(rivals, key=lambda t: (not is_confirmed(t), t.said, key(t.by)))
        return is_confirmed(s) or s == best

    def is_taken_by_another(s: Statement) -> bool:
        return not is_confirmed(s) and any(
            t.other == s.by and t.by.force == s.force and t.by != s.other for t in takers
        )

    believed = [s for s in takers if is_first_taker(s)]
    believed += [s for s in named if s.direction == "out" and not is_taken_by_another(s)]

    def has_arrived(s: Statement) -> bool:
        about = [t for t in believed if t.other == s.other]
        senders = {t.by for t in about if t.direction == "out"}
        takers = {t.by for t in about if t.direction == "in"}
        return s.other in last or (len(senders) == 1 and len(takers) == 1)

    return [s for s in believed if has_arrived(s)]


def leads(edges: set[tuple[Crime, Crime]], start: Crime, end: Crime, crimes: Sequence[Crime]) -> bool:
    """Whether a path goes from one to the other, by trying every path there could be."""
    between = [crime for crime in crimes if crime not in (start, end)]
    return any(
        all(step in edges for step in zip((start, *middle), (*middle, end), strict=True))
        for length in range(len(between) + 1)
        for middle in permutations(between, length)
    )


def groups(world: World) -> list[set[Crime]]:
    """The crimes that are one, each alone where nothing connects it."""
    edges = handovers(world)
    found = [{crime} for crime in sent(world)]
    for edge in edges:
        touched = [group for group in found if group & set(edge)]
        found = [group for group in found if group not in touched] + [set(edge).union(*touched)]
    return found


def fates(world: World) -> dict[Crime, str]:
    histories = sent(world)
    last = {crime: history[-1] for crime, history in histories.items()}
    edges = steps(world)
    result = {}
    for group in groups(world):
        everyone = sorted(group)
        for crime in sorted(group & set(histories)):
            national = crime.force != TRIAL
            among = [c for c in everyone if c in histories and (c.force != TRIAL or not national)]
            if is_withdrawn(crime, last[crime]):
                result[crime] = "withdrawn"
            elif len(group) == 1 or crime == _holder(among, everyone, edges, histories):
                result[crime] = "current"
            else:
                result[crime] = "transferred"
    return result


def _holder(
    among: Sequence[Crime],
    everyone: Sequence[Crime],
    edges: set[tuple[Crime, Crime]],
    histories: Mapping[Crime, Sequence[Record]],
) -> Crime | None:
    last = {crime: histories[crime][-1] for crime in among}
    gone = {c: is_withdrawn(c, last[c]) for c in among}
    candidates = [c for c in among if last[c].direction != "out" or not gone[c]]
    ends = [
        c
        for c in candidates
        if not any(
            leads(edges, c, other, everyone) and not leads(edges, other, c, everyone)
            for other in candidates
            if other != c
        )
    ]
    if not ends:
        return None
    have_it = [c for c in ends if last[c].direction != "out" and not gone[c]]
    chosen = max(have_it or ends, key=lambda c: (_said_since(c, histories[c]), key(c)))
    return None if gone[chosen] else chosen


def _said_since(crime: Crime, history: Sequence[Record]) -> tuple[int, int, str]:
    last = history[-1]
    first = last
    for record in reversed(history):
        if (record.direction, record.other_force) != (last.direction, last.other_force):
            break
        first = record
    return first.order(crime)


def key(crime: Crime) -> str:
    """As the warehouse makes it: it settles what deliveries do not."""
    return hashlib.md5(f"{crime.force}|{crime.ref}".encode(), usedforsecurity=False).hexdigest()
