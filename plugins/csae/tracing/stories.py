"""What `csae why` tells: one dataclass a kind of key, without anything that a page may not show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from csae.linkage.judgements import Judgement
from csae.tracing.coding import TracedColumn
from csae.tracing.crimes import Partner, Statement
from csae.tracing.deliveries import Delivery, FateCount, Place
from csae.tracing.kept import Generation, Span
from csae.tracing.people import Involvement
from csae.tracing.persons import Change, Edge, PersonRecord


@dataclass(frozen=True)
class Reason:
    """A rule of the gate that a row fails, in the words of the report that its force gets."""

    code: str
    column: str | None
    meaning: str
    what_to_do: str
    who: str


@dataclass(frozen=True)
class Version:
    """A row that tells of a crime or a case."""

    delivery: Delivery
    place: Place
    fate: str
    stands: bool
    why: str


@dataclass(frozen=True)
class Definition:
    definition: str
    label: str
    counts: bool
    why: str


@dataclass(frozen=True)
class PersonOnCrime:
    place: int
    """By which `CRIME_KEY:PLACE` names the person."""
    row: Involvement
    why: str


@dataclass(frozen=True)
class Transfer:
    said: Statement
    why: str


@dataclass(frozen=True)
class CrimeStory:
    crime_key: str
    force_code: str
    force_name: str | None
    crime_ref: str
    """Eight digits of its token."""
    says: str
    versions: Sequence[Version]
    """The latest first."""
    held_back: Sequence[Version]
    """Rows with the crime's reference that count for nothing."""
    transfers: Sequence[Transfer]
    """What its rows say of transfers, the first first."""
    partners: Sequence[Partner]
    """The same crime at other forces, along the chain of transfers."""
    layout: str | None
    columns: Sequence[TracedColumn]
    published: Mapping[str, Any]
    definitions: Sequence[Definition]
    people: Sequence[PersonOnCrime]
    earlier_people: int
    """Rows of people in deliveries that others have superseded."""
    kept: Sequence[Span]
    generations: Sequence[Generation]
    notes: Sequence[str]
    kind: str = "crime"


@dataclass(frozen=True)
class InvolvementStory:
    person: Involvement
    place_on_crime: int | None
    why: str
    delivery: Delivery
    place: Place
    layout: str | None
    columns: Sequence[TracedColumn]
    published: Mapping[str, Sequence[Mapping[str, Any]]]
    records_of_person: int
    kept: Sequence[Span]
    generations: Sequence[Generation]
    notes: Sequence[str]
    kind: str = "involvement"


@dataclass(frozen=True)
class PersonStory:
    person_key: str
    asked: str
    """Differs where the person has another key now, or a record of the person was asked for."""
    says: str
    records: Sequence[PersonRecord]
    edges: Sequence[Edge]
    """Among the records."""
    outside: Sequence[Edge]
    """With records of other persons, which were compared and not joined."""
    judgements: Sequence[Judgement]
    changes: Sequence[Change]
    involvements: Sequence[Involvement]
    crimes: int
    """Those that the person counts on."""
    kind: str = "person"


@dataclass(frozen=True)
class RecordInRow:
    record_kind: str
    row_number: int
    in_row: int | None
    """The row of the crime, where several people stand in one row and have numbers of their own."""
    fate: str | None
    """None before a build has given it one."""
    why: str
    reasons: Sequence[Reason]
    crime_key: str | None
    case_key: str | None
    involvement_key: str | None
    person_key: str | None
    stands_instead: Place | None
    """The row of the same crime or case that counts."""
    feeds: Mapping[str, int]
    """How many rows of each table of `curated` rest on it."""
    columns: Sequence[TracedColumn]


@dataclass(frozen=True)
class RowStory:
    delivery: Delivery
    place: Place
    layout: str | None
    records: Sequence[RecordInRow]
    generations: Sequence[Generation]
    """Those that knew the load."""
    notes: Sequence[str]
    kind: str = "row"


@dataclass(frozen=True)
class LoadOfFile:
    delivery: Delivery
    taken_as: str
    """The extracts that were read from it, or `archive`, `manifest` or `unexpected`."""
    says: str
    fates: Sequence[FateCount]
    reasons: Mapping[str, str]
    """What each reason among the fates means."""
    generations: Sequence[Generation]


@dataclass(frozen=True)
class FileStory:
    object_key: str
    loads: Sequence[LoadOfFile]
    kind: str = "file"


@dataclass(frozen=True)
class CaseStory:
    case_key: str
    source: str
    says: str
    versions: Sequence[Version]
    published: Sequence[Mapping[str, Any]]
    kind: str = "case"


Story = CrimeStory | InvolvementStory | PersonStory | RowStory | FileStory | CaseStory
