"""What a synthetic world is made from: everything that decides its bytes."""

from dataclasses import dataclass, fields
from datetime import date, timedelta

OFFENCE_DELAY_DAYS = 1000
"""An offence was committed at most this long before it was recorded."""
LONGEST_HISTORY_DAYS = 7300
MOST_NIGHTS = 4000
SHORTEST_CANARY = 4
REVIEWERS = ("91",)
"""The National Crime Agency sends reviews of other forces' cases, and no crimes."""


@dataclass(frozen=True)
class Plan:
    """The parameters of a world. Equal plans give equal bytes; rates are shares between 0 and 1.

    `crimes` counts true crimes: a transferred one is delivered by two forces and is still one crime, and the
    junk crimes of the first night come on top. Raises ValueError for a value out of range.
    """

    seed: int
    crimes: int
    nights: int = 3
    first_night: date = date(2026, 9, 1)
    forces: tuple[str, ...] = ("06", "13", "14")
    new_later: float = 0.20
    """Share of the crimes first sent on a later night than the first (all later nights together)."""
    changed_a_night: float = 0.10
    """Share of the crimes already sent that are sent again on each later night."""
    cancelled: float = 0.015
    transferred: float = 0.02
    crime_twice_in_file: float = 0.008
    person_twice_on_crime: float = 0.02
    """Of suspects: listed again under a second local number, the forename cut to an initial."""
    misspelt: float = 0.05
    repeat_suspect: float = 0.18
    group_based: float = 0.17
    """Share of crimes flagged as group-based; nearly all of them have two or more suspects."""
    online: float = 0.33
    no_suspect: float = 0.24
    """Of crimes that are not group-based: no suspect is identified."""
    blank_ethnicity: float = 0.29
    """Self-defined, on average: each force's layout weighs the four rates of missing values its own way."""
    not_stated_ethnicity: float = 0.15
    blank_observed: float = 0.30
    blank_nationality: float = 0.30
    two_nationalities: float = 0.05
    pnc_known: float = 0.55
    history_days: int = 600
    """Crimes were recorded over so many days before the night that first sends them."""
    canary: str | None = None
    """Letters put into every surname, forename, PNC id and local person id, so that a byte search can prove
    that none of them leaked. No forename is then cut to an initial, so no person is listed twice."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type is float and not 0 <= value <= 1:
                raise ValueError(f"{field.name} must be between 0 and 1")
        whole = {
            "seed": (0, 2**63),
            "crimes": (0, 50_000_000),
            "nights": (1, MOST_NIGHTS),
            "history_days": (1, LONGEST_HISTORY_DAYS),
        }
        for name, (low, high) in whole.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be between {low} and {high}")
        if not self.forces or len(set(self.forces)) != len(self.forces):
            raise ValueError("forces must name at least one force, and none twice")
        if not self.police:
            raise ValueError("forces must name one that records crimes, for its cases are reviewed")
        if self.canary is not None and not (
            self.canary.isascii() and self.canary.isalpha() and len(self.canary) >= SHORTEST_CANARY
        ):
            raise ValueError(f"canary must be at least {SHORTEST_CANARY} plain letters")

    @property
    def police(self) -> tuple[str, ...]:
        """The forces that record crimes."""
        return tuple(force for force in self.forces if force not in REVIEWERS)

    @property
    def reviewers(self) -> tuple[str, ...]:
        return tuple(force for force in self.forces if force in REVIEWERS)

    def day(self, night: int) -> date:
        """The delivery date of a night, counted from 0."""
        return self.first_night + timedelta(days=night)
