"""What people judged of two records: the same person, or not. Kept beside the model, reversible, obeyed by each run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from csae.linkage.clustering import Evidence, cluster
from csae.warehouse import Connection

Verdict = Literal["same", "different"]
KeyPair = tuple[str, str]


class JudgementError(Exception):
    """A judgement that cannot stand. The message says why and what to do."""


@dataclass(frozen=True)
class Judgement:
    judgement_id: int
    verdict: Verdict
    record_key_l: str
    record_key_r: str
    made_by: str
    made_at: str
    reason: str
    withdrawn_by: str | None
    withdrawn_at: str | None
    withdrawn_reason: str | None

    @property
    def pair(self) -> KeyPair:
        return self.record_key_l, self.record_key_r


_COLUMNS = (
    "judgement_id, verdict, record_key_l, record_key_r, made_by, to_char(made_at, 'YYYY-MM-DD HH24:MI'), reason, "
    "withdrawn_by, to_char(withdrawn_at, 'YYYY-MM-DD HH24:MI'), withdrawn_reason"
)


def in_force(connection: Connection) -> list[Judgement]:
    """Those made and not withdrawn, in the order they were made."""
    return [judgement for judgement in every(connection) if judgement.withdrawn_at is None]


def of_records(connection: Connection, record_keys: Collection[str]) -> list[Judgement]:
    """Those on any of the records; withdrawn ones too."""
    return [judgement for judgement in every(connection) if not set(judgement.pair).isdisjoint(record_keys)]


def every(connection: Connection) -> list[Judgement]:
    rows = connection.execute(f"select {_COLUMNS} from ops.person_judgement order by judgement_id").fetchall()  # noqa: S608 - our own columns
    return [Judgement(*row) for row in rows]


def judge(connection: Connection, verdict: Verdict, one: str, other: str, *, by: str, why: str) -> int:
    """Keep a judgement of two record keys; its number.

    Raises `JudgementError` where the two are one record, where the same is judged already, or where it would
    contradict judgements in force: what is the same as the same person is the same, and cannot be judged different.
    """
    if one == other:
        raise JudgementError("Both keys are of one record; a judgement is of two records of people.")
    pair = (min(one, other), max(one, other))
    standing = in_force(connection)
    again = next((judgement for judgement in standing if judgement.pair == pair), None)
    if again and again.verdict == verdict:
        raise JudgementError(f"Judgement {again.judgement_id} says that already; nothing to do.")
    against = contradicting(standing, verdict, pair)
    if against:
        numbers = ", ".join(str(judgement_id) for judgement_id in against)
        raise JudgementError(
            f"This contradicts {'judgement' if len(against) == 1 else 'judgements'} {numbers}; "
            "look at csae person judgements, and withdraw what is wrong with csae person withdraw."
        )
    row = connection.execute(
        "insert into ops.person_judgement (verdict, record_key_l, record_key_r, made_by, reason) "
        "values (%s, %s, %s, %s, %s) returning judgement_id",
        [verdict, *pair, by, why],
    ).fetchone()
    assert row is not None  # noqa: S101 - an insert returns its row
    return int(row[0])


def contradicting(standing: Sequence[Judgement], verdict: Verdict, pair: KeyPair) -> list[int]:
    """The judgements in force that a new one cannot stand beside."""
    same = [judgement.pair for judgement in standing if judgement.verdict == "same"]
    different = [judgement.pair for judgement in standing if judgement.verdict == "different"]
    (same if verdict == "same" else different).append(pair)
    names = sorted({key for ends in (*same, *different) for key in ends})
    number = {name: place for place, name in enumerate(names)}
    person = cluster(
        Evidence(range(len(names)), weights={}, same={(number[one], number[other]) for one, other in same})
    )
    broken = [ends for ends in different if person[number[ends[0]]] == person[number[ends[1]]]]
    if not broken:
        return []
    people = {person[number[ends[0]]] for ends in broken}
    return [
        judgement.judgement_id
        for judgement in standing
        if judgement.pair in broken or (judgement.verdict == "same" and person[number[judgement.pair[0]]] in people)
    ]


def withdraw(connection: Connection, judgement_id: int, *, by: str, why: str) -> None:
    """Raises `JudgementError` where there is none of that number in force."""
    done = connection.execute(
        "update ops.person_judgement set withdrawn_by = %s, withdrawn_at = clock_timestamp(), withdrawn_reason = %s "
        "where judgement_id = %s and withdrawn_at is null",
        [by, why, judgement_id],
    )
    if not done.rowcount:
        raise JudgementError(f"No judgement {judgement_id} is in force; csae person judgements shows those there are.")
