"""The national figures as an analyst asks for them, under the keys of a truth."""

from typing import Any

from end_to_end.conftest import Csae

_SUSPECTS = "from curated.fct_ethnicity where role = 'suspect'"
FIGURES = {
    "crimes": "select count(*) from curated.fct_offence_type",
    "crimes_by_force": "select force_code, count(*) from curated.fct_offence_type group by 1",
    "crimes_by_ho": "select home_office_code, count(*) from curated.fct_offence_type group by 1",
    "online": "select count(*) from curated.fct_offence_type where is_online",
    "group_based": "select count(*) from curated.fct_offence_type where is_group_based_flagged",
    "suspect_involvements": f"select count(*) {_SUSPECTS}",
    "victim_involvements": "select count(*) from curated.fct_ethnicity where role = 'victim'",
    "suspects_self_defined": f"""
        select coalesce(self_defined_code, case missing_reason when 'not_recorded' then 'BLANK' end), count(*)
        {_SUSPECTS} group by 1
    """,
    "suspects_group": f"select ethnicity_group, count(*) {_SUSPECTS} group by 1",
    "suspects_nationality": """
        select case nationality_status when 'not_recorded' then 'BLANK' else nationality_code end, count(*)
        from curated.fct_nationality where role = 'suspect' group by 1
    """,
    "transferred": """
        select sum(rows_transferred)::int from curated.dq_row_accounting where record_kind = 'crime'
    """,
}


def distinct_suspects(csae: Csae) -> int:
    """People, by linkage: the one figure that need not be exactly the true one."""
    return int(csae.one(f"select count(distinct person_key) {_SUSPECTS}"))


def figure(csae: Csae, name: str) -> Any:
    """A number, or numbers by code."""
    rows = csae.rows(FIGURES[name])
    return dict(rows) if len(rows[0]) == 2 else rows[0][0]
