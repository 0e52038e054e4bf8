"""What the tests of ethnicity share: its seeds, and what a value is decoded to in either column."""

from coded import CODES, SEEDS, rows

SELF_DEFINED, OBSERVED = "self_defined_ethnicity", "observed_ethnicity"
COLUMNS = (SELF_DEFINED, OBSERVED)
WORDINGS = rows(SEEDS / "ethnicity_wording.csv")
SCHEME_CODES = rows(SEEDS / "ethnicity_scheme_code.csv")
LABELS = {row["ethnicity_code"]: row["label"] for row in rows(SEEDS / "ethnicity.csv")}
AS_OBSERVED = {row["answer"]: row["observed_answer"] for row in rows(SEEDS / "ethnicity_answer.csv")}


def column_of(scheme: str) -> str:
    return OBSERVED if scheme.startswith("officer") else SELF_DEFINED


SELF_DEFINED_CODES = sorted({row["code"] for row in SCHEME_CODES if column_of(row["scheme"]) == SELF_DEFINED})


def self_defined(value: str, scheme: str | None = None) -> str | None:
    return CODES.decode(SELF_DEFINED, value, scheme)


def observed(value: str, scheme: str | None = None) -> str | None:
    return CODES.decode(OBSERVED, value, scheme)


def rule(column: str, value: str) -> str:
    return CODES.read(column, value).rule.name
