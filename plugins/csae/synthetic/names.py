"""Invented names. They are drawn without regard to ethnicity or nationality, so neither can be read from them."""

import unicodedata

from csae.synthetic.draws import Ints

_SURNAMES = """Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White
    Roberts Green Hall Wood Jackson Clarke Clark Khan Thomas Hill Ward Turner Cooper Morris Hussain Ahmed Ali Singh
    Begum Akhtar Shah Malik Mahmood Iqbal Hughes Price Rees Pugh Lewis Griffiths Llewellyn Edwards Bennett Baker
    Shaw Ashworth Entwistle Ramsbottom Sykes Haigh Dyson Hinchliffe Ackroyd Barraclough Sutcliffe Greenwood
    Holroyd Armitage Crowther Cox Carter Mitchell Parker Cook Bell Kelly Murphy Gallagher Doherty McDonald McCarthy
    MacKenzie McIntyre Campbell Stewart Murray Ferguson O'Brien O'Neill O'Connor O'Sullivan D'Souza Kowalski
    Nowak Wójcik Zielinska Popescu Ionescu Dumitru Radu Petrov Dimitrov Horvat Nagy Novák Müller Schäfer Jørgensen
    Østergaard Lindström Håkansson François Lefèvre Moreau Peña Núñez García Gonçalves Conceição Ferreira Rossi
    Esposito Okafor Adeyemi Mensah Boateng Asante Nkosi Moyo Chukwu Eze Abebe Tesfaye Haile Hassan Mohamed Osman
    Warsame Ibrahim Rahman Chowdhury Miah Uddin Sharma Gupta Reddy Fernando Perera Silva Nguyen Tran Pham Li Wang
    Chen Zhang Wong Cheung Lam Kim Sato Hosseini Karimi Rahimi Ahmadi Haidari Aziz Saleh Yilmaz Demir Kaya Hoxha
    Shehu Gjoni Tudor Stan Marin Barnes Fletcher Holmes Palmer Chapman Knight Mason Lloyd Gibson Marshall Hunt
    Fox Dixon Gordon Reid Burns Payne Dean Harvey Pearson Barker Watts Rowe Hodgson Booth Whitehead Ellis Webb"""
_SURNAMES_OF_TWO_WORDS = (
    "de Souza",
    "Van Dyke",
    "St John",
    "Da Costa",
    "El Amin",
    "Le Grand",
    "Abdul Karim",
    "Ní Bhriain",
)

_MALE = """James Daniel Liam Owen Rhys Gareth Callum Luke Adam Peter Kevin Darren Wayne Andrew Thomas Jack Oliver Harry
    George Samuel Joseph Benjamin Connor Ryan Nathan Kieran Declan Sean Seán Patrick Craig Scott Lewis Jordan Aaron
    Mohammed Muhammad Imran Bilal Hamza Yusuf Ibrahim Omar Tariq Sanjay Raj Arjun Vikram Kwame Kofi Emeka Tendai
    Andrei Ioan Mihai Tomasz Piotr Jakub José João André René François Björn Søren Zoltán Jürgen Nikolai Luca
    Marco Wei Minh Hiroshi Reza Arash Tesfay Dawit Jean-Paul Dafydd Ieuan"""
_FEMALE = """Emma Sophie Chloe Chloë Megan Bethan Cerys Karen Donna Amara Aisha Fatima Priya Ioana Katarzyna Zoe Zoë
    Lucy Sarah Laura Rebecca Rachel Hannah Charlotte Emily Olivia Amelia Grace Ella Lily Freya Isla Evie Jessica
    Leah Niamh Siân Ffion Angharad Mairéad Róisín Renée Esmé Inès Léa Noémie María Lucía Beatriz Agnieszka Magdalena
    Anca Elena Mirela Svetlana Ingrid Åsa Ngozi Chiamaka Abena Thandiwe Zainab Maryam Khadija Sumaiya Nadia Leila
    Shirin Selam Hiwot Anjali Deepa Kavita Meera Mei Linh Yuki Anne-Marie Mary-Jane Eve-Louise"""
SURNAMES = (*_SURNAMES.split(), *_SURNAMES_OF_TWO_WORDS)
MALE = tuple(_MALE.split())
FEMALE = tuple(_FEMALE.split())
FORENAMES = (*MALE, *FEMALE)

AS_KNOWN, UPPER, SWAPPED, PLAIN, INITIAL = range(5)
"""How a record spells a name: as it is, in capitals, last two letters swapped, without marks, forename cut."""
SPELLINGS = (UPPER, SWAPPED, PLAIN, INITIAL)


def compound(first: Ints, second: Ints, many: int) -> Ints:
    """One number each for names of one or two parts; `second` is 0 for none, else its position and one."""
    return first + many * second


def surname_text(code: int) -> str:
    second, first = divmod(code, len(SURNAMES))
    return SURNAMES[first] if not second else f"{SURNAMES[first]}-{SURNAMES[second - 1]}"


def forename_text(code: int) -> str:
    second, first = divmod(code, len(FORENAMES))
    return FORENAMES[first] if not second else f"{FORENAMES[first]} {FORENAMES[second - 1]}"


def spell_surname(code: int, spelling: int, canary: str | None) -> str:
    text = surname_text(code)
    if spelling == UPPER:
        text = text.upper()
    elif spelling == SWAPPED:
        text = swap_last(text)
    elif spelling == PLAIN:
        text = without_marks(text)
    return text + (canary or "")


def spell_forename(code: int, spelling: int, canary: str | None) -> str:
    text = forename_text(code)
    if spelling == PLAIN:
        text = without_marks(text)
    return text[:1] if spelling == INITIAL else text + (canary or "")


def swap_last(text: str) -> str:
    """The last two letters typed the wrong way round; a name of three letters or fewer stays."""
    return text if len(text) < 4 else text[:-2] + text[-1] + text[-2]


def without_marks(text: str) -> str:
    """Without accents and apostrophes, hyphens as spaces, as a keyboard or an older system leaves it."""
    letters = text.translate(str.maketrans("øØ-", "oO ", "'"))
    return unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
