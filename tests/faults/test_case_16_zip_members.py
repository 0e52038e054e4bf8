"""Case 16: members that lead out of the archive, are links, stand twice or are encrypted are refused, unwritten."""

import pytest

from faults.bench import Bench
from faults.hostile_files import ARCHIVE, Hostile, encrypted, linked, reasons, table, zipped

OUT = (
    "../crimes.csv",
    "a/../../crimes.csv",
    "/etc/crimes.csv",
    "..\\crimes.csv",
    "C:\\crimes.csv",
    "a\u202e/crimes.csv",
)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_such_members_are_refused_and_nothing_is_written_under_their_names(empty: Bench) -> None:
    hostile = Hostile(empty)
    before = set(empty.folder.parent.rglob("*crimes.csv*"))
    sent = {f"named {name!r}": (ARCHIVE, "night.zip", zipped({name: table()})) for name in OUT}
    sent["a link"] = (ARCHIVE, "night.zip", linked("/etc/passwd"))
    sent["twice"] = (ARCHIVE, "night.zip", zipped([("crimes.csv", table()), ("crimes.csv", b"other")]))
    sent["in two folders"] = (ARCHIVE, "night.zip", zipped({"a/crimes.csv": table(), "b/crimes.csv": b"other"}))
    sent["encrypted"] = (ARCHIVE, "night.zip", encrypted(zipped({"crimes.csv": table()})))
    sent["in a folder"] = (ARCHIVE, "night.zip", zipped({"out\\september/crimes.csv": table()}))
    expected: dict[str, str | None] = {f"named {name!r}": "archive_member_refused" for name in OUT}
    expected |= {"a link": "archive_member_refused", "twice": "delivery_ambiguous", "encrypted": "archive_protected"}
    expected |= {"in two folders": "delivery_ambiguous", "in a folder": None}
    assert reasons(hostile.refused(sent)) == expected
    after = {path for path in empty.folder.parent.rglob("*crimes.csv*") if "s3" not in path.parts}
    assert after <= before
