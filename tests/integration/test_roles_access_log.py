"""Who asked which tables what is written down, without the values in the statement."""

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from csae.cli import app
from csae.local_stack import Stack
from csae.roles import access, granting
from csae.roles.granting import NotGrantedError
from integration.built import Built, new_built
from integration.rights import fill, login, url_of

LOG = "select login, as_role, database_name, tables, statement, state from ops.access order by access_id"


@pytest.fixture(scope="module")
def built(shared: Stack) -> Iterator[Built]:
    with new_built(shared) as made:
        fill(made, {"06": 2, "13": 3})
        made.switch()
        granting.add_force(made.connection, "06")
        granting.converge(made.connection)
        yield made


@pytest.fixture
def csae(built: Built, monkeypatch: pytest.MonkeyPatch) -> "Command":
    built.connection.execute("truncate ops.access")
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", built.url.get_secret_value())
    return Command()


class Command:
    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    def counted(self, *arguments: str) -> int:
        done = self("sql", "--csv", *arguments)
        assert done.exit_code == 0, done.output
        return int(done.stdout.split()[-1])


def test_a_question_leaves_who_asked_which_tables_what(built: Built, csae: Command) -> None:
    question = (
        "with s as (select * from fct_ethnicity where force_code = '06' and age_at_offence < 18) -- of J. Doe\n"
        'select count(*) as "Jane Doe" from s inner join dim_force using (force_code)'
    )
    assert csae.counted(question) == 4
    masked = (
        "with s as (select * from fct_ethnicity where force_code = ? and age_at_offence < ?) ? "
        "select count(*) as ? from s inner join dim_force using (force_code)"
    )
    tables = ["curated.dim_force", "curated.fct_ethnicity"]
    assert built.rows(LOG) == [("csae", "csae_analyst", "warehouse", tables, masked, "answered")]


FAILED = {
    "select * from raw.involvement where surname_token = 'Doe'": "select * from raw.involvement ?",
    "select * from raw.involvement join raw.crime on Doe = 1": "select * from raw.involvement join raw.crime ?",
    "select count(*) from raw.involvement": "select count(*) from raw.involvement",
    "select 1 / 0 from dim_force where force_code = '06'": "select ? / ? from dim_force ?",
    "select * from fct_ethnicity where age_at_offence = 'x' and force_code = Doe": "select * from fct_ethnicity ?",
    "select count(*) from fct_ethnicity where 'Jane ' Doe'": "?",
    "select count(*) from fct_ethnicity where force_code = Doe": "?",
    "select count(*) from fct_ethnicity where Doe.force_code = '06'": "?",
    "select doe(1) from fct_ethnicity": "?",
}


@pytest.mark.parametrize("question", FAILED)
def test_a_question_that_fails_is_written_down_too(built: Built, csae: Command, question: str) -> None:
    """A name that the server does not know, or had not come to, may be a value that lost its quotes."""
    assert csae("sql", question).exit_code == 1
    assert [row[3:] for row in built.rows(LOG)] == [([], FAILED[question], "failed")]


def test_what_is_refused_is_said(built: Built, csae: Command) -> None:
    assert "permission denied for schema raw" in csae("sql", "select * from raw.involvement").output
    del built


def test_a_question_as_a_forces_analyst(built: Built, csae: Command) -> None:
    assert csae.counted("--force", "06", "select count(*) from fct_ethnicity") == 2
    assert csae("sql", "--force", "06", "select count(*) from curated.fct_ethnicity").exit_code == 1
    assert csae("sql", "--force", "99", "select 1").exit_code != 0
    assert built.rows(LOG)[0][1:4] == ("csae_force_06", "warehouse", ["curated_force.fct_ethnicity"])


def test_with_a_login_of_ones_own(built: Built, csae: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with login(built, "jo", "csae_force_06"), login(built, "anna", "csae_analyst"):
        granting.converge(built.connection)
        limited = "select count(*) from pg_roles where 'default_transaction_read_only=on' = any(rolconfig)"
        assert built.one(limited) == 2
        for name, counted, table in (("jo", 2, "curated_force.fct_ethnicity"), ("anna", 5, "curated.fct_ethnicity")):
            monkeypatch.setenv("CSAE_WAREHOUSE_URL", url_of(built, name).get_secret_value())
            assert csae.counted("select count(*) from fct_ethnicity") == counted
            assert built.rows(LOG)[-1][0] == name
            assert built.rows(LOG)[-1][3] == [table]
            refused = csae("sql", "insert into ops.access (login) values ('somebody else')")
            assert refused.exit_code == 1


def test_somebody_in_two_forces_says_which_they_ask_as(
    built: Built, csae: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    granting.add_force(built.connection, "13")
    with login(built, "both", "csae_force_06", "csae_force_13"):
        monkeypatch.setenv("CSAE_WAREHOUSE_URL", url_of(built, "both").get_secret_value())
        asked = csae("sql", "--csv", "select count(*) from fct_ethnicity")
        assert isinstance(asked.exception, NotGrantedError)
        assert str(asked.exception) == "You are in csae_force_06 and csae_force_13; say which with --force."
        assert asked.stdout == ""
        assert csae.counted("--force", "06", "select count(*) from fct_ethnicity") == 2
        assert csae.counted("--force", "13", "select count(*) from fct_ethnicity") == 3


def test_a_question_has_the_limits_of_an_analyst(built: Built, csae: Command) -> None:
    names = "statement_timeout", "temp_file_limit", "idle_in_transaction_session_timeout", "transaction_read_only"
    asked = csae("sql", "--csv", "select " + ", ".join(f"current_setting('{name}')" for name in names))
    assert asked.stdout.splitlines()[-1] == "15min,10GB,10min,on"
    del built


def test_without_its_line_in_the_log_a_question_has_no_answer(built: Built, csae: Command) -> None:
    built.connection.execute("alter table ops.access add constraint full_disk check (false) not valid")
    try:
        asked = csae("sql", "--csv", "select count(*) from fct_ethnicity")
        assert asked.exit_code != 0
        assert "5" not in asked.stdout
    finally:
        built.connection.execute("alter table ops.access drop constraint full_disk")


def test_which_log_is_in_force_is_said(built: Built, csae: Command) -> None:
    assert access.in_force(built.connection).kind == "csae sql"
    said = csae("roles", "check")
    assert (said.exit_code, "Rights are as the matrix says." in said.stdout) == (0, True)
    assert "that needs pgaudit on the server, and it has none" in " ".join(said.stdout.split())


def test_check_ends_with_1_where_rights_differ_and_grant_mends_them(built: Built, csae: Command) -> None:
    built.connection.execute("grant select on raw.crime to csae_analyst")
    checked = csae("roles", "check", "--json")
    assert checked.exit_code == 1
    found = json.loads(checked.stdout)
    assert [(item["role"], item["place"], item["is_wider"], item["repair"]) for item in found["differences"]] == [
        ("csae_analyst", "raw.crime", True, 'revoke select on "raw"."crime" from "csae_analyst" cascade')
    ]
    assert found["access_log"]["kind"] == "csae sql"
    built.connection.execute("truncate access.repair")
    mended = csae("roles", "grant")
    assert mended.exit_code == 0
    assert mended.stdout.splitlines() == ["1 differences were put right.", "Rights are as the matrix says."]
    assert built.rows("select difference, was_repaired from access.repair") == [
        ("csae_analyst has SELECT on raw.crime, which the matrix does not say", True)
    ], "since when somebody could see more is known after it was mended by command, too"
    assert csae("roles", "check").exit_code == 0
    assert csae("roles", "grant").stdout.strip() == "Rights are as the matrix says."


def test_a_role_for_a_force_is_made_once(built: Built, csae: Command) -> None:
    for _ in range(2):
        made = csae("roles", "force-analyst", "13")
        assert made.exit_code == 0
        assert "The role csae_force_13 is there." in made.stdout
    assert csae("roles", "check").exit_code == 0
    assert csae("roles", "force-analyst", "leeds").exit_code == 2
    assert csae("roles", "force-analyst", "99").exit_code == 2, "there is no such force"
    assert built.one("select count(*) from pg_roles where rolname = 'csae_force_99'") == 0
    assert built.one("select count(*) from pg_roles where rolname = 'csae_force_13' and not rolcanlogin") == 1


def test_the_matrix_is_shown_without_a_server(csae: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    shown = json.loads(csae("roles", "show", "--json").stdout)
    assert sorted(shown) == ["privileges", "roles", "rows_of_a_force", "settings"]
    assert "csae_force_analyst" in csae("roles", "show").stdout
