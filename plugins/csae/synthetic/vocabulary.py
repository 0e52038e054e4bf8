"""The canonical codes of the world and how common each is. Layouts say how a force writes them."""

from collections.abc import Mapping
from typing import NamedTuple


class Offence(NamedTuple):
    weight: float
    title: str
    """One that means no other offence."""
    cjs_code: str
    category: str
    category_of_many: str = ""
    """Where it has several offenders who are not all known."""


OFFENCES: Mapping[str, Offence] = {
    "086/02": Offence(
        24, "Take/ make / distribute indecent photographs or pseudo- photographs, of children", "PK78008", "86"
    ),
    "022/22": Offence(
        17,
        "Sexual activity with a child under 16 - Female child - no penetration - Offender under 18",
        "SX03166",
        "22B",
    ),
    "020/06": Offence(12, "Sexual assault of a female child under 13", "SX03017", "20B"),
    "020/05": Offence(11, "Sexual assault on a female", "SX03007", "20A"),
    "086/10": Offence(7, "Possession of an indecent or pseudo indecent photo of a child", "CJ88115", "86"),
    "019/16": Offence(5, "Rape of a female child under 13 by a male", "SX03013", "19E", "19J"),
    "017/16": Offence(5, "Sexual assault on a male child under 13", "SX03018", "17B"),
    "021/03": Offence(
        5,
        "Causing or inciting a child under 13 to engage in sexual activity - Female child - no penetration",
        "SX03019",
        "21",
    ),
    "088/01": Offence(
        4,
        "Meeting a female child following sexual grooming etc. - offender 18 or over and victim under 16",
        "SX03048",
        "88A",
    ),
    "071/01": Offence(
        4,
        "Arranging or facilitating the commission of a child sex offence - sexual assault",
        "SX03236",
        "71",
    ),
    "019/07": Offence(4, "Rape of a female aged under 16", "SX03001", "19D", "19J"),
    "019/17": Offence(2, "Rape of a male child under 13 by a male", "SX03014", "19H", "19K"),
}
"""By Home Office code, with weights."""

ETHNICITIES: Mapping[str, float] = {
    "W1": 62,
    "W2": 1,
    "W3": 1,
    "W4": 1,
    "W9": 5,
    "M1": 1.6,
    "M2": 0.8,
    "M3": 0.8,
    "M9": 0.7,
    "A1": 2.5,
    "A2": 9,
    "A3": 2.5,
    "A4": 1.3,
    "A9": 1.7,
    "B1": 1.8,
    "B2": 3,
    "B9": 0.9,
    "O2": 1.3,
    "O9": 1.9,
}
"""The harmonised 19 codes and weights, for suspects and victims alike: nothing in it says who does what."""

SELF_DEFINED = ("", "NS", *ETHNICITIES)
"""What stands in a record: not recorded, not stated, or a code. A record holds the position in this tuple."""

OBSERVED: Mapping[str, str] = {"": "U", "1": "W", "2": "W", "3": "B", "4": "A", "5": "A", "6": "O", "9": "U"}
"""IC codes ('' not recorded, 9 unknown) and the group, at most, that each stands for."""

OBSERVED_IF: Mapping[str, tuple[float, ...]] = {
    "W": (0, 94, 3, 0, 0, 0, 0, 3),
    "W9": (0, 72, 22, 0, 0, 0, 1, 5),
    "M": (0, 22, 2, 42, 18, 0, 1, 15),
    "A": (0, 2, 0, 1, 88, 0, 3, 6),
    "A4": (0, 1, 0, 0, 6, 78, 0, 15),
    "B": (0, 0, 0, 96, 1, 0, 0, 3),
    "O": (0, 10, 10, 5, 25, 3, 25, 22),
    "O2": (0, 2, 5, 1, 17, 0, 60, 15),
}
"""Weights over `OBSERVED`, by the person's code or else its first letter: officers never see 'Mixed'."""


class Nationality(NamedTuple):
    demonym: str
    country: str
    weight: float


NATIONALITIES: Mapping[str, Nationality] = {
    "GBR": Nationality("British", "United Kingdom", 800),
    "PAK": Nationality("Pakistani", "Pakistan", 30),
    "ROU": Nationality("Romanian", "Romania", 36),
    "POL": Nationality("Polish", "Poland", 26),
    "IND": Nationality("Indian", "India", 18),
    "AFG": Nationality("Afghan", "Afghanistan", 12),
    "VNM": Nationality("Vietnamese", "Vietnam", 10),
    "NGA": Nationality("Nigerian", "Nigeria", 8),
    "SYR": Nationality("Syrian", "Syria", 8),
    "ALB": Nationality("Albanian", "Albania", 7),
    "BGD": Nationality("Bangladeshi", "Bangladesh", 7),
    "IRL": Nationality("Irish", "Ireland", 7),
    "IRN": Nationality("Iranian", "Iran", 8),
    "IRQ": Nationality("Iraqi", "Iraq", 5),
    "SDN": Nationality("Sudanese", "Sudan", 4),
    "ERI": Nationality("Eritrean", "Eritrea", 4),
    "SOM": Nationality("Somali", "Somalia", 4),
    "LTU": Nationality("Lithuanian", "Lithuania", 4),
    "LVA": Nationality("Latvian", "Latvia", 3),
    "BGR": Nationality("Bulgarian", "Bulgaria", 3),
    "PRT": Nationality("Portuguese", "Portugal", 3),
    "ITA": Nationality("Italian", "Italy", 2),
    "GHA": Nationality("Ghanaian", "Ghana", 2),
    "JAM": Nationality("Jamaican", "Jamaica", 2),
    "ZWE": Nationality("Zimbabwean", "Zimbabwe", 2),
    "CHN": Nationality("Chinese", "China", 2),
    "UKR": Nationality("Ukrainian", "Ukraine", 2),
}
HELD = ("", *NATIONALITIES)
"""What stands in a record: '' not recorded, or an ISO 3166 alpha-3 code."""
ASYLUM = ("AFG", "SYR", "IRN", "IRQ", "SDN", "ERI", "ALB", "VNM")
"""Where a person with the immigration status 'asylum seeker' may come from."""

OUTCOMES_WITH_SUSPECT: Mapping[int, float] = {1: 22, 10: 20, 15: 25, 16: 33}
OUTCOMES_WITHOUT: Mapping[int, float] = {14: 35, 18: 65}
"""Outcome types and weights: 14 and 18 say that no suspect was identified."""
