"""Case 15: what is packed is measured by the bytes that come out of it, whatever it says of itself."""

from faults.bench import Bench
from faults.hostile_files import (
    ARCHIVE,
    PACKED,
    WORKBOOK,
    Hostile,
    gzipped,
    huge_directory,
    lying,
    reasons,
    table,
    with_part,
    workbook,
    zeros,
    zipped,
)

BOMB = 80 << 20


def test_bombs_are_refused_by_the_limit_that_they_break(empty: Bench) -> None:
    hostile = Hostile(empty)
    inner = zipped({"crimes.csv": zeros(BOMB)})
    assert len(inner) * 900 < BOMB, "a bomb of about a thousand to one"
    sheet = b"<worksheet " + b" " * BOMB
    bombs = {
        "a thousand to one": (ARCHIVE, "night.zip", inner),
        "in a .gz": (PACKED, "crimes.csv.gz", gzipped(zeros(BOMB))),
        "in a .gz in a .zip": (ARCHIVE, "night.zip", zipped({"crimes.csv": gzipped(zeros(BOMB))})),
        "a .gz in a .gz": (PACKED, "crimes.csv.gz", gzipped(gzipped(table()))),
        "a .zip in a .zip": (ARCHIVE, "night.zip", zipped({"crimes.csv": zipped({"crimes.csv": table()})})),
        "less said than comes": (ARCHIVE, "night.zip", lying(zeros(BOMB), 1000)),
        "rows that the header hides": (ARCHIVE, "night.zip", lying(table() + table(), len(table()))),
        "300,000 members said": (ARCHIVE, "night.zip", huge_directory(300_000)),
        "2,000 members": (ARCHIVE, "night.zip", zipped({f"crimes{at}.csv": b"" for at in range(2_000)})),
        "a workbook": (
            WORKBOOK,
            "crimes.xlsx",
            with_part(workbook(), "xl/worksheets/sheet1.xml", b"<worksheet ", sheet),
        ),
        "a small table, well packed": (
            ARCHIVE,
            "night.zip",
            zipped({"crimes.csv": table(*["A,2026-08-01,x"] * 9_000)}),
        ),
    }
    found = hostile.refused(bombs)
    assert reasons(found) == {
        "a thousand to one": "archive_too_large",
        "in a .gz": "archive_too_large",
        "in a .gz in a .zip": "file_unreadable",
        "a .gz in a .gz": "archive_nested",
        "a .zip in a .zip": "file_unreadable",
        "less said than comes": "archive_unreadable",
        "rows that the header hides": "archive_unreadable",
        "300,000 members said": "archive_too_large",
        "2,000 members": "archive_too_large",
        "a workbook": "limit_exceeded",
        "a small table, well packed": None,
    }
    assert "larger by more than the 300 times that may be (CSAE_LIMIT_RATIO)" in str(found["a thousand to one"].reason)
    assert "(CSAE_LIMIT_RATIO)" in str(found["a workbook"].reason)
    assert "holds 2,000 files, more than the 1,000 that may be (CSAE_LIMIT_MEMBERS)" in str(
        found["2,000 members"].reason
    )
    assert found["a small table, well packed"].crimes == 9_000
