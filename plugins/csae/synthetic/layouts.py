"""How each force writes its deliveries: data only. A new force is an entry here; a new file format is a writer.

A field is one of those in `rendering`; a layout says which it writes where, under which name and in which words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from csae.synthetic.people import Missing
from csae.synthetic.vocabulary import HELD, NATIONALITIES, OBSERVED, SELF_DEFINED

EXCEL = "excel"
"""As a date style: the day number of a real Excel date."""


@dataclass(frozen=True)
class Column:
    header: str
    field: str
    kind: Literal["text", "number", "date"] = "text"


@dataclass(frozen=True)
class Table:
    """One file of a delimited layout. `name` is formatted with the delivery's `day`."""

    name: str
    columns: tuple[Column, ...]
    of: Literal["crimes", "people"]


@dataclass(frozen=True)
class Delimited:
    tables: tuple[Table, ...]
    separator: str
    encoding: str
    line_end: str = "\r\n"


@dataclass(frozen=True)
class Markup:
    """One file of people nested in crimes. The templates name fields in braces; `pieces` are named in braces too
    and left out where the field they begin with is empty. `opening` also knows `day` and `occurrences`, and
    `crime` knows `people`."""

    name: str
    opening: str
    crime: str
    person: str
    pieces: Mapping[str, tuple[str, str]]
    closing: str
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Workbook:
    """One workbook, a row a crime and person: a title and a blank row above the header, a sheet of notes."""

    name: str
    title: str
    sheet: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    form: Delimited | Markup | Workbook
    reference: str
    """The force's crime reference, from `number` and `year`."""
    person: str
    """The force's local person id, from `number`."""
    dates: str
    """A `strftime` form, or EXCEL."""
    self_defined: Mapping[str, str]
    """How the force writes each entry of `SELF_DEFINED`."""
    observed: Mapping[str, str]
    nationality: Mapping[str, str]
    sexes: tuple[str, str]
    """Male, female."""
    roles: tuple[str, str]
    """Suspect, victim."""
    statuses: tuple[str, str]
    """Live, cancelled."""
    online: tuple[str, str]
    """No, yes."""
    group: tuple[str, str]
    directions: tuple[str, str]
    """Transferred out, taken over; the field `transfer` is this and the other force."""
    offence_separator: str = "/"
    asylum: str = ""
    size: float = 1.0
    """Share of the world's crimes, as a weight."""
    missing: Missing = field(default_factory=Missing)
    folded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Harmonised codes that the force's code set cannot say, and the one that it then holds."""


LABELS_2021 = {
    "NS": "Not stated",
    "W1": "English/Welsh/Scottish/Northern Irish/British",
    "W2": "Irish",
    "W3": "Gypsy or Irish Traveller",
    "W4": "Roma",
    "W9": "Any other White background",
    "M1": "White and Black Caribbean",
    "M2": "White and Black African",
    "M3": "White and Asian",
    "M9": "Any other Mixed/Multiple ethnic background",
    "A1": "Indian",
    "A2": "Pakistani",
    "A3": "Bangladeshi",
    "A4": "Chinese",
    "A9": "Any other Asian background",
    "B1": "Caribbean",
    "B2": "African",
    "B9": "Any other Black/African/Caribbean background",
    "O2": "Arab",
    "O9": "Any other ethnic group",
}
OBSERVED_WORDS = {
    "": "",
    "1": "White - North European",
    "2": "White - South European",
    "3": "Black",
    "4": "Asian",
    "5": "Chinese, Japanese or South East Asian",
    "6": "Middle Eastern",
    "9": "Unknown",
}
FOLDED_2001 = {"W3": "W9", "W4": "W9", "O2": "O9"}
"""16+1 has no Gypsy or Irish Traveller, Roma or Arab: the person is then 'any other'."""
WRITTEN_2001 = {**{code: FOLDED_2001.get(code, code) for code in SELF_DEFINED}, "A4": "O1"}
BARE_2021 = {code: code for code in SELF_DEFINED}

GREATER_MANCHESTER = Layout(
    form=Delimited(
        tables=(
            Table(
                "GMP_CSAE_CRIME_{day:%Y%m%d}.csv",
                (
                    Column("CrimeNumber", "ref"),
                    Column("DateRecorded", "recorded_on"),
                    Column("OffenceFrom", "offence_start_on"),
                    Column("HOClass", "home_office_code"),
                    Column("OnlineYN", "online"),
                    Column("GroupBasedYN", "group"),
                    Column("Outcome", "outcome"),
                    Column("OutcomeDate", "outcome_on"),
                    Column("RecordStatus", "status"),
                    Column("TransferForce", "transfer"),
                    Column("TransferRef", "transfer_ref"),
                ),
                "crimes",
            ),
            Table(
                "GMP_CSAE_NOMINAL_{day:%Y%m%d}.csv",
                (
                    Column("CrimeNumber", "ref"),
                    Column("NominalID", "person_ref"),
                    Column("Role", "role"),
                    Column("Surname", "surname"),
                    Column("Forenames", "forenames"),
                    Column("DOB", "date_of_birth"),
                    Column("Sex", "sex"),
                    Column("SelfDefinedEthnicity", "self_defined"),
                    Column("OfficerDefinedEthnicity", "observed"),
                    Column("Nationality", "nationalities"),
                    Column("PNCID", "pnc_id"),
                    Column("ImmigrationStatus", "immigration_status"),
                ),
                "people",
            ),
        ),
        separator="|",
        encoding="cp1252",
    ),
    reference="06A1/{number:07d}/{year:02d}",
    person="N{number:07d}",
    dates="%d/%m/%Y",
    self_defined={"": "", **{code: f"{code} - {label}" for code, label in LABELS_2021.items()}},
    observed=OBSERVED_WORDS,
    nationality={"": "", **{code: entry.demonym for code, entry in NATIONALITIES.items()}},
    sexes=("Male", "Female"),
    roles=("Suspect", "Victim"),
    statuses=("LIVE", "CANCELLED"),
    online=("N", "Y"),
    group=("N", "Y"),
    directions=("TO", "FROM"),
    asylum="Asylum Seeker",
    size=1.1,
    missing=Missing(self_defined=0.7, not_stated=1.1, observed=1.1, nationality=0.8),
)

WEST_YORKSHIRE = Layout(
    form=Markup(
        name="niche_csae_{day:%Y%m%d}.xml",
        opening='<?xml version="1.0" encoding="UTF-8"?>\n'
        '<CSAEExtract force="13" generated="{day:%Y-%m-%d}T23:05:00Z" occurrences="{occurrences}">\n',
        crime='  <Occurrence urn="{ref}" status="{status}"><Recorded>{recorded_on}</Recorded>'
        "<CommittedFrom>{offence_start_on}</CommittedFrom><HOOC>{home_office_code}</HOOC>"
        "<Flags>{OnlineFlag}{GroupFlag}</Flags>{Outcome}{Transfer}{people}</Occurrence>\n",
        person='<Person id="{person_ref}" involvement="{role}"><Surname>{surname}</Surname>'
        "<Forename>{forenames}</Forename><DOB>{date_of_birth}</DOB><Gender>{sex}</Gender>"
        "<SDE>{self_defined}</SDE><IC>{observed}</IC>{Nationality}{SecondNationality}"
        "<PNC>{pnc_id}</PNC></Person>",
        pieces={
            "OnlineFlag": ("online", "<Flag>{online}</Flag>"),
            "GroupFlag": ("group", "<Flag>{group}</Flag>"),
            "Outcome": ("outcome", '<Outcome code="{outcome}" date="{outcome_on}"/>'),
            "Transfer": (
                "transfer_ref",
                '<Transfer direction="{transfer_direction}" force="{transfer_force}" ref="{transfer_ref}"/>',
            ),
            "Nationality": ("nationality", "<Nationality>{nationality}</Nationality>"),
            "SecondNationality": ("second_nationality", "<Nationality>{second_nationality}</Nationality>"),
        },
        closing="</CSAEExtract>\n",
    ),
    reference="13{year:02d}{number:07d}",
    person="{number}",
    dates="%Y-%m-%d",
    self_defined=BARE_2021,
    observed={code: code for code in OBSERVED},
    nationality={code: code for code in HELD},
    sexes=("M", "F"),
    roles=("SUSPECT", "VICTIM"),
    statuses=("LIVE", "CANCELLED"),
    online=("", "ONLINE"),
    group=("", "GROUP"),
    directions=("out", "in"),
    offence_separator="",
    size=1.1,
    missing=Missing(self_defined=1.0, not_stated=0.9, observed=1.0, nationality=0.9),
)

SOUTH_YORKSHIRE = Layout(
    form=Workbook(
        name="SYP CSAE {day:%d-%m-%Y}.xlsx",
        title="South Yorkshire Police CSAE return {day:%d %B %Y}",
        sheet="CSAE",
        columns=(
            Column("Crime No", "ref"),
            Column("Recorded", "recorded_on", "date"),
            Column("Offence start", "offence_start_on", "date"),
            Column("HO code", "home_office_code"),
            Column("Cyber", "online"),
            Column("Multiple offenders", "group"),
            Column("Outcome type", "outcome", "number"),
            Column("Outcome date", "outcome_on", "date"),
            Column("Cancelled", "status"),
            Column("Transferred to/from", "transfer"),
            Column("Other ref", "transfer_ref"),
            Column("Person ID", "person_ref", "number"),
            Column("Suspect/Victim", "role"),
            Column("Last name", "surname"),
            Column("First name", "forenames"),
            Column("Date of birth", "date_of_birth", "date"),
            Column("Gender", "sex"),
            Column("Ethnicity (16+1)", "self_defined"),
            Column("IC code", "observed", "number"),
            Column("Nationality 1", "nationality"),
            Column("Nationality 2", "second_nationality"),
            Column("PNC ID", "pnc_id"),
        ),
        notes=("Extracted from the records system; see force data lead",),
    ),
    reference="14-{number:06d}-{year:02d}",
    person="{number}",
    dates=EXCEL,
    self_defined=WRITTEN_2001,
    observed={code: code for code in OBSERVED},
    nationality={"": "", **{code: entry.country for code, entry in NATIONALITIES.items()}},
    sexes=("M", "F"),
    roles=("Suspect", "Victim"),
    statuses=("", "Yes"),
    online=("No", "Yes"),
    group=("", "Yes"),
    directions=("to", "from"),
    size=0.8,
    missing=Missing(self_defined=1.5, not_stated=0.8, observed=0.8, nationality=1.4),
    folded=FOLDED_2001,
)

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {"06": GREATER_MANCHESTER, "13": WEST_YORKSHIRE, "14": SOUTH_YORKSHIRE}
)
"""By force code."""
