"""The buckets' rules of retention: put where the store has such rules, and said to be missing where it has none.

The embedded store keeps no rule, so a store that does is botocore's stub here: it checks each call against S3's model.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from csae import landing, retention
from csae.local_stack import Stack
from csae.settings import Settings
from integration import stacks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RULE = retention.wanted()["landing"]["lifecycle"]
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention.wanted()["archive"]["lock"]}}
OTHERS = {"ID": "of-the-owner", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}
MISSING = [
    "landing: no rule removes what is older than 35 days.",
    "archive: objects are not locked for 10 years from when they were written.",
]


@pytest.fixture
def s3() -> "S3Client":
    return landing.client("http://127.0.0.1:1", "an access key", "a secret key")


@pytest.fixture
def store(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    with Stubber(s3) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def settings() -> Settings:
    return Settings(landing_bucket="landing", archive_bucket="archive")


def holds(store: Stubber, bucket: str, rules: list[dict[str, Any]] | None, lock: dict[str, Any] | None) -> None:
    """What the bucket says of itself next, as S3 does."""
    named = {"Bucket": bucket}
    if rules is None:
        store.add_client_error(
            "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration", expected_params=named
        )
    else:
        store.add_response("get_bucket_lifecycle_configuration", {"Rules": rules}, named)
    if lock is None:
        store.add_client_error(
            "get_object_lock_configuration", "ObjectLockConfigurationNotFoundError", expected_params=named
        )
    else:
        store.add_response("get_object_lock_configuration", {"ObjectLockConfiguration": lock}, named)


def test_rules_that_stand_are_no_difference(s3: "S3Client", store: Stubber, settings: Settings) -> None:
    holds(store, "landing", [OTHERS, {**RULE, "ID": "as-a-store-has-it", "Filter": {}}], None)
    holds(store, "archive", None, LOCK)
    assert list(retention.differences(s3, settings)) == []


def test_each_rule_that_is_missing_is_named(s3: "S3Client", store: Stubber, settings: Settings) -> None:
    holds(store, "landing", [OTHERS], None)
    holds(store, "archive", None, None)
    assert list(retention.differences(s3, settings)) == MISSING


def test_a_rule_that_removes_from_the_archive_is_named(s3: "S3Client", store: Stubber, settings: Settings) -> None:
    holds(store, "landing", [RULE], None)
    holds(store, "archive", [OTHERS], LOCK)
    assert list(retention.differences(s3, settings)) == [
        "archive: the rule 'of-the-owner' removes what releases rest on; take it away."
    ]


def test_what_is_missing_is_put_and_other_rules_stay(s3: "S3Client", store: Stubber, settings: Settings) -> None:
    holds(store, "archive", None, None)
    store.add_response("put_object_lock_configuration", {}, {"Bucket": "archive", "ObjectLockConfiguration": LOCK})
    holds(store, "landing", [OTHERS, {**RULE, "Expiration": {"Days": 90}}], None)
    store.add_response(
        "put_bucket_lifecycle_configuration",
        {},
        {"Bucket": "landing", "LifecycleConfiguration": {"Rules": [OTHERS, RULE]}},
    )
    retention.put(s3, settings)


def test_a_lock_that_the_owner_set_is_not_changed(s3: "S3Client", store: Stubber, settings: Settings) -> None:
    longer = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 20}}}
    holds(store, "archive", None, longer)
    holds(store, "landing", [RULE], None)
    retention.put(s3, settings)


@pytest.mark.usefixtures("store")
def test_landing_forgets_nothing_without_an_archive(s3: "S3Client") -> None:
    with pytest.raises(retention.RetentionError, match="only what the archive has; set CSAE_ARCHIVE_BUCKET"):
        retention.put(s3, Settings(archive_bucket=None))


def test_the_embedded_store_keeps_no_rule_and_is_said_to(
    shared: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes the rule of landing for the making of a bucket; nothing in it is touched."""
    s3 = stacks.s3(shared)
    s3.put_object(Bucket="landing", Key="06/2026-09-01/kept.csv", Body=b"kept")
    for name, value in shared.environment().items():
        if name.startswith(("CSAE_", "AWS_")):
            monkeypatch.setenv(name, value)
    assert retention.main([]) == 1
    assert capsys.readouterr().out.splitlines() == MISSING
    assert retention.main(["--put"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said == [*MISSING, "The store did not keep what was put, or has other rules: set them there by hand."]
    assert s3.get_object(Bucket="landing", Key="06/2026-09-01/kept.csv")["Body"].read() == b"kept"
    s3.delete_object(Bucket="landing", Key="06/2026-09-01/kept.csv")


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        retention.main(["--help"])
    assert "python -m csae.retention --put" in capsys.readouterr().out
