"""What the tests of nationality share: its seeds, and what a value is decoded to."""

from coded import CODES, SEEDS, rows

NATIONALITIES = rows(SEEDS / "nationality.csv")
WORDINGS = rows(SEEDS / "nationality_wording.csv")
KNOWN = {row["nationality_code"] for row in NATIONALITIES}
ANSWERS = {"NR", "REFUSED", "STATELESS", "UNK", "AMBIGUOUS"}


def nationality(value: str, scheme: str | None = None) -> str | None:
    return CODES.decode("nationalities", value, scheme)


def rule(value: str, scheme: str | None = None) -> str:
    return CODES.read("nationalities", value, scheme).rule.name
