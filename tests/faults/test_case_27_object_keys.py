"""Case 27: an object's key is never a path: whatever it says, nothing is read or written under its name."""

import pytest

from csae.landing import list_landing
from faults.bench import Bench
from faults.hostile_files import CSV, Hostile, table

HIDDEN = "\u202e\u202d\u2066\u200b\u200f\u00ad\ufeff\U000e0041\x1b\x07\x7f\x85\x9b\u2028\n"
"""What turns the direction of writing, is not seen, steers a terminal or ends a line."""
STRANGE = (
    "01/2026-09-01/crimes%2e%2e%2fetc.csv",
    "01/2026-09-02/crimes..etc.csv",
    "01/2026-09-03/crimes\\csv\u00a0Zoë.csv",
    f"01/2026-09-04/crimes{'x' * 180}.csv",
    "01/2026-09-05/crimes $(id) `id`; rm -rf.csv",
    "01/2026-09-06/crimes' or 1=1 --.csv",
)
NO_DELIVERY = (
    "01/2026-09-09/crimes..\\..\\etc.csv",
    "01/2026-09-09/C:\\crimes.csv",
    *(f"01/2026-09-09/crimes{mark}csv.exe.csv" for mark in HIDDEN),
    "01/2026-09-09/a/b/crimes.csv",
    "01/2026-02-30/crimes.csv",
    "1/2026-09-01/crimes.csv",
    "crimes.csv",
)


def test_strange_keys_load_by_content_or_are_left_alone(empty: Bench) -> None:
    hostile = Hostile(empty)
    before = {path for path in empty.folder.rglob("*") if "crimes" in path.name and "s3" not in path.parts}
    put = []
    for at, key in enumerate((*STRANGE, *NO_DELIVERY)):
        try:
            empty.s3.put_object(Bucket=empty.bucket, Key=key, Body=table(f"{at},2026-08-01,t"))
            put.append(key)
        except empty.s3.exceptions.ClientError:
            continue  # the store itself will not have it
    assert {key for key in put if key in STRANGE} >= set(STRANGE[:3]), "the store took them"
    hostile.night()
    landed = list_landing(empty.s3, empty.bucket)
    listed = {item["Key"] for item in empty.s3.list_objects_v2(Bucket=empty.bucket)["Contents"]}
    assert set(landed.strays) == listed & set(NO_DELIVERY)
    assert len([key for key in landed.strays if "csv.exe" in key]) >= 8, "the store gives another name to some"
    for key in (key for key in put if key in STRANGE):
        day = key.split("/")[1]
        assert hostile.load(CSV, day).state == "loaded", key
    after = {path for path in empty.folder.rglob("*") if "crimes" in path.name and "s3" not in path.parts}
    assert after == before, "no file bears an object's name"


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "x" * 1_025])
def test_a_name_that_climbs_is_no_delivery_or_none_of_ours(empty: Bench, name: str) -> None:
    hostile = Hostile(empty)
    try:
        empty.s3.put_object(Bucket=empty.bucket, Key=f"01/2026-09-01/{name}", Body=table())
    except Exception:
        return  # neither the client nor the store lets it through
    outcomes = hostile.night()
    assert outcomes["01"].get("loaded", 0) == 0
