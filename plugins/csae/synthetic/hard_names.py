"""Names for the harder world: many invented ones, used as unevenly as real ones, and the ways to misspell them."""

from collections.abc import Callable, Sequence
from itertools import chain

from csae.synthetic.names import FEMALE, MALE, SURNAMES, without_marks

MANY_SURNAMES = 20_000
MANY_FORENAMES = 1_500
"""Of each sex."""

VARIANTS = (
    "Mohammed Muhammad Mohamed Mohammad Muhammed",
    "Hussain Hussein Husain",
    "Ahmed Ahmad",
    "Hassan Hasan",
    "Rahman Rehman Rahmaan",
    "Chowdhury Choudhury Chaudhry",
    "Iqbal Eqbal",
    "Akhtar Akther Aktar",
    "Begum Begam",
    "Uddin Udin",
    "Osman Usman",
    "Ibrahim Ebrahim",
    "Omar Umar",
    "Tariq Tarik",
    "Yusuf Yousef Yousuf",
    "Hamza Hamzah",
    "Aisha Ayesha Aysha",
    "Fatima Fatema Fatimah",
    "Zainab Zaynab",
    "Maryam Mariam",
    "Khadija Khadijah",
    "Sumaiya Sumayya",
    "Tesfaye Tesfay",
    "Petrov Petroff",
    "Nikolai Nikolay",
    "Svetlana Svitlana",
    "Kowalski Kowalsky",
    "Clark Clarke",
    "Davies Davis",
    "Thompson Thomson",
    "Stewart Stuart",
    "Reid Reed",
    "Kelly Kelley",
    "MacKenzie McKenzie",
    "Sean Shaun Shawn",
    "Callum Calum",
    "Connor Conor",
    "Sarah Sara",
    "Hannah Hanna",
    "Rebecca Rebekah",
    "Sophie Sofie",
    "Katarzyna Catarzyna",
)
"""Spellings that one name goes by, between alphabets and within English."""
_OTHERS = {one: [other for other in group.split() if other != one] for group in VARIANTS for one in group.split()}


def enlarge(names: Sequence[str], many: int) -> tuple[str, ...]:
    """These names, and others made of the first half of one and the second half of another, up to so many.

    Raises ValueError where there are not so many.
    """
    halves = [name for name in names if name.isalpha() and len(name) > 3]
    blends = (
        halves[place][: (len(halves[place]) + 1) // 2]
        + halves[place - step][(len(halves[place - step]) + 1) // 2 :].lower()
        for step in range(1, len(halves))
        for place in range(len(halves))
    )
    found = tuple(dict.fromkeys(chain(names, blends)))[:many]
    if len(found) < many:
        raise ValueError(f"only {len(found)} names can be made of {len(names)}")
    return found


SURNAMES_BY_USE = enlarge(SURNAMES, MANY_SURNAMES)
MALE_BY_USE = enlarge(MALE, MANY_FORENAMES)
FEMALE_BY_USE = enlarge(FEMALE, MANY_FORENAMES)
FORENAMES_BY_USE = (*MALE_BY_USE, *FEMALE_BY_USE)


def use(many: int, shift: int) -> list[float]:
    """How often each name is used, the most common first, by Zipf's law with Mandelbrot's shift.

    20,000 surnames with a shift of 12 give the most common one 1.1% of the people, and let two people share a surname
    by chance once in 640 times; 1,500 forenames with a shift of 6, 3.0% and once in 174.
    """
    return [1 / (rank + shift) for rank in range(many)]


def misspell(name: str, chance: float) -> str:
    """Another way to write the name, by a number from 0 to below 1: another spelling of it or without its marks where
    it has one and for half of the numbers, else a slip of the keys. A name of three letters or fewer may stay."""
    half, rest = divmod(chance * 2, 1.0)
    slip, rest = divmod(rest * len(_SLIPS), 1.0)
    others = _OTHERS.get(name, [without_marks(name)])
    if half and others != [name]:
        return others[int(rest * len(others))]
    return name if len(name) < 4 else _SLIPS[int(slip)](name, 1 + int(rest * (len(name) - 3)))


_SLIPS: tuple[Callable[[str, int], str], ...] = (
    lambda name, at: name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    lambda name, at: name[:at] + name[at + 1 :],
    lambda name, at: name[:at] + name[at] + name[at:],
)
"""Two letters exchanged, one dropped, one doubled; never the first letter nor the last."""
