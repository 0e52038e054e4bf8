"""The dbt project's own tests, and what analysts are told of every table and column."""

import re

import pytest
from pydantic import SecretStr

from csae import local_stack, transform
from csae.settings import PROJECT_DIR
from end_to_end.conftest import Csae

pytestmark = pytest.mark.end_to_end


def test_every_unit_test_passes(loaded: Csae) -> None:
    url = SecretStr(local_stack.ensure_running(loaded.home).warehouse_url)
    result = transform.run_unit_tests(url, PROJECT_DIR / "dbt_project", loaded.home / "dbt")
    assert result.faults == ()
    assert result.passed >= 30


def test_every_curated_table_and_column_is_described(loaded: Csae) -> None:
    query = """
        select c.relname, a.attname from pg_class as c
        join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0
        where c.relnamespace = 'curated'::regnamespace
            and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)
    """
    assert loaded.rows(query) == []


def test_the_facts_have_the_columns_of_the_design(loaded: Csae) -> None:
    query = """
        select table_name, string_agg(column_name, ' ' order by ordinal_position) from information_schema.columns
        where table_schema = 'curated' and table_name like 'fct%%' group by 1
    """
    assert loaded.counts(query) == {
        "fct_offence_type": (
            "crime_key force_code crime_ref_token recorded_on offence_start_on home_office_code cjs_code "
            "offence_category csae_category legal_basis_on is_online is_group_based_flagged is_group_based_derived "
            "outcome_code outcome_on suspect_count victim_count has_identified_suspect transferred_from_force_code "
            "first_load_id current_load_id offence_basis offence_confidence comparable_offence_category "
            "is_in_statutory_list is_in_statutory_list_with_images is_in_npcc_wider is_child_abuse_flagged "
            "data_maturity"
        ),
        "fct_ethnicity": (
            "crime_key person_key role force_code recorded_on self_defined_code observed_code ethnicity_code "
            "ethnicity_group ethnicity_basis missing_reason self_defined_disagrees_with_observed sex age_at_offence "
            "load_id"
        ),
        "fct_nationality": (
            "crime_key person_key role force_code recorded_on nationality_code nationality_rank nationality_weight "
            "nationality_status immigration_status load_id"
        ),
        "fct_csae_total": "definition force_code csae_category crimes",
        "fct_case_review": "case_key force_code identified_on status status_on reason_closed is_group_based load_id",
    }


def test_every_question_of_the_analyst_s_guide_is_answered(loaded: Csae) -> None:
    guide = (PROJECT_DIR / "docs" / "analysts.md").read_text(encoding="utf-8")
    questions = [
        question for block in re.findall(r"```sql\n(.+?)```", guide, re.DOTALL) for question in block.split(";")
    ]
    asked = [question.strip() for question in questions if question.strip()]
    assert len(asked) == 20
    for question in asked:
        answer = loaded("sql", "--csv", "--", question)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert len(answer.stdout.splitlines()) > 1, question


def test_an_analyst_reads_the_curated_tables_and_nothing_else(loaded: Csae) -> None:
    assert loaded("sql", "--csv", "select count(*) from fct_offence_type").stdout.split() == ["count", "887"]
    for table in ("raw.involvement", "ops.load", "intermediate.int_person_record"):
        refused = loaded("sql", f"select * from {table}")
        assert refused.returncode == 1
        assert "permission denied" in refused.stderr
