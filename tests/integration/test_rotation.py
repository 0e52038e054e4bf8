"""Another pseudonym key for all that was loaded, or nothing is changed: refused, broken off, and done.

Real PostgreSQL, real S3 and the real gate. The country of `traced` has two forces with a transfer, a corrected
delivery, a snapshot, a rejected delivery, one that came twice, rows without a reference and people who are told twice.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from csae import loading, night, warehouse
from csae.failures import StepError
from csae.keys import in_use, rotating
from csae.keys.carrying import CarryingError
from csae.keys.comparing import DifferenceError
from csae.keys.files import PseudonymKeyError
from csae.keys.in_use import OtherKeyError
from csae.keys.rereading import RereadingError
from csae.keys.rotating import RotationError
from csae.linkage import judgements
from csae.local_stack import Stack
from csae.pseudonyms import read_keys
from csae.settings import PROJECT_DIR
from csae.sources import load_sources
from csae.warehouse import BusyError
from integration import stacks
from integration.nights import Warehouse, new_key
from integration.rotated import everything, key_id, new_country, old_key, plain, raw, rotate, tokens, under
from integration.traced import CRIME_HEADER, DELIVERIES, PEOPLE_HEADER, REVIEW_HEADER, REVIEWS


@pytest.fixture(scope="module")
def country(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return new_country(shared, tmp_path_factory.mktemp("rotated"))


def wait_for_locks(stack: Stack) -> None:
    deadline = time.monotonic() + 30
    while stacks.query(stack, "select count(*) from pg_locks where locktype = 'advisory'") != (0,):
        assert time.monotonic() < deadline, "the server still has the locks of the killed session"
        time.sleep(0.05)


def with_sources(country: Warehouse, folder: Path, old: str, new: str, *, of: str = "") -> Warehouse:
    """With the YAML of all sources or one changed, below a folder of the test's own."""
    forces = folder / "forces"
    forces.mkdir()
    for path in country.settings.sources_dir.glob("*.yml"):
        text = path.read_text()
        (forces / path.name).write_text(text.replace(old, new) if path.name.startswith(of) else text)
    return replace(country, sources=load_sources(forces))


# What is refused, and that nothing is changed


def test_the_country_has_loads_of_every_fate(country: Warehouse) -> None:
    assert country.rows("select state, count(*) from ops.load group by 1 order by 1") == [
        ("accepted", 8),
        ("duplicate", 1),
        ("rejected", 1),
    ]
    assert {kind: len(rows) for kind, rows in raw(country).items()} == {
        "crime": 24,
        "involvement": 10,
        "case_review": 3,
    }


def test_a_key_that_the_warehouse_has_is_no_new_one(country: Warehouse) -> None:
    before = everything(country)
    with pytest.raises(RotationError, match=rf"under this key already \(id {key_id(old_key(country))}\), since the"):
        rotate(country, old_key(country))
    assert everything(country) == before


def test_a_key_that_is_no_secret_is_no_new_one(country: Warehouse, tmp_path: Path) -> None:
    before = everything(country)
    word = tmp_path / "word.key"
    word.touch(mode=0o600)
    word.write_bytes(b"password" * 8)
    with pytest.raises(PseudonymKeyError, match="a text that anybody could think of"):
        rotate(country, word)
    assert everything(country) == before


def test_the_key_of_a_local_stack_is_for_its_own_warehouse(country: Warehouse, shared: Stack) -> None:
    demo = under(country, shared.home / "secrets" / "pseudonym.key").settings
    in_use.refuse_of_a_demo(demo)
    url = SecretStr("postgresql://csae:another@database.example/warehouse")
    elsewhere = demo.model_copy(update={"warehouse_url": url})
    with pytest.raises(PseudonymKeyError, match="is that of a local stack, and the warehouse is another"):
        in_use.refuse_of_a_demo(elsewhere)


def test_a_night_under_another_key_is_refused_before_it_begins(country: Warehouse, tmp_path: Path) -> None:
    before, nights = everything(country), country.rows("select count(*) from ops.night")
    other = under(country, new_key(tmp_path, "other.key"))
    said = f"has the id {key_id(tmp_path / 'other.key')}, and the people in the warehouse are known by"
    with pytest.raises(OtherKeyError, match=rf"{said} {key_id(old_key(country))} \(9 loads\)"):
        other.load()
    assert country.rows("select count(*) from ops.night") == nights
    assert everything(country) == before


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0, "cannot be read"),
        (bytes(range(100, 131)), 0o600, "holds 31 bytes"),
        (hashlib.sha256(b"synthetic people have no secret").digest(), 0o600, "holds a key that this project publishes"),
        (hashlib.sha256(b"pseudonym.key").digest(), 0o644, "is open to every user of this machine"),
    ],
    ids=["missing", "short", "published", "open"],
)
def test_no_night_begins_with_a_key_that_is_none(
    country: Warehouse, tmp_path: Path, content: bytes | None, mode: int, said: str
) -> None:
    nights, path = country.rows("select count(*) from ops.night"), tmp_path / "no.key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(PseudonymKeyError, match=said):
        under(country, path).load()
    assert country.rows("select count(*) from ops.night") == nights


def test_a_source_is_not_loaded_under_another_key_in_a_night_that_began(country: Warehouse, tmp_path: Path) -> None:
    country.put("91", "2026-09-14", REVIEW_HEADER + REVIEWS["2026-08-31"].replace("ZQREF-K", "ZQREF-L"))
    before = everything(country)
    other = under(country, new_key(tmp_path, "other.key"))
    try:
        with warehouse.connect(country.url, autocommit=True) as connection:
            night_id = night.open_night(connection, country.s3, country.settings, country.sources, None)
            with pytest.raises(StepError, match="and the people in the warehouse are known by"):
                night.load_source(connection, country.s3, other.settings, country.sources["91"], night_id)
        assert everything(country) == before
    finally:
        country.s3.delete_object(Bucket=country.settings.landing_bucket, Key="91/2026-09-14/records.csv")


def test_no_rotation_while_a_night_is_at_work_and_no_night_while_the_key_is_changed(
    country: Warehouse, tmp_path: Path
) -> None:
    before, new = everything(country), new_key(tmp_path, "new.key")
    with warehouse.connect(country.url, autocommit=True) as other:
        with warehouse.turn(other), pytest.raises(BusyError, match="run again when it is done"):
            rotate(country, new)
        loading = in_use.loading_under(other, read_keys(old_key(country)))
        with loading, pytest.raises(BusyError, match="Another night is loading at this moment"):
            rotate(country, new)
        changing = in_use.changing(other)
        with changing, pytest.raises(BusyError, match="The pseudonym key is being changed at this moment"):
            country.load()
    assert everything(country) == before


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        (
            "update raw.crime set home_office_code = '1' where load_id = {load} and row_number = 2",
            r"{load} \(13, 2026-09-01\), crimes \(crime\): read again, column home_office_code would be another",
        ),
        (
            "delete from raw.involvement where load_id = {load} and row_number = 3",
            r"{load} \(13, 2026-09-01\), people \(involvement\): read again, its rows would be another",
        ),
        (
            "update raw.involvement set pnc_token = repeat('0', 32) where load_id = {load} and row_number = 2",
            r"\d+, people: read again, pnc_token would be alike in other rows",
        ),
        (
            "update raw.involvement set surname_token = null where load_id = {load} and row_number = 2",
            r"\d+, people: read again, \w+ would be alike in other rows",
        ),
        (
            "update raw.involvement set name_part_tokens = split_part(name_part_tokens, ' ', 1) "
            "where load_id = {load} and row_number = 2",
            r"\d+, people: read again, \w+ would be alike in other rows",
        ),
    ],
    ids=["a value", "a row that is gone", "a token", "a token that is gone", "a part of a name"],
)
def test_a_difference_stops_it_and_is_told_by_load_file_and_column(
    country: Warehouse, tmp_path: Path, tampered: str, said: str
) -> None:
    kind = tampered.split("raw.")[1].split(maxsplit=1)[0]
    ((load,),) = country.rows("select load_id from ops.load where source = '13' and delivery_on = '2026-09-01'")
    with warehouse.connect(country.url, autocommit=True) as connection:
        connection.execute(f"create table public.kept as select * from raw.{kind}".encode())
        try:
            assert connection.execute(tampered.format(load=load).encode()).rowcount == 1
            before = everything(country)
            with pytest.raises(DifferenceError, match=f"load {said.replace('{load}', str(load))}") as caught:
                rotate(country, new_key(tmp_path, "new.key"))
            assert "Zqx" not in str(caught.value)
            assert everything(country) == before
        finally:
            connection.execute(f"truncate raw.{kind}".encode())
            connection.execute(f"insert into raw.{kind} select * from public.kept".encode())
            connection.execute("drop table public.kept")


def test_bytes_that_are_in_neither_bucket_stop_it_and_their_load_is_named(country: Warehouse, tmp_path: Path) -> None:
    before = everything(country)
    settings = country.settings.model_copy(update={"archive_bucket": None})
    key = "13/2026-09-02/crimes.csv"
    body = country.s3.get_object(Bucket=settings.landing_bucket, Key=key)["Body"].read()
    ((load,),) = country.rows("select load_id from ops.extract where object_key = %s", [key])
    try:
        for other in (body + b"\n", bytes(len(body))):  # of another length, and of the same length
            country.s3.put_object(Bucket=settings.landing_bucket, Key=key, Body=other)
            said = rf"The very bytes of load {load} \(13, 2026-09-02\) are neither in the archive nor in landing"
            with pytest.raises(RereadingError, match=said):
                rotate(replace(country, settings=settings), new_key(tmp_path, "new.key"))
        assert everything(country) == before
        assert list(settings.spool_dir.iterdir()) == []
    finally:
        country.s3.put_object(Bucket=settings.landing_bucket, Key=key, Body=body)


def test_a_judgement_whose_records_are_in_no_build_stops_it(country: Warehouse, tmp_path: Path) -> None:
    with warehouse.connect(country.url, autocommit=True) as connection:
        number = judgements.judge(connection, "same", "0" * 32, "1" * 32, by="a", why="b")
        before = everything(country)
        with pytest.raises(CarryingError, match=f"The records of judgement {number} are not in the tables"):
            rotate(country, new_key(tmp_path, "new.key"))
        assert everything(country) == before
        judgements.withdraw(connection, number, by="a", why="b")


# Broken off


@pytest.mark.parametrize(
    ("step", "nth", "when"),
    [
        ("csae.landing:spool", 5, "after"),
        ("csae.loading:copy_table", 4, "after"),
        ("csae.keys.comparing:compare_rows", 9, "after"),
        ("csae.keys.comparing:_compare_purpose", 3, "before"),
        ("csae.keys.rotating:_exchange_rows", 1, "before"),
        ("csae.keys.rotating:_exchange_rows", 1, "after"),
        ("csae.keys.rotating:_forget_what_was_built", 1, "after"),
    ],
)
def test_killed_anywhere_before_its_commit_it_has_changed_nothing(
    country: Warehouse, shared: Stack, tmp_path: Path, step: str, nth: int, when: str
) -> None:
    before = everything(country)
    given = country.settings
    order = {
        "step": step,
        "nth": nth,
        "when": when,
        "new_key": str(new_key(tmp_path, "new.key")),
        "settings": {
            "home": str(given.home),
            "forces_dir": str(given.forces_dir),
            "warehouse_url": country.url.get_secret_value(),
            "s3_endpoint_url": given.s3_endpoint_url,
            "landing_bucket": given.landing_bucket,
        },
    }
    killed = subprocess.run(
        [sys.executable, "-m", "integration.killed_rotation", json.dumps(order)],
        env={**os.environ, **shared.environment(), "PYTHONPATH": str(PROJECT_DIR / "tests")},
        check=False,
        timeout=120,
        capture_output=True,
    )
    assert killed.returncode == -9, killed.stderr.decode()[-500:]
    wait_for_locks(shared)
    assert everything(country) == before
    left = "select count(*) from pg_class where relname = 'crime' and relnamespace <> 'raw'::regnamespace"
    assert country.rows(left) == [(0,)], "nothing of it is left behind"


# What a rotation comes to


def test_twice_and_back_gives_the_first_rows_byte_for_byte(country: Warehouse, tmp_path: Path) -> None:
    first, first_plain, first_tokens, key = raw(country), plain(country), tokens(country), old_key(country)
    earlier = [first_tokens]
    for name in ("second.key", "third.key"):
        made = rotate(country, new_key(tmp_path, name))
        assert (made.loads, made.records) == (9, sum(map(len, first.values())))
        assert plain(country) == first_plain
        assert len(tokens(country)) == len(first_tokens) > 50
        assert not any(tokens(country) & other for other in earlier), "a token of an earlier key is left"
        assert country.rows("select distinct pseudonym_key_id from ops.load where state <> 'duplicate'") == [
            (key_id(tmp_path / name),)
        ]
        with pytest.raises(OtherKeyError):
            country.load()
        under(country, tmp_path / name).load()
        earlier.append(tokens(country))
    rotate(country, key)
    assert raw(country) == first
    country.load()
    assert country.rows("select old_key_ids, new_key_id, loads, records from ops.key_rotation order by 1, 2") == sorted(
        ([key_id(old)], key_id(new), 9, 37)
        for old, new in (
            (key, tmp_path / "second.key"),
            (tmp_path / "second.key", tmp_path / "third.key"),
            (tmp_path / "third.key", key),
        )
    )


def test_a_yaml_that_reads_otherwise_than_on_its_day_stops_it(country: Warehouse, tmp_path: Path) -> None:
    """No generation has kept the one of its day yet, so that of today is tried."""
    mended = with_sources(country, tmp_path, "{S: suspect, V: victim}", "{S: victim, V: suspect}")
    before = everything(country)
    with pytest.raises(DifferenceError, match=r"people \(involvement\): read again, column role would be another"):
        rotate(mended, new_key(tmp_path, "new.key"))
    assert everything(country) == before


def test_a_key_that_is_changed_is_so_though_the_connection_breaks_right_after(
    country: Warehouse, shared: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, analyze = new_key(tmp_path, "broken_after.key"), rotating._analyze

    def cut(connection: warehouse.Connection) -> None:
        assert country.rows("select pg_terminate_backend(%s)", [connection.info.backend_pid]) == [(True,)]
        analyze(connection)

    with monkeypatch.context() as patched:
        patched.setattr(rotating, "_analyze", cut)
        assert rotate(country, new).new_key_id == key_id(new)
    with warehouse.connect(country.url, autocommit=True) as connection:
        assert in_use.loads_by_key(connection) == {key_id(new): 9}
    wait_for_locks(shared)
    rotate(country, old_key(country))


@pytest.mark.parametrize("is_by_an_earlier_version", [False, True])
def test_a_load_that_was_refused_when_it_was_read_again_has_no_rows_and_stops_no_rotation(
    country: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_by_an_earlier_version: bool
) -> None:
    """The gate rejects it, the YAML is changed, and with that it cannot be read. Earlier versions left its rows."""
    before, day = raw(country), f"2026-09-0{1 + is_by_an_earlier_version}"
    kept = "select pseudonym_key_id is not null, crimes_read, crimes_quarantined, reason_code from ops.load "
    kept += f"where source = '16' and delivery_on = '{day}'"
    profiled = "select count(*) from ops.load_column inner join ops.load using (load_id) where source = '16'"
    country.put("16", day, CRIME_HEADER + "".join(f"ZQREF-{day}-{n};;020/05;L;;;\n" for n in range(10)), "crimes.csv")
    country.put("16", day, PEOPLE_HEADER, "people.csv")
    try:
        country.load()
        assert country.rows(kept) == [(True, 10, 10, "too_many_quarantined")]
        mended = with_sources(country, tmp_path, "from: Recorded", "from: Entered", of="16")
        with monkeypatch.context() as patched:
            if is_by_an_earlier_version:
                patched.setattr(loading, "forget_attempts", lambda *_: None)
            mended.load()
        assert (raw(country) == before) is not is_by_an_earlier_version
        assert rotate(mended, new_key(tmp_path, "after_a_refusal.key")).loads == 9
        assert country.rows(kept) == [(False, None, None, "column_missing")]
        assert country.rows(profiled) == [(0,)]
        rotate(mended, old_key(country))
        assert raw(country) == before
    finally:
        for name in ("crimes.csv", "people.csv"):
            country.s3.delete_object(Bucket=country.settings.landing_bucket, Key=f"16/{day}/{name}")


def test_tokens_of_two_keys_become_those_of_one(
    country: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a version that compared no keys may have left them: the same person, known by two tokens."""
    (_, _, crimes, people), *_ = DELIVERIES
    country.put("13", "2026-09-10", CRIME_HEADER + crimes, "crimes.csv")
    country.put("13", "2026-09-10", PEOPLE_HEADER + people.replace("W1", "W2"), "people.csv")
    same = "select count(distinct pnc_token) from raw.involvement where load_id in "
    same += "(select load_id from ops.load where source = '13' and delivery_on in ('2026-09-01', '2026-09-10'))"
    other = under(country, new_key(tmp_path, "other.key"))
    with monkeypatch.context() as patched:
        patched.setattr(in_use, "check", lambda *_: None)
        other.load()
    assert country.rows(same) == [(2,)]
    for one in (country, other):
        with pytest.raises(OtherKeyError, match=r"\(9 loads\)"):
            one.load()
    made = rotate(country, new_key(tmp_path, "new.key"))
    assert (made.loads, set(made.old_key_ids)) == (10, {key_id(old_key(country)), key_id(tmp_path / "other.key")})
    assert country.rows(same) == [(1,)]
