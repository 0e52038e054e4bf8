"""How hard the harder world is: the rates of everything that makes linking its people difficult."""

from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True)
class HardPlan:
    """What a harder world is made from. Equal plans give equal worlds; rates are shares between 0 and 1.

    Rates are of records unless they say of whom. Each is drawn by itself, so a record may have several errors.

    With these rates 2.7% of the pairs of records of one person are undecidable by construction, as `evidence` counts
    them: nothing that the two share, or that a third record shares with both, could tell a method. Of those, 43% have
    a record whose date is missing or a placeholder, 39% have an alias, 16% are of people whose date was never known,
    and 2% have a married name or another half of a name. So no method's recall can be above 0.973 but by luck.
    Raises ValueError for a value out of range.
    """

    seed: int
    records: int
    forces: tuple[str, ...] = ("06", "13", "14", "20", "43", "46", "50", "62")
    last_day: date = date(2026, 9, 1)
    times_seen: tuple[float, ...] = (0.60, 0.19, 0.09, 0.05, 0.03, 0.02, 0.01, 0.01)
    """Share of the people with one record, two records and so on."""
    other_force: float = 0.25
    """With any force; all other records are with the one that is the person's."""
    reference_used_again: float = 0.75
    """With the force's one local reference of the person; all other records have a new one each."""
    suspect: float = 0.85
    with_others: float = 0.35
    """On the crime of another record."""
    born_swapped: float = 0.05
    """Day and month exchanged, of the dates where that makes another date."""
    born_digit: float = 0.02
    """One digit of the date wrong."""
    born_placeholder: float = 0.01
    """1 January of the year, or of 1900 for one in five."""
    born_missing: float = 0.01
    born_never_known: float = 0.01
    """Of people: 1 January of the year in each record."""
    pnc_of_people: float = 0.60
    pnc_shown: float = 0.60
    """Of the records of people who have one: so most records have none."""
    pnc_digit: float = 0.005
    """One digit wrong, of the PNC ids that are shown."""
    alias: float = 0.015
    """Another surname and forename; a person has one alias."""
    alias_keeps_pnc: float = 0.70
    """Of the aliases: the PNC id is shown or not as in other records; else it is not shown."""
    alias_keeps_born: float = 0.70
    surname_misspelt: float = 0.05
    forename_misspelt: float = 0.05
    unmarked: float = 0.5
    """Written without accents and apostrophes and with blanks for hyphens, as by a system that has none."""
    initial: float = 0.02
    forename_missing: float = 0.005
    middle_name: float = 0.35
    """Of people."""
    middle_shown: float = 0.60
    exchanged: float = 0.01
    """The surname in the place of the forenames, and the other way round."""
    double_barrelled: float = 0.04
    """Of people."""
    half_shown: float = 0.25
    """One half of the surname alone, of the records of people with two."""
    married: float = 0.03
    """Of women and girls with several records: another surname from some record on, for three in ten beside the old."""
    sex_missing: float = 0.01
    sex_wrong: float = 0.002
    twin: float = 0.008
    """Of people: are twins, with the same surname and date of birth and other forenames."""
    twins_together: float = 0.5
    """Of the second twin's records, as many as the first has: on the crime of a record of the first."""
    sibling: float = 0.03
    namesake: float = 0.008
    """Of people: father and son of one surname and forename."""
    common_name: float = 0.03
    """Of people: surname and forename are among the six most common, besides those that chance makes so."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type is float and not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"{field.name} must be between 0 and 1")
        if not 1 <= self.records <= 10_000_000:
            raise ValueError("records must be between 1 and 10000000")
        if not self.forces:
            raise ValueError("forces must name at least one")
        if self.twin + self.sibling + self.namesake > 1:
            raise ValueError("twin, sibling and namesake must not be more than all people")
