"""Rights are what the matrix says: every way in which they drift is found, put right, and told."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from csae import generations, night, warehouse
from csae.local_stack import Stack
from csae.roles import comparing, granting, matrix, reading
from csae.settings import Settings
from integration.built import Built, new_built
from integration.rights import fill, login, superuser, url_of


@pytest.fixture(scope="module")
def built(shared: Stack) -> Iterator[Built]:
    """A generation of every table, with two rows of each of two forces in each table by force."""
    with new_built(shared) as made:
        fill(made, {"06": 2, "13": 2})
        made.switch()
        granting.converge(made.connection)
        yield made


@pytest.fixture(autouse=True)
def as_the_matrix_says(built: Built) -> Iterator[None]:
    yield
    assert granting.converge(built.connection) == []


def sentences(built: Built) -> list[str]:
    return [item.sentence for item in comparing.differences(built.connection)]


def test_a_warehouse_that_was_just_made_is_as_the_matrix_says(built: Built) -> None:
    assert sentences(built) == []
    assert sorted(matrix.roles()) == sorted(name for name in reading.people(built.connection) if name in matrix.roles())


READS = {
    "curated.fct_ethnicity": {"csae_analyst", "csae_publisher"},
    "curated.dq_completeness": {"csae_analyst", "csae_publisher", "csae_operator"},
    "curated_force.fct_ethnicity": {"csae_force_analyst"},
    "generation.fct_ethnicity": set(),
    "marts.fct_ethnicity": {"csae_transform"},
    "quality.dq_completeness": {"csae_transform", "csae_operator"},
    "raw.involvement": {"csae_transform"},
    "ops.load": {"csae_load", "csae_transform", "csae_operator"},
    "ops.person_judgement": {"csae_operator"},
    "ops.involvement_at_gate": set(),
    "ops.access": {"csae_operator"},
    "linkage.person": {"csae_transform", "csae_operator"},
    "linkage.record": set(),
    "reference.source": {"csae_transform", "csae_operator"},
}


@pytest.mark.parametrize("table", READS)
def test_who_may_read_a_table(built: Built, table: str) -> None:
    """Asked of the server itself, by doing it."""
    may: set[str] = set()
    for role in matrix.roles():
        with (
            suppress(psycopg.errors.InsufficientPrivilege),
            built.connection.transaction(),
        ):
            built.connection.execute(f"set local role {role}".encode())
            built.connection.execute(f"select * from {table} limit 1".encode())
            may.add(role)
    assert may == READS[table]


def test_the_loading_role_writes_raw_rows_and_reads_none(built: Built) -> None:
    connection = built.connection
    with granting.acting_as(connection, "csae_load"):
        connection.execute("insert into raw.crime (load_id, crime_ref_token) values (7, 'token')")
        assert connection.execute("delete from raw.crime where load_id = 7").rowcount == 1
        for refused in (
            "select crime_ref_token from raw.crime",
            "select * from curated.dim_force",
            "delete from ops.load",
            "update ops.generation set state = 'failed'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused.encode())
    assert built.one("select current_user") == "csae"


def test_an_operator_judges_and_changes_no_judgement(built: Built) -> None:
    judge = (
        "insert into ops.person_judgement (verdict, record_key_l, record_key_r, made_by, reason) "
        "values ('same', 'a', 'b', 'desk', 'photographs')"
    )
    with granting.acting_as(built.connection, "csae_operator"):
        built.connection.execute(judge.encode())
        built.connection.execute(
            "update ops.person_judgement set withdrawn_by = 'desk', withdrawn_at = now(), withdrawn_reason = 'mistaken'"
        )
        for refused in ("update ops.person_judgement set verdict = 'different'", "delete from ops.person_judgement"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                built.connection.execute(refused.encode())
    built.connection.execute("delete from ops.person_judgement")


def test_nobody_may_call_a_function_or_use_a_schema_unless_the_matrix_says_so(built: Built) -> None:
    built.connection.execute("create function ops.tell() returns text language sql security definer return 'all'")
    try:
        query = "select count(*) from pg_roles where rolname = any(%s) and has_function_privilege(oid, %s, 'execute')"
        assert built.one(query, [list(matrix.roles()), "ops.tell()"]) == 0
        assert not built.one("select has_schema_privilege('csae_analyst', 'public', 'usage')")
    finally:
        built.connection.execute("drop function ops.tell()")


FAULTS = {
    "a grant added by hand": (
        "grant select on raw.crime to csae_analyst",
        "csae_analyst has SELECT on raw.crime, which the matrix does not say",
    ),
    "a grant to everybody": (
        "grant select on curated.fct_ethnicity to public",
        "PUBLIC has SELECT on curated.fct_ethnicity, which the matrix does not say",
    ),
    "a grant on a column": (
        "grant select (surname_token) on raw.involvement to csae_operator",
        "csae_operator has SELECT on raw.involvement (surname_token), which the matrix does not say",
    ),
    "a grant that may be passed on": (
        "grant select on curated.dim_force to csae_analyst with grant option",
        "csae_analyst has SELECT on curated.dim_force and may pass it on, which the matrix does not say",
    ),
    "a schema opened": (
        "grant usage on schema generation to csae_analyst",
        "csae_analyst has USAGE on schema generation, which the matrix does not say",
    ),
    "a function opened": (
        "grant execute on function access.note to public",
        "PUBLIC has EXECUTE on access.note(of_database text, tables_read text[], masked_statement text, "
        "found_state text, as_role text, by_person text), which the matrix does not say",
    ),
    "tables to come opened": (
        "alter default privileges in schema raw grant select on tables to csae_analyst",
        "csae_analyst has SELECT on tables to be made in raw, which the matrix does not say",
    ),
    "sequences to come opened": (
        "alter default privileges in schema raw grant usage on sequences to csae_analyst",
        "csae_analyst has USAGE on sequences to be made in raw, which the matrix does not say",
    ),
    "types to come opened": (
        "alter default privileges grant usage on types to csae_analyst",
        "csae_analyst has USAGE on types to be made in any schema, which the matrix does not say",
    ),
    "schemas to come opened": (
        "alter default privileges grant usage on schemas to csae_analyst",
        "csae_analyst has USAGE on schemas to be made in any schema, which the matrix does not say",
    ),
    "a grant lost": (
        "revoke select on curated.fct_ethnicity from csae_analyst",
        "csae_analyst lacks SELECT on curated.fct_ethnicity",
    ),
    "a column grant lost": (
        "revoke select (load_id) on raw.crime from csae_load",
        "csae_load lacks SELECT on raw.crime (load_id)",
    ),
    "a role in another": (
        "grant csae_transform to csae_analyst",
        "csae_analyst is in csae_transform, which the matrix does not say",
    ),
    "a group that may log in": (
        "alter role csae_analyst login",
        "csae_analyst is a group and has LOGIN",
    ),
    "a force's rows no longer apart": (
        "create or replace view curated_force.fct_ethnicity with (security_barrier) as "
        "select * from curated.fct_ethnicity",
        "the view curated_force.fct_ethnicity does not show what it should",
    ),
    "a barrier taken down": (
        "alter view curated_force.fct_ethnicity reset (security_barrier)",
        "the view curated_force.fct_ethnicity does not show what it should",
    ),
    "a national view of other rows": (
        "create or replace view curated.fct_ethnicity as "
        "select {columns} from generation.fct_ethnicity where valid_from_generation > 0",
        "the view curated.fct_ethnicity does not show what it should",
    ),
    "a view that nothing asks for": (
        "create view curated.everyone as select * from raw.involvement",
        "curated.everyone is shown, which nothing asks for",
    ),
    "the forces of whoever asks, made all of them": (
        "create or replace view curated_force.own_force as "
        "select right(rolname, 2) as force_code from pg_roles where rolname ~ '^csae_force_[0-9]+$'",
        "the view curated_force.own_force does not show what it should",
    ),
    "a view that is gone": ("drop view curated_force.dim_force", "there is no view curated_force.dim_force"),
}
NARROWER = {"a grant lost", "a column grant lost", "a view that is gone"}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_not_as_the_matrix_says_is_found_put_right_and_told(built: Built, fault: str) -> None:
    breaking, sentence = FAULTS[fault]
    columns = ", ".join(
        name
        for (name,) in built.rows(
            "select column_name from information_schema.columns "
            "where table_schema = 'curated' and table_name = 'fct_ethnicity' order by ordinal_position"
        )
    )
    night_id = built.night()
    built.connection.execute(breaking.replace("{columns}", columns).encode())
    found = comparing.differences(built.connection)
    assert sentence in [item.sentence for item in found]
    assert [item.is_wider for item in found if item.sentence == sentence] == [fault not in NARROWER]
    settled = granting.settle(built.connection)
    assert settled.left == []
    assert sentences(built) == []
    assert sentence in [
        row[0]
        for row in built.rows("select difference from access.repair where night_id = %s and was_repaired", [night_id])
    ]
    notice = built.one("select notice from ops.night where night_id = %s", [night_id])
    assert notice.startswith(f"Rights were not as they should be and were put right: {found[0].sentence}")


def test_a_table_that_dbt_drops_and_makes_again_keeps_its_readers_and_loses_what_was_added_by_hand(
    built: Built,
) -> None:
    connection = built.connection
    connection.execute("grant select on quality.dq_completeness to csae_analyst")
    assert sentences(built) == ["csae_analyst has SELECT on quality.dq_completeness, which the matrix does not say"]
    connection.execute("create table quality.dq_completeness__dbt_tmp as select * from quality.dq_completeness")
    connection.execute("alter table quality.dq_completeness rename to dq_completeness__dbt_backup")
    connection.execute("alter table quality.dq_completeness__dbt_tmp rename to dq_completeness")
    connection.execute("drop table quality.dq_completeness__dbt_backup cascade")
    assert sentences(built) == []
    assert built.one("select has_table_privilege('csae_operator', 'quality.dq_completeness', 'select')")


@pytest.fixture
def all_reader(shared: Stack, built: Built) -> Iterator[None]:
    """What only a superuser can take back: analysts may read everything."""
    with superuser(shared) as boss:
        boss.execute("grant pg_read_all_data to csae_analyst")
        yield
        boss.execute("revoke pg_read_all_data from csae_analyst")
    del built


WIDER = "csae_analyst is in pg_read_all_data, which the matrix does not say"


@pytest.mark.usefixtures("all_reader")
def test_analysts_keep_the_last_generation_while_they_could_see_more_than_the_matrix_says(built: Built) -> None:
    before = generations.current(built.connection)
    number = built.open()
    with pytest.raises(granting.RightsError, match=WIDER):
        generations.switch(built.connection, number)
    assert generations.current(built.connection) == before
    assert before is not None
    with pytest.raises(granting.RightsError, match="csae roles check has all of them with the statement that mends"):
        generations.rollback(built.connection, before.generation_id)


@pytest.mark.usefixtures("all_reader")
def test_a_night_in_which_somebody_could_see_more_is_held(built: Built) -> None:
    connection, settings = built.connection, Settings(warehouse_url=built.url)
    project = settings.project_dir / "dbt_project"
    night_id = built.night()
    connection.execute(
        "update ops.generation set input_sha256 = %s", [generations.input_sha256(connection, {}, project)]
    )
    found = night.give_verdict(connection, settings, {}, night_id)
    assert (found.verdict, found.exit_code) == ("held", 2)
    assert WIDER in found.message


def test_going_back_puts_rights_right_and_tells_of_it(built: Built) -> None:
    current = generations.current(built.connection)
    assert current is not None
    built.connection.execute("grant select on raw.crime to csae_analyst")
    generations.rollback(built.connection, current.generation_id)
    assert sentences(built) == []
    last = "select difference, was_repaired from access.repair order by found_at desc limit 1"
    assert built.rows(last) == [("csae_analyst has SELECT on raw.crime, which the matrix does not say", True)]


def test_a_switch_gives_the_rights_of_new_tables_and_tells_nothing(built: Built) -> None:
    told = built.one("select count(*) from access.repair")
    fill(built, {"06": 1, "13": 3})
    granting.converge(built.connection)
    built.write("quality", "dq_new", "force_code text", [("06",)])
    built.switch()
    assert sentences(built) == []
    assert built.one("select count(*) from access.repair") == told
    for role, may in (("csae_analyst", True), ("csae_operator", True), ("csae_publisher", True), ("csae_load", False)):
        assert built.one("select has_table_privilege(%s, 'curated.dq_new', 'select')", [role]) is may
    shown = built.one("select count(*) from pg_views where schemaname = 'curated_force' and viewname = 'dq_new'")
    assert shown == 0, "a table without a rule is not for forces"


def test_what_another_version_of_the_matrix_brings_is_given_without_a_word(built: Built) -> None:
    told = built.one("select count(*) from access.repair")
    built.connection.execute("update access.matrix set sha256 = 'of an earlier version'")
    built.connection.execute("revoke select on curated.fct_ethnicity from csae_publisher")
    warehouse.prepare(built.connection)
    assert sentences(built) == []
    assert built.one("select count(*) from access.repair") == told


def test_what_another_version_takes_back_is_told_since_it_may_have_been_given_by_hand(built: Built) -> None:
    built.connection.execute("truncate access.repair")
    built.connection.execute("update access.matrix set sha256 = 'of an earlier version'")
    built.connection.execute("grant select on raw.crime to csae_analyst")
    warehouse.prepare(built.connection)
    assert sentences(built) == []
    assert built.rows("select difference, was_repaired from access.repair") == [
        ("csae_analyst has SELECT on raw.crime, which the matrix does not say", True)
    ]


def test_what_only_the_servers_administrator_can_mend_is_told_once_a_night_and_kept_once(
    shared: Stack, built: Built
) -> None:
    kept = "select difference, was_repaired from access.repair where starts_with(difference, 'anna ') order by found_at"
    left = "anna has work_mem none and not 64MB"
    with superuser(shared) as boss:
        boss.execute("create role anna login in role csae_analyst")
        try:
            notices = []
            for _ in range(2):
                night_id = built.night()
                for _ in range(3):
                    assert len(granting.settle(built.connection).left) == 7
                notices.append(built.one("select notice from ops.night where night_id = %s", [night_id]))
            assert notices[0] == notices[1]
            assert notices[0].startswith("Rights that the server's administrator has to mend: anna has ")
            assert notices[0].count("administrator") == 1
            assert len(built.rows(kept)) == 7, "of six comparisons"
            boss.execute("alter role anna set work_mem to '64MB'")
            granting.settle(built.connection)
            boss.execute("alter role anna reset work_mem")
            granting.settle(built.connection)
            of_one = [mended for sentence, mended in built.rows(kept) if sentence == left]
            assert of_one == [False, True, False], "what was mended and comes again is news"
        finally:
            boss.execute("drop role anna")


def limits(rows: list[tuple[Any, ...]]) -> dict[str, str]:
    return dict(rows)


def test_a_login_gets_the_limits_of_its_role(built: Built) -> None:
    with login(built, "anna", "csae_analyst") as anna:
        missing = [item for item in comparing.differences(built.connection) if item.kind == "setting"]
        assert len(missing) == 7
        assert not any(item.is_wider for item in missing)
        assert "anna has statement_timeout none and not 15min" in [item.sentence for item in missing]
        assert granting.converge(built.connection) == []
        assert built.one("select rolconnlimit from pg_roles where rolname = 'anna'") == 6
        with psycopg.connect(url_of(built, "anna").get_secret_value(), autocommit=True) as again:
            names = "('statement_timeout', 'temp_file_limit', 'work_mem', 'idle_in_transaction_session_timeout')"
            rows = again.execute(f"select name, current_setting(name) from pg_settings where name in {names}".encode())
            assert limits(rows.fetchall()) == {
                "statement_timeout": "15min",
                "temp_file_limit": "10GB",
                "work_mem": "64MB",
                "idle_in_transaction_session_timeout": "10min",
            }
            assert again.execute("select count(*) from fct_ethnicity").fetchone() is not None
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                again.execute("set temp_file_limit = -1")
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                again.execute("create temporary table mine (n integer)")
            again.execute("set default_transaction_read_only = off")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                again.execute("create temporary table mine (n integer)")
        assert anna.may("select * from curated.dim_force")


def test_a_login_of_an_analyst_that_reads_everything_by_another_role_is_wider(shared: Stack, built: Built) -> None:
    with login(built, "anna", "csae_analyst"), superuser(shared) as boss:
        granting.converge(built.connection)
        boss.execute("grant pg_read_all_data to anna")
        found = comparing.differences(built.connection)
        sentence = "anna is in pg_read_all_data, which the matrix does not say"
        assert [(item.sentence, item.is_wider) for item in found] == [(sentence, True)]
        with pytest.raises(granting.RightsError, match="anna is in pg_read_all_data"):
            granting.settle(built.connection)
        boss.execute("revoke pg_read_all_data from anna")
    assert comparing.differences(built.connection) == []


def test_a_procedure_of_ones_own_is_closed_and_one_of_the_superusers_stops_nothing(shared: Stack, built: Built) -> None:
    built.connection.execute("create procedure ops.mine() language sql as 'select 1'")
    built.connection.execute("grant execute on procedure ops.mine() to csae_analyst")
    with superuser(shared) as boss:
        boss.execute("create procedure public.theirs() language sql as 'select 1'")
        try:
            settled = granting.settle(built.connection)
            assert [item.sentence for item in settled.found] == [
                "PUBLIC has EXECUTE on public.theirs(), which the matrix does not say",
                "csae_analyst has EXECUTE on ops.mine(), which the matrix does not say",
            ]
            assert [(item.place, item.repair) for item in settled.left] == [
                ("public.theirs()", 'revoke execute on routine "public"."theirs"() from public cascade')
            ]
        finally:
            boss.execute("drop procedure public.theirs(); drop procedure ops.mine()")


WIDER_LOGINS = {
    "the owner's role": ("grant csae to anna", "anna is in csae, which the matrix does not say"),
    "everybody's queries": (
        "grant pg_read_all_stats to anna",
        "anna is in pg_read_all_stats, which the matrix does not say",
    ),
    "all tables, by a role between": (
        "grant pg_read_all_data to between; grant between to anna",
        "anna is in pg_read_all_data by another role, which the matrix does not say",
    ),
    "the whole server": ("alter role anna superuser", "anna has SUPERUSER, which the matrix does not say"),
    "copies of the whole server": (
        "alter role anna replication",
        "anna has REPLICATION, which the matrix does not say",
    ),
}


@pytest.mark.parametrize("given", WIDER_LOGINS)
def test_a_login_that_was_given_more_than_its_role_is_wider(shared: Stack, built: Built, given: str) -> None:
    giving, sentence = WIDER_LOGINS[given]
    with superuser(shared) as boss:
        boss.execute("create role between; create role anna login in role csae_analyst")
        try:
            for setting in matrix.settings():
                if setting.role == "csae_analyst" and setting.name != "connection limit":
                    boss.execute(f"alter role anna set {setting.name} = '{setting.value}'".encode())
            boss.execute("alter role anna connection limit 6")
            assert sentences(built) == []
            boss.execute(giving.encode())
            found = comparing.differences(built.connection)
            assert [(item.sentence, item.is_wider) for item in found] == [(sentence, True)]
            with pytest.raises(granting.RightsError, match=sentence):
                granting.settle(built.connection)
        finally:
            boss.execute("drop role anna; drop role between")


def test_a_login_that_is_in_a_role_and_makes_databases_of_its_own_is_told_and_holds_nothing(built: Built) -> None:
    with login(built, "anna", "csae_analyst"):
        built.connection.execute("alter role anna createdb")
        found = [item for item in comparing.differences(built.connection) if item.kind == "role"]
        assert [(item.sentence, item.is_wider) for item in found] == [
            ("anna has CREATEDB, which the matrix does not say", False)
        ]
        assert granting.settle(built.connection).left == []


@pytest.mark.parametrize("kind", ["table", "materialized view"])
def test_what_is_shown_and_is_no_view_is_found_and_left_for_a_person(built: Built, kind: str) -> None:
    built.connection.execute(f"create {kind} curated.copied as select surname_token from raw.involvement".encode())
    try:
        found = comparing.differences(built.connection)
        assert [(item.sentence, item.is_wider, item.repair) for item in found] == [
            ("curated.copied is shown, which nothing asks for", True, None)
        ]
    finally:
        built.connection.execute(f"drop {kind} curated.copied".encode())


def test_a_table_that_another_role_owns_in_our_schemas_is_found(built: Built) -> None:
    built.connection.execute("create table quality.mine (n integer)")
    built.connection.execute(
        "grant create on schema quality to csae_analyst; alter table quality.mine owner to csae_analyst"
    )
    try:
        assert "quality.mine belongs to csae_analyst and not to csae" in sentences(built)
        with pytest.raises(granting.RightsError, match=r"quality\.mine belongs to csae_analyst"):
            granting.settle(built.connection)
    finally:
        built.connection.execute("drop table quality.mine")
