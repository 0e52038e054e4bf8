"""What an offence code says: its dated categories, the kind of abuse, and which definitions count it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from csae.code_sets.labels import Label, Row, rows_of, yes_or_no

_CHILD = frozenset({"under_13", "under_16", "child"})
_ALWAYS = "always"
_DAYS = ("offence_from", "offence_to", "recorded_from", "recorded_to")
_CHANGE = ("from_category", "to_category", "enacted_on", "commenced_on", "act")


def read_offences(seeds_dir: Path) -> dict[str, Label]:
    """By Home Office code and, for a crime of which no more is known, by recorded-crime category."""
    names = {row["offence_category"]: row for row in rows_of(seeds_dir, "recorded_crime_category")}
    definitions = {row["definition"]: row["label"] for row in rows_of(seeds_dir, "csae_definition")}
    members: defaultdict[str | None, list[Row]] = defaultdict(list)
    for row in rows_of(seeds_dir, "csae_definition_category"):
        members[row["offence_category"]].append(row)
    changes = {row["home_office_code"]: _change(row) for row in rows_of(seeds_dir, "offence_reclassification")}
    categories: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows_of(seeds_dir, "offence_category"):
        categories[row["home_office_code"]].append(row)

    def counted(category: str | None, code: str, victim_age: str) -> list[dict[str, str | None]]:
        rows = [row for row in members[category] if row["home_office_code"] in ("", code)]
        return [
            {
                "definition": name,
                "label": label,
                "counts": _counts((row for row in rows if row["definition"] == name), victim_age),
            }
            for name, label in definitions.items()
        ]

    found: dict[str, Label] = {}
    for row in rows_of(seeds_dir, "offence"):
        code, own = row["home_office_code"], categories[row["home_office_code"]]
        main = _main(own)
        details = {
            "csae_category": row["csae_category"] or None,
            "victim_age": row["victim_age"] or None,
            "categories": [_category(item, names) for item in own],
            "definitions": counted(main, code, row["victim_age"]),
            "reclassification": changes.get(code),
        }
        found[code] = Label(row["title"], main, names[main]["title"] if main else None, None, details)
    for category, row in names.items():
        details = {
            "csae_category": row["csae_category"] or None,
            "victim_age": None,
            "categories": [],
            "definitions": counted(category, "", ""),
            "reclassification": None,
        }
        found[category] = Label(row["title"], category, row["title"], None, details)
    return found


def _main(categories: Sequence[Row]) -> str | None:
    """The category of any crime of the code, the one that stands today; none where the code does not tell."""
    found = [row for row in categories if row["applies_to"] == "any_crime"]
    latest = max(found, key=lambda row: row["recorded_to"] or row["offence_to"] or "9999", default=None)
    return latest["offence_category"] if latest else None


def _category(row: Row, names: Mapping[str, Row]) -> dict[str, Any]:
    category = row["offence_category"]
    days = {name: row[name] or None for name in _DAYS}
    return {"offence_category": category, "title": names[category]["title"], "applies_to": row["applies_to"], **days}


def _counts(members: Iterable[Row], victim_age: str) -> str | None:
    """`always`, or the condition that the crime must meet; None where the definition leaves the code out."""
    conditions = {row["condition"] for row in members}
    if _ALWAYS in conditions or (conditions and victim_age in _CHILD):
        return _ALWAYS
    return next(iter(conditions), None)


def _change(row: Row) -> dict[str, Any]:
    return {name: row[name] or None for name in _CHANGE} | {"is_applied": yes_or_no(row["is_applied"])}
