"""The landing bucket: what was delivered, and its bytes in a spool file whose length and hash are known."""

import hashlib
import re
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError, HTTPClientError, IncompleteReadError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from csae.plain_names import is_harmless
from csae.warehouse import ServiceAwayError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

_KEY = re.compile(r"(?P<source>[0-9]{2})/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/(?P<file>[^/]+)")
_BLOCK_BYTES = 1 << 20
_MD5 = re.compile(r"^[0-9a-f]{32}$")
MOST_TRIES = 4
_GONE = frozenset({"404", "NoSuchKey", "PreconditionFailed", "412"})


@dataclass(frozen=True)
class LandedFile:
    key: str
    source: str
    delivery_on: date
    name: str
    etag: str
    """Without quotation marks, which some stores leave out when listing."""
    size_bytes: int


@dataclass(frozen=True)
class Delivery:
    """What one source sent for one date."""

    source: str
    delivery_on: date
    files: tuple[LandedFile, ...]


@dataclass(frozen=True)
class Landing:
    deliveries: dict[str, list[Delivery]]
    """By source, in order of date."""
    strays: list[str]
    """Keys that are not `<source>/<yyyy-mm-dd>/<file>`, or whose file leads out of its folder or hides a character."""


@dataclass(frozen=True)
class SpooledFile:
    landed: LandedFile
    path: Path
    sha256: str


class ChangedUnderneathError(Exception):
    """An object was replaced between listing and reading; the next run sees it whole."""


class BrokenBodyError(Exception):
    """What came of an object is not what the store says it is."""


class SpoolError(Exception):
    """This machine cannot keep a copy of an object; the message says why."""


def client(
    endpoint_url: str | None, access_key_id: str | None = None, secret_access_key: str | None = None
) -> "S3Client":
    """Credentials not given come from the usual `AWS_*` variables; failed calls are tried again, with pauses."""
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=5,
        read_timeout=60,
        s3={"addressing_style": "path"},
        response_checksum_validation="when_required",  # we hash every byte ourselves, and some stores send wrong ones
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=config,
    )


@contextmanager
def store_errors(s3: "S3Client") -> Iterator[None]:
    """Turn botocore's errors into one clear sentence, as a `ServiceAwayError`."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        raise ServiceAwayError(
            f"The object store at {s3.meta.endpoint_url} refused {error.operation_name} ({code}); "
            "check the bucket's name and the AWS_* credentials."
        ) from None
    except S3UploadFailedError:
        raise ServiceAwayError(
            f"The object store at {s3.meta.endpoint_url} refused an upload; "
            "check that the bucket is there and the AWS_* credentials."
        ) from None
    except BrokenBodyError as error:
        raise ServiceAwayError(
            f"{error}, {MOST_TRIES} times in a row. Nothing of it was kept; check the store and the network, run again."
        ) from None
    except (BotoCoreError, OSError) as error:
        raise ServiceAwayError(
            f"The object store at {s3.meta.endpoint_url} does not answer ({type(error).__name__}); "
            "check CSAE_S3_ENDPOINT_URL, or start the local stack with csae up."
        ) from None


def list_landing(s3: "S3Client", bucket: str, *, source: str | None = None, until: date | None = None) -> Landing:
    """Deliveries, of one source or of all, for dates up to and including `until`. Raises `ServiceAwayError`."""
    prefix = f"{source}/" if source else ""
    groups: dict[tuple[str, date], list[LandedFile]] = defaultdict(list)
    strays: list[str] = []
    with store_errors(s3):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                landed = _landed(item["Key"], item.get("ETag", "").strip('"'), item["Size"])
                if landed is None:
                    strays.append(item["Key"])
                elif until is None or landed.delivery_on <= until:
                    groups[landed.source, landed.delivery_on].append(landed)
    deliveries: dict[str, list[Delivery]] = defaultdict(list)
    for (sender, day), files in sorted(groups.items()):
        unique = {landed.key: landed for landed in files}
        deliveries[sender].append(Delivery(sender, day, tuple(unique[key] for key in sorted(unique))))
    return Landing(dict(deliveries), sorted(strays))


def spool(s3: "S3Client", bucket: str, landed: LandedFile, directory: Path) -> SpooledFile:
    """Copy an object to a file of its own, and check that it is whole: that very object, every byte, as on the disk.

    The name of the spool file owes nothing to the object's key. A body that breaks off, or is not what the store
    says of it, is asked for again, `MOST_TRIES` times in all, after random pauses. Raises `ChangedUnderneathError`
    when the object is not the one that was listed, `SpoolError` and `ServiceAwayError`.
    """
    tries = Retrying(
        retry=retry_if_exception_type(BrokenBodyError),
        stop=stop_after_attempt(MOST_TRIES),
        wait=wait_random_exponential(multiplier=0.1, max=2),
        reraise=True,
    )
    with store_errors(s3):
        return tries(_spool_once, s3, bucket, landed, directory)


def _spool_once(s3: "S3Client", bucket: str, landed: LandedFile, directory: Path) -> SpooledFile:
    path = directory / uuid4().hex
    sha256, md5, length = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    try:
        with _writing():
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            stream = path.open("wb", buffering=0)  # nothing is left to be written when it is closed
        with stream:
            response = _get(s3, bucket, landed)
            with closing(response["Body"]):  # one that is left half read keeps its connection
                for block in _blocks(landed, response):
                    write_block(stream, block)
                    sha256.update(block)
                    md5.update(block)
                    length += len(block)
                    if length > landed.size_bytes:
                        break  # no more of it is kept, however much comes
        if length != landed.size_bytes:
            raise BrokenBodyError(
                f"{landed.name}: {length:,} bytes {'and more ' if length > landed.size_bytes else ''}came and "
                f"{landed.size_bytes:,} were listed"
            )
        if response.get("ChecksumSHA256") not in (None, b64encode(sha256.digest()).decode()):
            raise BrokenBodyError(f"{landed.name}: its bytes are not those that the store has the SHA-256 of")
        if _is_md5(landed.etag, response) and landed.etag != md5.hexdigest():
            raise BrokenBodyError(f"{landed.name}: its bytes are not those that the store has the MD5 of")
        with path.open("rb") as kept:
            if hashlib.file_digest(kept, "sha256").digest() != sha256.digest():
                raise SpoolError(
                    f"{landed.name}: its copy in the spool folder is not what was written there; check the disk that "
                    "CSAE_HOME is on and run again."
                )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return SpooledFile(landed, path, sha256.hexdigest())


def _get(s3: "S3Client", bucket: str, landed: LandedFile) -> "GetObjectOutputTypeDef":
    """The object that was listed and no other: some stores do not heed the condition, so the answer is looked at."""
    try:
        response = s3.get_object(Bucket=bucket, Key=landed.key, IfMatch=f'"{landed.etag}"', ChecksumMode="ENABLED")
    except ClientError as error:
        if str(error.response.get("Error", {}).get("Code")) in _GONE:
            raise ChangedUnderneathError(landed.name) from None
        raise
    if response["ETag"].strip('"') != landed.etag:
        response["Body"].close()
        raise ChangedUnderneathError(landed.name)
    return response


def _blocks(landed: LandedFile, response: "GetObjectOutputTypeDef") -> Iterator[bytes]:
    try:
        yield from response["Body"].iter_chunks(_BLOCK_BYTES)
    except (IncompleteReadError, HTTPClientError, FlexibleChecksumError) as error:
        raise BrokenBodyError(f"{landed.name}: it did not come whole ({type(error).__name__})") from None


def _is_md5(etag: str, response: "GetObjectOutputTypeDef") -> bool:
    """An ETag is the MD5 of the bytes unless the object came in parts or is encrypted with a customer's key."""
    encrypted = response.get("ServerSideEncryption") not in (None, "AES256") or "SSECustomerAlgorithm" in response
    return not encrypted and _MD5.match(etag) is not None


def clear_spool(directory: Path, older_than_hours: float = 6) -> None:
    """Remove what a killed process left behind: these are files as delivered, with people's names in them."""
    oldest = time.time() - older_than_hours * 3600
    for path in directory.glob("*") if directory.is_dir() else ():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def deliver(
    s3: "S3Client", bucket: str, directory: Path, progress: Callable[[int, int, str], None] = lambda *_: None
) -> tuple[int, int]:
    """Copy a tree `<source>/<yyyy-mm-dd>/<file>` into the bucket; `(copied, already there)`.

    An object with the same bytes is left alone. Raises `ValueError` for a tree of another shape, before anything
    is copied, and `ServiceAwayError`.
    """
    files = sorted(path for path in directory.rglob("*") if path.is_file() and not path.name.startswith("."))
    keys = {path.relative_to(directory).as_posix(): path for path in files}
    wrong = [key for key in keys if _landed(key, "", 0) is None]
    if not keys or wrong:
        found = f"found {wrong[0]!r}" if wrong else "it holds no files"
        raise ValueError(
            f"{directory}: expected <source>/<yyyy-mm-dd>/<file>, such as 06/2026-09-01/crimes.csv; {found}."
        )
    copied = 0
    with store_errors(s3):
        there = {
            item["Key"]: item.get("ETag", "").strip('"')
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            for item in page.get("Contents", [])
        }
        for number, (key, path) in enumerate(keys.items(), start=1):
            if there.get(key) != _md5(path):
                s3.upload_file(str(path), bucket, key)
                copied += 1
            progress(number, len(keys), key)
    return copied, len(keys) - copied


def write_block(stream: BinaryIO | FileIO, block: bytes) -> None:
    """All of it, where one call may write a part. Raises `SpoolError`."""
    left = memoryview(block)
    with _writing():
        while left:
            left = left[stream.write(left) :]


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpoolError(
            f"The spool folder cannot be written to ({error.strerror}); make room below CSAE_HOME and run again."
        ) from None


def _landed(key: str, etag: str, size: int) -> LandedFile | None:
    match = _KEY.fullmatch(key)
    if match is None or not is_harmless(match["file"]):
        return None
    try:
        day = date.fromisoformat(match["day"])
    except ValueError:
        return None
    return LandedFile(key, match["source"], day, match["file"], etag, size)


def _md5(path: Path) -> str:
    """What a store gives as the ETag of an object put in one piece; used only to save a copy."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
