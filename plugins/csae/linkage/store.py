"""People kept in PostgreSQL from night to night: what came and left is compared, and only what it touches is decided.

What a component of records comes to depends on nothing outside it. So whole components are taken out, decided with
the same code as all records would be, and put back; the result is the same, row for row.
"""

import io
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from psycopg import sql

from csae import linkage
from csae.linkage import judgements
from csae.linkage.clustering import Pair
from csae.linkage.comparisons import FETCHED_BY
from csae.linkage.judgements import Judgement
from csae.linkage.model import Model, newest_model
from csae.linkage.records import OPTIONAL, OPTIONAL_TOKENS, numbers
from csae.linkage.resolving import Resolved, resolve
from csae.linkage.scoring import Scorer, workspace
from csae.linkage.transfer import COLUMNS, Keys, load_records
from csae.warehouse import Connection

MOSTLY_NEW = 0.2
"""Where more than this share of the records is new, comparing all of them is the shorter way."""

_INDEXES = ("record_pnc_idx", "record_person_ref_idx", "record_born_idx", "record_sound_idx", "record_names_idx")
"""Of `record`: made anew after many rows came."""
_NUMBERS = numbers("hashtextextended({}, 0)")
_OWN_TABLES = tuple(f"pg_temp.{name}" for name in ("changed", "touched", "fresh", "candidate", "shared", "linked"))


class Linking:
    """One run over one warehouse."""

    def __init__(
        self,
        connection: Connection,
        work_dir: Path,
        generation_id: int,
        schema: str = "intermediate",
        linkage_schema: str = linkage.SCHEMA,
        model: Model | None = None,
    ) -> None:
        """Raises `csae.linkage.model.ModelError` where there is no whole model."""
        self._connection = connection
        self._work_dir = work_dir
        self._generation_id = generation_id
        self._schema = linkage_schema
        self._source = sql.Identifier(schema, "int_person_record")
        self._listed = sql.Identifier(schema, "int_changed_person_record")
        self._model = model or newest_model()

    def run(self, *, full: bool) -> None:
        with self._connection.transaction():
            self._run("set local client_min_messages = warning")
            linkage.prepare(self._connection, self._schema)
            self._run("lock table {s}.person in share row exclusive mode")
            judged = judgements.in_force(self._connection)
            came = self._find_changes(full=full)
            if full or self._needs_all(came):
                self._take_all()
            else:
                self._take_changes(judged)
            with workspace(self._work_dir) as duck:
                keys = load_records(
                    self._connection,
                    duck,
                    self._sql("select record.* from {s}.record inner join touched using (person_record_key)"),
                )
                resolved = resolve(duck, self._model, *_pairs(judged, keys))
            self._keep_edges(resolved, keys)
            self._keep_people(resolved, keys)
            self._keep_judgements(judged)
            self._run(f"drop table if exists {', '.join(_OWN_TABLES)}")

    def _find_changes(self, *, full: bool) -> int:
        """Table `changed`: keys that came, left, or were first seen on another day; how many came.

        What is known by now of a token that the record lacked makes the record come again. Unless it is `full`, only
        those records are compared that dbt has listed, and replaced.
        """
        of_listed = (
            sql.SQL("")
            if full or not self._has_list()
            else self._sql(" where person_record_key in (select person_record_key from {listed})", listed=self._listed)
        )
        self._run(
            "create temp table changed on commit drop as "
            "with compared as (select coalesce(now.person_record_key, before.person_record_key) as person_record_key, "
            "before.person_record_key is null as is_new, now.person_record_key is null as went, now.first_seen, "
            "now.first_seen is distinct from before.first_seen as moved, "
            "({told}) is distinct from ({known}) as retold "
            "from ({records}) as now full join (select * from {s}.record{of_listed}) as before "
            "on now.person_record_key = before.person_record_key) "
            "select person_record_key, is_new or (retold and not went) as came, went, first_seen "
            "from compared where moved or retold",
            told=sql.SQL(", ").join(sql.SQL(_NUMBERS[column]) for column in OPTIONAL),
            known=sql.SQL(", ").join(sql.Identifier("before", column) for column in OPTIONAL),
            records=self._with_optional(self._sql("select * from {source}{of_listed}", of_listed=of_listed)),
            of_listed=of_listed,
        )
        return self._count("select count(*) from changed where came")

    def _has_list(self) -> bool:
        return bool(self._count("select (to_regclass({name}) is not null)::integer", name=self._listed.as_string()))

    def _needs_all(self, came: int) -> bool:
        """Nothing was linked yet, or by another model, or little of it still stands. All are linked by one model."""
        of_this_model = self._count(
            "select count(*) from (select model_version from {s}.record limit 1) as one where model_version = {model}"
        )
        enough = math.ceil(came / MOSTLY_NEW)
        known = self._count("select count(*) from (select from {s}.record limit {enough}) as found", enough=enough)
        return not of_this_model or known < enough

    def _take_all(self) -> None:
        self._run("truncate {s}.record, {s}.edge")
        for index in _INDEXES:
            self._run("drop index {s}.{index}", index=sql.Identifier(index))
        self._insert_records(self._sql("select * from {source}"))
        linkage.prepare(self._connection, self._schema)
        self._run("analyze {s}.record")
        self._run("create temp table touched on commit drop as select person_record_key from {s}.record")

    def _take_changes(self, judged: list[Judgement]) -> None:
        """Bring `record` up to date; table `touched`: the records of every component that may come out otherwise."""
        self._run("create temp table touched (person_record_key text primary key) on commit drop")
        self._run(
            "delete from {s}.record using changed "
            "where record.person_record_key = changed.person_record_key and (changed.went or changed.came)"
        )
        self._run(
            "update {s}.record set first_seen = changed.first_seen from changed "
            "where record.person_record_key = changed.person_record_key and not changed.came and not changed.went"
        )
        self._insert_records(
            self._sql(
                "select now.* from {source} as now inner join changed using (person_record_key) where changed.came"
            )
        )
        self._touch("select person_record_key from changed")
        self._touch_keys(self._likely_people())
        self._touch(
            "select unnest(array[record_key_l, record_key_r]) from ops.person_judgement "
            "where (judgement_id in (select judgement_id from {s}.obeyed_judgement)) <> (judgement_id = any({ids}))",
            ids=[judgement.judgement_id for judgement in judged],
        )
        self._close(judged)
        self._run("delete from {s}.edge using touched where edge.record_key_l = touched.person_record_key")
        self._run(
            "delete from touched using changed "
            "where touched.person_record_key = changed.person_record_key and changed.went"
        )
        self._run(
            "delete from touched where not exists "
            "(select from {s}.record where record.person_record_key = touched.person_record_key)"
        )
        self._run("analyze touched")

    def _likely_people(self) -> list[str]:
        """The known records that a new one may be one person with."""
        rules = [" and ".join(f"old.{known} = new.{fresh}" for known, fresh in columns) for columns in FETCHED_BY]
        self._run(
            "create temp table fresh on commit drop as select record.* from {s}.record "
            "inner join changed using (person_record_key) where changed.came"
        )
        self._run("analyze fresh")
        known_and_fresh = "select old.person_record_key from {s}.record as old inner join fresh as new on {rule}"
        self._run(
            "create temp table candidate on commit drop as select found.person_record_key from ({found}) as found "
            "where not exists (select from fresh where fresh.person_record_key = found.person_record_key)",
            found=sql.SQL(" union ").join(self._sql(known_and_fresh, rule=sql.SQL(rule)) for rule in rules),
        )
        self._run("analyze candidate")
        with workspace(self._work_dir) as duck:
            old_keys = load_records(
                self._connection,
                duck,
                self._sql("select record.* from {s}.record inner join candidate using (person_record_key)"),
                "old",
            )
            new_keys = load_records(self._connection, duck, self._sql("select * from fresh"), "new")
            if not len(old_keys) or not len(new_keys):
                return []
            duck.execute("update new set record_id = record_id + ?", [len(old_keys)])
            # Ids of the old are below those of the new, so the smaller of a pair is the old.
            old, _, _ = Scorer(duck, self._model, "old").between("new", "old", self._model.thresholds.join)
        return _text(old_keys[np.unique(old)])

    def _close(self, judged: list[Judgement]) -> None:
        """Touch all that hangs together with what is touched, by pairs or by judgements."""
        while True:
            found = self._touch(
                "select edge.record_key_r from {s}.edge inner join touched "
                "on edge.record_key_l = touched.person_record_key union "
                "select edge.record_key_l from {s}.edge inner join touched "
                "on edge.record_key_r = touched.person_record_key"
            )
            found += self._touch(
                "select unnest(array[record_key_l, record_key_r]) from ops.person_judgement inner join touched "
                "on touched.person_record_key in (record_key_l, record_key_r) "
                "where judgement_id = any({ids}) and verdict = 'same'",
                ids=[judgement.judgement_id for judgement in judged],
            )
            if not found:
                return

    def _touch(self, keys: str, **values: object) -> int:
        return self._run(
            "insert into touched select distinct found.key from ({keys}) as found (key) on conflict do nothing",
            keys=self._sql(keys, **values),
        )

    def _touch_keys(self, keys: Iterable[str]) -> None:
        self._touch("select unnest({chosen}::text[])", chosen=list(keys))

    def _insert_records(self, chosen: sql.Composable) -> None:
        self._run(
            "insert into {s}.record (person_record_key, first_seen, model_version, {names}) "
            "select person_record_key, first_seen, {model}, {made} from ({chosen}) as chosen",
            names=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
            made=sql.SQL(", ").join(sql.SQL(_NUMBERS[column]) for column in COLUMNS),
            chosen=self._with_optional(chosen),
        )

    def _with_optional(self, chosen: sql.Composable) -> sql.Composed:
        """The records of a query, with nothing for the optional tokens that this warehouse does not have."""
        there = self._connection.execute(self._sql("select * from {source} limit 0")).description or ()
        lacking = [name for name in OPTIONAL_TOKENS if name not in {column.name for column in there}]
        return self._sql(
            "select chosen.*{nothing} from ({chosen}) as chosen",
            nothing=sql.SQL("").join(sql.SQL(", null::text as {}").format(sql.Identifier(name)) for name in lacking),
            chosen=chosen,
        )

    def _keep_edges(self, resolved: Resolved, keys: Keys) -> None:
        pairs = resolved.pairs
        rows = pl.DataFrame(
            {
                "record_key_l": _text(keys[pairs.one]),
                "record_key_r": _text(keys[pairs.other]),
                "match_weight": pairs.weight,
                "contradiction": pairs.reason,
            },
            schema_overrides={"record_key_l": pl.String, "record_key_r": pl.String, "contradiction": pl.String},
        ).with_columns(pl.col("contradiction").replace("", None), model_version=pl.lit(self._model.version))
        self._copy("{s}.edge (record_key_l, record_key_r, match_weight, contradiction, model_version)", rows)

    def _keep_people(self, resolved: Resolved, keys: Keys) -> None:
        """A person is known by the record that was seen first, of those the one with the smallest key."""
        size = np.bincount(resolved.person, minlength=len(keys)) if len(keys) else np.zeros(0, dtype=np.int64)
        shared = np.flatnonzero(size[resolved.person] > 1)
        self._run("create temp table shared (person_record_key text, person bigint) on commit drop")
        self._copy(
            "shared (person_record_key, person)",
            pl.DataFrame(
                {"person_record_key": _text(keys[shared]), "person": resolved.person[shared]},
                schema_overrides={"person_record_key": pl.String},
            ),
        )
        self._run(
            "create temp table linked on commit drop as "
            "with known as (select distinct on (shared.person) shared.person, record.person_record_key as person_key "
            "from shared inner join {s}.record using (person_record_key) "
            'order by shared.person, record.first_seen collate "C", record.person_record_key collate "C") '
            "select touched.person_record_key, coalesce(known.person_key, touched.person_record_key) as person_key "
            "from touched left join shared using (person_record_key) left join known using (person)"
        )
        self._run("analyze linked")
        self._keep_changes()
        self._run(
            "delete from {s}.person using changed "
            "where person.person_record_key = changed.person_record_key and changed.went"
        )
        self._run(
            "insert into {s}.person (person_record_key, person_key, since_generation_id) "
            "select linked.person_record_key, linked.person_key, {generation_id} from linked "
            "left join {s}.person using (person_record_key) where person.person_key is distinct from linked.person_key "
            "on conflict (person_record_key) do update "
            "set person_key = excluded.person_key, since_generation_id = excluded.since_generation_id"
        )

    def _keep_changes(self) -> None:
        """What became of each person who stood before, of the records that stood before and still do."""
        self._run("delete from {s}.person_change where generation_id = {generation_id}")
        self._run(
            "insert into {s}.person_change "
            "with moved as (select person.person_key as old_person_key, linked.person_key as new_person_key, "
            "count(*) as records from {s}.person inner join linked using (person_record_key) group by 1, 2), "
            "counted as (select *, count(*) over (partition by new_person_key) as merged_of, "
            "count(*) over (partition by old_person_key) as split_into from moved) "
            "select {generation_id}, kind.change, counted.old_person_key, counted.new_person_key, counted.records "
            "from counted cross join lateral (values ('merged', merged_of > 1), ('split', split_into > 1), "
            "('renamed', merged_of = 1 and split_into = 1)) as kind (change, applies) "
            "where kind.applies and counted.old_person_key <> counted.new_person_key"
        )

    def _keep_judgements(self, judged: list[Judgement]) -> None:
        self._run("delete from {s}.obeyed_judgement")
        self._run(
            "insert into {s}.obeyed_judgement select unnest({ids}::bigint[])",
            ids=[judgement.judgement_id for judgement in judged],
        )

    def _copy(self, target: str, rows: pl.DataFrame) -> None:
        text = io.BytesIO()
        rows.write_csv(text, include_header=False)
        statement = self._sql(f"copy {target} from stdin (format csv)")
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(text.getbuffer())

    def _sql(self, statement: str, **values: object) -> sql.Composed:
        """A statement with `{s}` for the schema of linkage, `{source}` for the records, and values as literals."""
        return sql.SQL(statement).format(
            s=sql.Identifier(self._schema),
            source=self._source,
            model=sql.Literal(self._model.version),
            generation_id=sql.Literal(self._generation_id),
            **{
                name: value if isinstance(value, sql.Composable) else sql.Literal(value)
                for name, value in values.items()
            },
        )

    def _run(self, statement: str, **values: object) -> int:
        return self._connection.execute(self._sql(statement, **values)).rowcount

    def _count(self, statement: str, **values: object) -> int:
        row = self._connection.execute(self._sql(statement, **values)).fetchone()
        return int(row[0]) if row else 0


def _pairs(judged: list[Judgement], keys: Keys) -> tuple[set[Pair], set[Pair]]:
    """The judged pairs, same and different, as ids of records that are here; others have nothing to decide."""
    found: dict[str, set[Pair]] = {"same": set(), "different": set()}
    for judgement in judged:
        places = [int(np.searchsorted(keys, key.encode())) for key in judgement.pair]
        here = [
            place < len(keys) and _text(keys[[place]]) == [key]
            for place, key in zip(places, judgement.pair, strict=True)
        ]
        if all(here):
            found[judgement.verdict].add((places[0], places[1]))
    return found["same"], found["different"]


def _text(keys: Keys) -> list[str]:
    return [key.decode() for key in keys.tolist()]
