"""Loads read again from what was delivered: the same bytes, by the YAML and the layout that they were first read by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from csae import archive, inputs, landing, ledger, loading
from csae.choosing import choose
from csae.drift import Profile
from csae.keys.in_use import WITH_ROWS
from csae.landing import Delivery, LandedFile, SpooledFile, store_errors
from csae.pseudonyms import Keys
from csae.readers import ExtractError
from csae.settings import Settings
from csae.sources import LoadedSource, SourceError, load_source
from csae.sources.model import Layout, Source
from csae.unpacking import Unpacker
from csae.warehouse import Connection

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


REFUSED_BY_THE_GATE = ("too_few_crimes", "too_many_quarantined", "too_many_undecoded")
"""Reasons of loads that were read to their end."""


class RereadingError(Exception):
    """A load cannot be read again as it was. The message says which and what to do."""


@dataclass(frozen=True)
class DeliveredFile:
    """A file of a load as it was delivered, and the SHA-256 of its bytes."""

    landed: LandedFile
    sha256: str


@dataclass(frozen=True)
class Standing:
    """A load whose rows stand in `raw.*`, with all that they were made of."""

    load_id: int
    source: str
    delivery_on: date
    content_sha256: str
    spec_sha256: str | None
    layout_valid_from: date | None
    key_id: str | None
    files: tuple[DeliveredFile, ...]

    @property
    def label(self) -> str:
        return f"load {self.load_id} ({self.source}, {self.delivery_on})"


def standing(connection: Connection) -> list[Standing]:
    """In the order in which they came. Rows of a load that was taken up again or is a duplicate count for nothing.

    Nor do those of `refused`.
    """
    files: dict[int, list[DeliveredFile]] = {}
    for load_id, source, day, key, etag, size, sha256 in connection.execute(
        f"""
        select l.load_id, l.source, l.delivery_on, e.object_key, e.etag, e.size_bytes, e.sha256
        from ops.extract as e inner join ops.load as l using (load_id)
        where l.state in {WITH_ROWS} order by l.load_id, e.object_key
        """  # noqa: S608 - our own words
    ):
        landed = LandedFile(key, source, day, key.rpartition("/")[2], etag, size)
        files.setdefault(load_id, []).append(DeliveredFile(landed, sha256))
    rows = connection.execute(
        f"""
        select load_id, source, delivery_on, content_sha256, spec_sha256, layout_valid_from, pseudonym_key_id
        from ops.load
        where state in {WITH_ROWS} and load_id <> all(%s) and (
            pseudonym_key_id is not null
            or load_id in (
                select load_id from raw.crime union select load_id from raw.involvement
                union select load_id from raw.case_review
            )
        )
        order by load_id
        """,  # noqa: S608 - our own words
        [refused(connection)],
    ).fetchall()
    return [Standing(*(*row, tuple(files.get(row[0], ())))) for row in rows]


def refused(connection: Connection) -> list[int]:
    """Loads that were refused while they were read again: earlier versions left the rows of the attempt before."""
    rows = connection.execute(
        """
        select load_id from ops.load
        where state = 'rejected' and attempt > 1 and reason_code <> all(%s)
        """,
        [list(REFUSED_BY_THE_GATE)],
    ).fetchall()
    return [load_id for (load_id,) in rows]


def lost(s3: "S3Client", settings: Settings, loads: Iterable[Standing]) -> list[Standing]:
    """The loads of which neither the archive nor landing seems to have every file. Raises `ServiceAwayError`."""
    return [load for load in loads if not all(any(_places(s3, settings, file)) for file in load.files)]


def tables(
    connection: Connection, s3: "S3Client", settings: Settings, keys: Keys, load: Standing, spec: LoadedSource
) -> Iterator[loading.Table]:
    """The tables of a load under these keys. Raises `RereadingError`, `ServiceAwayError` and `SpoolError`."""
    layout = _layout(load, spec.spec)
    spooled: list[SpooledFile] = []
    try:
        spooled.extend(_spool(s3, settings, load, file) for file in load.files)
        with Unpacker(settings.spool_dir) as unpacker:
            yield from _tables(connection, keys, load, spec.spec, layout, spooled, unpacker)
    except ExtractError as error:
        raise RereadingError(
            f"{load.label} cannot be read again: {error.sentence} Its YAML may be another than it was."
        ) from None
    finally:
        for item in spooled:
            item.path.unlink(missing_ok=True)


def _tables(
    connection: Connection,
    keys: Keys,
    load: Standing,
    spec: Source,
    layout: Layout,
    spooled: Sequence[SpooledFile],
    unpacker: Unpacker,
) -> Iterator[loading.Table]:
    """What the ledger knew of the files when the load came says which of them it was made of."""
    delivery = Delivery(load.source, load.delivery_on, tuple(file.landed for file in load.files))
    with connection.transaction():
        known = ledger.known_files(connection, load.source, delivery.files)
    before = {file: item for file, item in known.items() if item.first_load_id < load.load_id}
    choice = choose(layout, spooled, before)
    if choice.fault:
        raise choice.fault
    if ledger.content_sha256(choice.content) != load.content_sha256 or choice.missing(layout):
        raise RereadingError(
            f"{load.label} cannot be read again: its YAML takes other files for it than it did. Put back the patterns "
            "of its files and run this again."
        )
    files = {name: unpacker.plain(part) for name, part in choice.by_extract(layout).items()}
    yield from loading.tables(keys, spec, layout, files, Profile())


def specs(
    connection: Connection, sources: Mapping[str, LoadedSource], loads: Iterable[Standing]
) -> dict[int, LoadedSource]:
    """By load: the YAML that it was read by, of today or as a generation kept it; else that of today.

    Raises `RereadingError` for a source that has none.
    """
    loads = list(loads)
    by_sha256 = {source.sha256: source for source in sources.values()}
    wanted = {load.spec_sha256 for load in loads if load.spec_sha256} - by_sha256.keys()
    if wanted:
        by_sha256 |= _kept_specs(connection, wanted)
    found = {load.load_id: by_sha256.get(load.spec_sha256 or "") or sources.get(load.source) for load in loads}
    for load in loads:
        if found[load.load_id] is None:
            raise RereadingError(f"{load.label} has no YAML any more; put the one of source {load.source} back.")
    return {load_id: spec for load_id, spec in found.items() if spec}


def _kept_specs(connection: Connection, wanted: set[str]) -> dict[str, LoadedSource]:
    """Those of earlier generations, the newest first, until all are found. What cannot be used any more is left out."""
    found: dict[str, LoadedSource] = {}
    generations = connection.execute(
        """
        select max(generation_id) from (
            select generation_id, string_agg(path || sha256, ',' order by path) as files
            from ops.generation_input where path like %s group by generation_id
        ) as kept
        group by files order by 1 desc
        """,
        [f"{inputs.FORCES}/%"],
    ).fetchall()
    for (generation_id,) in generations:
        if wanted <= found.keys():
            break
        with TemporaryDirectory() as folder:
            inputs.restore(connection, generation_id, Path(folder))
            for path in sorted((Path(folder) / inputs.FORCES).glob("*.yml")):
                try:
                    source = load_source(path)
                except SourceError:
                    continue
                found.setdefault(source.sha256, source)
    return {sha256: source for sha256, source in found.items() if sha256 in wanted}


def _layout(load: Standing, spec: Source) -> Layout:
    """That of its day; a layout that has since been moved is known by the date that the ledger holds."""
    same = [layout for layout in spec.layouts if layout.valid_from == load.layout_valid_from]
    layout = same[0] if same else spec.layout_on(load.delivery_on)
    if layout is None:
        raise RereadingError(f"{load.label}: its YAML has no layout for this day any more; put it back.")
    return layout


def _spool(s3: "S3Client", settings: Settings, load: Standing, file: DeliveredFile) -> SpooledFile:
    for bucket, there in _places(s3, settings, file):
        spooled = landing.spool(s3, bucket, there, settings.spool_dir)
        if spooled.sha256 == file.sha256:
            return SpooledFile(file.landed, spooled.path, spooled.sha256)
        spooled.path.unlink(missing_ok=True)
    raise RereadingError(told_lost([load]))


def told_lost(loads: Sequence[Standing]) -> str:
    listed = ", ".join(load.label for load in loads)
    return (
        f"The very bytes of {listed} are neither in the archive nor in landing. Nothing was changed: put their files "
        "back, by the names and SHA-256 that csae load show gives, and run this again."
    )


def _places(s3: "S3Client", settings: Settings, file: DeliveredFile) -> Iterator[tuple[str, LandedFile]]:
    """Where an object of its length lies: in the archive by its content, in landing by its key."""
    buckets = [(settings.archive_bucket, archive.key(file.sha256)), (settings.landing_bucket, file.landed.key)]
    for bucket, key in buckets:
        there = _head(s3, bucket, key, file.landed) if bucket else None
        if bucket and there and there.size_bytes == file.landed.size_bytes:
            yield bucket, there


def _head(s3: "S3Client", bucket: str, key: str, landed: LandedFile) -> LandedFile | None:
    with store_errors(s3):
        try:
            answer = s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                return None
            raise
    size, etag = answer["ContentLength"], answer["ETag"].strip('"')
    return LandedFile(key, landed.source, landed.delivery_on, landed.name, etag, size)
