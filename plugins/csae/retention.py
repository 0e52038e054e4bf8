"""How long each bucket keeps what it has: the rules of `retention.json`, compared with the store's and put there.

The pipeline deletes nothing in a bucket, so the rules are the store's to hold. Not every store has them, and some take
one and keep none: so what was put is read back. `python -m csae.retention --help` says how it is used.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from csae.cli.exits import CANNOT_EXIT
from csae.landing import store_errors
from csae.settings import Settings
from csae.warehouse import ServiceAwayError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NONE_THERE = frozenset({"NoSuchLifecycleConfiguration", "ObjectLockConfigurationNotFoundError"})
_NOT_IN_THIS_STORE = frozenset({"NotImplemented", "MethodNotAllowed", "BucketAlreadyExists", "InvalidBucketState"})
"""One that has no such rules may take the call for the making of a bucket; one that locks none says a wrong state."""


class RetentionError(Exception):
    """A rule must not be put. The message says why and what to do."""


@dataclass(frozen=True)
class Held:
    """What a bucket holds now: rules that remove objects by age, and the lock that keeps them, each as S3 has it."""

    lifecycle: tuple[dict[str, Any], ...] = ()
    lock: dict[str, Any] | None = None


@cache
def wanted() -> dict[str, dict[str, Any]]:
    """By `landing` and `archive`: the `lifecycle` rule or the `lock` that the bucket should have."""
    return dict(json.loads(Path(__file__).with_name("retention.json").read_text()))


def differences(s3: "S3Client", settings: Settings) -> Iterator[str]:
    """A sentence for each rule that does not stand in the store as it should. Raises `ServiceAwayError`."""
    landing, archive = settings.landing_bucket, settings.archive_bucket
    rule, lock = wanted()["landing"]["lifecycle"], wanted()["archive"]["lock"]
    if not any(_is_as(rule, one) for one in _held(s3, landing).lifecycle):
        yield f"{landing}: no rule removes what is older than {rule['Expiration']['Days']} days."
    if not archive:
        yield "There is no archive (CSAE_ARCHIVE_BUCKET is empty): what landing removes cannot be read again."
        return
    held = _held(s3, archive)
    if held.lock != lock:
        yield f"{archive}: objects are not locked for {lock['Years']} years from when they were written."
    for other in held.lifecycle:
        if other.get("Status") == "Enabled" and {"Expiration", "NoncurrentVersionExpiration"} & other.keys():
            yield f"{archive}: the rule '{other.get('ID', '')}' removes what releases rest on; take it away."


def put(s3: "S3Client", settings: Settings) -> None:
    """Put each rule that is missing; others that stand in a bucket are left. Raises `RetentionError`.

    A store that has no such rules is no error here: `differences` says afterwards what stands.
    """
    if not settings.archive_bucket:
        raise RetentionError("Landing may forget only what the archive has; set CSAE_ARCHIVE_BUCKET, then try again.")
    rule, lock = wanted()["landing"]["lifecycle"], wanted()["archive"]["lock"]
    held = _held(s3, settings.archive_bucket)
    if held.lock is None:
        _try(
            lambda: s3.put_object_lock_configuration(
                Bucket=str(settings.archive_bucket),
                ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": lock}},
            ),
            s3,
        )
    there = _held(s3, settings.landing_bucket).lifecycle
    if not any(_is_as(rule, one) for one in there):
        rules = [*(one for one in there if one.get("ID") != rule["ID"]), rule]
        _try(
            lambda: s3.put_bucket_lifecycle_configuration(
                Bucket=settings.landing_bucket, LifecycleConfiguration={"Rules": rules}
            ),
            s3,
        )


def _held(s3: "S3Client", bucket: str) -> Held:
    rules = _try(lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), s3)
    lock = _try(lambda: s3.get_object_lock_configuration(Bucket=bucket), s3)
    rule = lock.get("ObjectLockConfiguration", {}).get("Rule", {})
    return Held(tuple(rules.get("Rules", ())), rule.get("DefaultRetention"))


def _is_as(rule: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the other does what the rule does, to all objects; stores give back what they leave out or fill in."""
    parts = ("Status", "Expiration", "NoncurrentVersionExpiration")
    everywhere = not other.get("Prefix") and not any((other.get("Filter") or {}).values())
    return everywhere and all(other.get(part) == rule.get(part) for part in parts)


def _try(call: Any, s3: "S3Client") -> dict[str, Any]:
    """The store's answer; an empty one where it holds no such rule, or has none at all."""
    with store_errors(s3):
        try:
            return dict(call())
        except ClientError as error:
            if str(error.response.get("Error", {}).get("Code")) in _NONE_THERE | _NOT_IN_THIS_STORE:
                return {}
            raise


def main(arguments: list[str] | None = None) -> int:
    """0 when every rule stands, 1 when one does not, 3 when nobody can tell."""
    from csae import clients  # noqa: PLC0415 - brings the warehouse, which the rules need not
    from csae.cli.stack import ready  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="python -m csae.retention",
        description="Compare the buckets' rules of retention with plugins/csae/retention.json.",
        epilog="Examples: python -m csae.retention; python -m csae.retention --put",
    )
    parser.add_argument("--put", action="store_true", help="put the rules that are missing, then compare")
    asked = parser.parse_args(arguments)
    try:
        with clients.clients(ready(quiet=True)) as c:
            if asked.put:
                put(c.s3, c.settings)
            found = list(differences(c.s3, c.settings))
    except (ServiceAwayError, RetentionError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_EXIT
    for sentence in found:
        print(sentence)
    if found and asked.put:
        print("The store did not keep what was put, or has other rules: set them there by hand.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
