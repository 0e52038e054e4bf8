"""The archive bucket: a copy of every object that was delivered, under the name of its content.

Forces overwrite and remove what lies in landing. What was read from there once is kept here, written once and never
again, so that any load can be made anew from the very bytes that it came from.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from csae.landing import SpooledFile, store_errors
from csae.warehouse import Connection

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BLOCK_BYTES = 1 << 20


def key(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"


def keep(s3: "S3Client", bucket: str, file: SpooledFile) -> bool:
    """Copy a file there unless its content is there already; whether it was copied. Raises `ServiceAwayError`.

    Killed before its end, it leaves nothing under the name: an object appears whole or not at all.
    """
    with store_errors(s3):
        if _length(s3, bucket, file.sha256) == file.landed.size_bytes:
            return False
        s3.upload_file(str(file.path), bucket, key(file.sha256))
    return True


def gaps(connection: Connection, s3: "S3Client", bucket: str, *, read: bool = False) -> Iterator[str]:
    """A sentence for each content that the ledger knows and the archive does not hold whole.

    `read` hashes every object anew; without it, their lengths are compared. Raises `ServiceAwayError`.
    """
    known = connection.execute(
        "select sha256, max(size_bytes), min(load_id), min(object_key) from ops.extract group by sha256 order by 3, 4"
    ).fetchall()
    for sha256, size, load_id, object_key in known:
        with store_errors(s3):
            length = _length(s3, bucket, sha256)
            is_damaged = length == size and read and _sha256(s3, bucket, sha256) != sha256
        what = f"{object_key} of load {load_id}"
        if length is None:
            yield f"{what} is not in the archive; while it lies in landing, copy it to {key(sha256)}."
        elif length != size:
            yield f"{what} has {length:,} bytes in the archive and had {size:,}; restore {key(sha256)}."
        elif is_damaged:
            yield f"{what} is not what it was any more; restore {key(sha256)} from a backup of the archive."


def _length(s3: "S3Client", bucket: str, sha256: str) -> int | None:
    try:
        return s3.head_object(Bucket=bucket, Key=key(sha256))["ContentLength"]
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            return None
        raise


def _sha256(s3: "S3Client", bucket: str, sha256: str) -> str:
    digest = hashlib.sha256()
    with closing(s3.get_object(Bucket=bucket, Key=key(sha256))["Body"]) as body:
        for block in body.iter_chunks(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
