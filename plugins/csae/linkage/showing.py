"""What is known of a person: the records, what speaks for their being one, and what was not joined. No values."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

from csae.linkage import SCHEMA, judgements
from csae.linkage.judgements import Judgement
from csae.linkage.model import Model
from csae.linkage.scoring import Scorer, workspace
from csae.linkage.transfer import load_records
from csae.warehouse import Connection


class UnknownPersonError(Exception):
    """No person and no person record has the key. The message says what to try."""


@dataclass(frozen=True)
class RecordShown:
    person_record_key: str
    first_seen: str
    since_generation_id: int
    involvements: list[dict[str, Any]]
    """`crime_key`, `force_code` and `role`, each once."""


@dataclass(frozen=True)
class PairShown:
    record_key_l: str
    record_key_r: str
    match_weight: float
    contradiction: str | None
    levels: dict[str, str]
    """What each comparison came to, by its name; those that one record says nothing on are left out."""


@dataclass(frozen=True)
class PersonShown:
    person_key: str
    records: list[RecordShown]
    pairs: list[PairShown]
    """Those within the person, and those with records that hang together with it and are another's."""
    judgements: list[Judgement]
    """In force, on any of the records."""
    model_version: str


def person(connection: Connection, key: str, work_dir: Path, model: Model, schema: str = SCHEMA) -> PersonShown:
    """The person that a person key or record key is of. Raises `UnknownPersonError`."""
    found = connection.execute(
        _sql("select person_key from {s}.person where person_record_key = {key}", schema, key=key)
    ).fetchone()
    if found is None:
        raise UnknownPersonError(
            "No person or record of a person has this key; keys are in curated.fct_ethnicity, and csae why shows them."
        )
    (person_key,) = found
    rows = connection.execute(
        _sql(
            "select person.person_record_key, record.first_seen, person.since_generation_id from {s}.person "
            "inner join {s}.record using (person_record_key) where person.person_key = {key} "
            'order by record.first_seen collate "C", person.person_record_key collate "C"',
            schema,
            key=person_key,
        )
    ).fetchall()
    keys = [row[0] for row in rows]
    involvements = _involvements(connection, keys)
    edges = connection.execute(
        _sql(
            "select record_key_l, record_key_r, match_weight, contradiction from {s}.edge "
            "where record_key_l = any({keys}) or record_key_r = any({keys}) order by 1, 2",
            schema,
            keys=keys,
        )
    ).fetchall()
    levels = _levels(connection, {key for edge in edges for key in edge[:2]}, work_dir, model, schema)
    return PersonShown(
        person_key=person_key,
        records=[RecordShown(key, seen, since, involvements.get(key, [])) for key, seen, since in rows],
        pairs=[PairShown(one, other, weight, why, levels.get((one, other), {})) for one, other, weight, why in edges],
        judgements=[judged for judged in judgements.in_force(connection) if set(judged.pair) & set(keys)],
        model_version=model.version,
    )


def _involvements(connection: Connection, keys: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The crimes that each record stands on; none while a warehouse was not built since linking came."""
    row = connection.execute("select to_regclass('intermediate.int_involvement_version') is not null").fetchone()
    if not row or not row[0]:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    for key, crime_key, force_code, role in connection.execute(
        "select distinct person_record_key, crime_key, force_code, role from intermediate.int_involvement_version "
        "where person_record_key = any(%s) and crime_key is not null order by 1, 3, 2, 4",
        [keys],
    ):
        found.setdefault(key, []).append({"crime_key": crime_key, "force_code": force_code, "role": role})
    return found


def _levels(
    connection: Connection, keys: Iterable[str], work_dir: Path, model: Model, schema: str
) -> dict[tuple[str, str], dict[str, str]]:
    with workspace(work_dir) as duck:
        chosen = _sql("select * from {s}.record where person_record_key = any({keys})", schema, keys=list(keys))
        found = load_records(connection, duck, chosen).astype("U32").tolist()
        if len(found) < 2:
            return {}
        explained = Scorer(duck, model, explain=True).levels()
    return {(found[one], found[other]): levels for (one, other), levels in explained.items()}


def _sql(statement: str, schema: str, **values: object) -> sql.Composed:
    return sql.SQL(statement).format(
        s=sql.Identifier(schema), **{name: sql.Literal(value) for name, value in values.items()}
    )
