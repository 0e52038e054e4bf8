"""Case 10: an object is overwritten between the listing and the reading, or amid it. No mixture is ever loaded."""

import hashlib

import pytest

from csae import archive, warehouse
from faults.delivering import Delivering
from faults.store_proxy import StoreFault
from faults.worker import Strike
from faults.world import File


@pytest.mark.parametrize("at", [0, 200])
def test_an_object_that_changes_under_the_reader_is_read_again_as_new(deliveries: Delivering, at: int) -> None:
    """At 0 it changes after the listing and before the first byte; at 200 amid the body."""
    bench = deliveries.bench
    name = "crimes_today.csv"
    deliveries.crimes([f"old-{n}" for n in range(40)], name=name)

    def overwrite() -> None:
        deliveries.crimes([f"new-{n}" for n in range(40)], name=name)

    bench.store.plan(StoreFault("call", "get", at=at, action=overwrite))
    outcome = bench.night()
    crimes = [serial for *_, serial in bench.crimes()]
    if at == 0:
        assert outcome["01"]["waiting"] == 1
        assert crimes == []
        deliveries.recovers()
        assert all(serial.startswith("new-") for *_, serial in bench.crimes())
    else:
        assert outcome["01"]["loaded"] == 1
        assert len(crimes) == 40
        assert all(serial.startswith("old-") for serial in crimes), "the whole of what was listed"
        bench.clean_night()
        states = [(correction, state) for _, _, correction, state, _ in deliveries.states]
        assert states == [(0, "loaded"), (1, "loaded")], "what came in its place is a correction"


def test_a_night_alters_and_deletes_nothing_in_landing(deliveries: Delivering) -> None:
    """Every request of a night went through the proxy: none of them writes."""
    bench = deliveries.bench
    deliveries.crimes()
    deliveries.crimes(source="03", broken=True)
    deliveries.people()
    bench.store.plan()
    bench.night()
    assert bench.store.seen["get", "GET"] == 3
    assert bench.store.written == []
    deliveries.recovers()


def test_what_is_overwritten_in_landing_stays_in_the_archive(deliveries: Delivering) -> None:
    """Every version that was read is kept by its content, once, however often a night begins again."""
    bench = deliveries.bench
    versions = [deliveries.crimes("AB", name="crimes_today.csv")]
    assert bench.night(bench.order(archive=True).struck_at(Strike("receive", "before"))) is None
    versions.append(deliveries.crimes("CD", name="crimes_today.csv"))
    bench.night(bench.order(archive=True))
    bench.night(bench.order(archive=True))
    listed = bench.s3.list_objects_v2(Bucket=bench.archive_bucket)["Contents"]
    kept = {bench.s3.get_object(Bucket=bench.archive_bucket, Key=item["Key"])["Body"].read() for item in listed}
    assert kept == {version.content for version in versions}
    assert len(listed) == 2
    with warehouse.connect(bench.url, autocommit=True) as connection:
        assert list(archive.gaps(connection, bench.s3, bench.archive_bucket, read=True)) == []
        bench.s3.put_object(Bucket=bench.archive_bucket, Key=archive.key(_sha256(versions[1])), Body=b"x")
        (gap,) = archive.gaps(connection, bench.s3, bench.archive_bucket)
        assert "crimes_today.csv of load 1 has 1 bytes in the archive" in gap
        damaged = b"x" * len(versions[1].content)
        bench.s3.put_object(Bucket=bench.archive_bucket, Key=archive.key(_sha256(versions[1])), Body=damaged)
        assert list(archive.gaps(connection, bench.s3, bench.archive_bucket)) == []
        (gap,) = archive.gaps(connection, bench.s3, bench.archive_bucket, read=True)
        assert "is not what it was any more" in gap
        bench.s3.delete_object(Bucket=bench.archive_bucket, Key=archive.key(_sha256(versions[1])))
        (gap,) = archive.gaps(connection, bench.s3, bench.archive_bucket)
        assert "is not in the archive" in gap


def _sha256(file: File) -> str:
    return hashlib.sha256(file.content).hexdigest()
