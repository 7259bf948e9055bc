"""Who works at the demo business, who its clients are, and what it offers. No address or number here is anybody's."""

from dataclasses import dataclass

from accounts.roles import ADMIN, STAFF

PASSWORD = "careops-demo"  # noqa: S105 - known to everybody: it is in the README
BUSINESS = {
    "name": "Riverside Physio & Wellness",
    "address": "14 Wharf Lane\nBristol BS1 0AA",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "email": "hello@riverside.example.com",
    "phone": "0117 496 0100",
}


@dataclass(frozen=True)
class Colleague:
    """Somebody who works there.

    :param services: names of what they offer; empty for who sees no clients
    :param weekdays: when they see clients, Monday is 0
    :param mornings_only: whether they go home at lunch
    """

    name: str
    email: str
    role: str = STAFF
    services: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    mornings_only: bool = False
    works_here: bool = True


# Service to its length in minutes and the form that clients fill in before the visit, if there is one.
SERVICES = {
    "Initial assessment": 45,
    "Physiotherapy": 30,
    "Sports massage": 60,
    "Deep tissue massage": 90,
    "Pilates one-to-one": 45,
    "Acupuncture": 45,
    "Running gait analysis": 60,
}
COLLEAGUES = [
    Colleague(
        "Helen Marsh",
        "admin@careops.example",
        role=ADMIN,
        services=("Initial assessment", "Physiotherapy", "Acupuncture"),
        weekdays=(0, 2, 4),
        mornings_only=True,
    ),
    Colleague(
        "Daniel Okafor",
        "staff@careops.example",
        services=("Initial assessment", "Physiotherapy", "Physiotherapy", "Running gait analysis"),
        weekdays=(0, 1, 2, 3, 4, 5),
    ),
    Colleague(
        "Priya Nair",
        "priya@careops.example",
        services=("Sports massage", "Deep tissue massage", "Acupuncture"),
    ),
    Colleague(
        "Zofia Wiśniewska",
        "zofia@careops.example",
        services=("Pilates one-to-one", "Physiotherapy", "Sports massage"),
        weekdays=(1, 2, 3, 4, 5),
    ),
    Colleague("Sam Whitfield", "sam@careops.example"),
    Colleague("Rory Campbell", "rory@careops.example", works_here=False),
]
OWNER, RECEPTION = "Helen Marsh", "Sam Whitfield"
ANSWER = [RECEPTION, RECEPTION, OWNER, "Daniel Okafor"]  # who writes to clients, and how often

IMPORTED = 50  # of the regulars, the first ones
REGULARS = """
Amelia Hartley, Oluwaseun Adeyemi, Grace Pemberton, Mateusz Kowalczyk, Siân Llewellyn, Harpreet Gill, Thomas Brightwell
Chloé Beaumont, Ifeoma Nwosu, George Abernathy, Mei-Ling Zhou, Callum MacLeod, Fatima Rahman, Niamh O’Sullivan
Edward Castellan, Ananya Krishnamurthy, Jürgen Vogel, Beatrice Lowe, Kwame Mensah, Rosalind Fairweather, Tomás Herrera
Leila Farahani, William Ashdown, Ayşe Demir, Catherine Birch, Dmitri Sokolov, Hannah Goldberg, Zainab Yusuf
Oliver Penrose, Søren Lindqvist, Margaret Whitcombe, Arjun Patel, Isabella Romano, Joseph Tremayne, Nkechi Obi
Philippa Dunmore, Rafael Carvalho, Eleanor Sutcliffe, Yusuf Karim, Charlotte Bexley, Minh Anh Trần, Alasdair Fraser
Naomi Silverstein, Gareth Pritchard, Lucía Fernández, Henry Oakden, Sunita Sharma, Marcus Bell, Freya Halvorsen
Dorothy Kingsley, Ibrahim Sesay, Victoria Langford, Paweł Nowak, Imogen Radcliffe, David Cohen, Aoife Brennan
Samuel Osei, Élodie Marchand, Shabnam Iqbal, Benedict Thornbury, Keiko Tanaka, Ling Chen
Martha Ellingham, Christopher Alexander Featherstone-Haugh, Rhiannon Bevan, Omar Haddad, Judith Prescott, Liam Doherty
Preeti Deshmukh, Viktor Horváth, Joan Merriweather, Adaeze Eze
"""
NEWCOMERS = """
Tilly Ravenscroft, Hassan Malik, Georgina Applewhite, Bartosz Zieliński, Nia Thomas, Robert Lockhart, Simone Deveraux
Kofi Boateng, Alice Wren, Ewan Galbraith, Maya Lindholm, Desmond Clarke
"""


@dataclass(frozen=True)
class Client:
    """A contact as it is typed in.

    :param is_imported: whether they were clients before there was CareOps, and so got no welcome
    :param is_new: whether they asked during the last days, and have never been there
    """

    name: str
    email: str
    phone: str
    notes: str
    is_imported: bool
    is_new: bool


NOTES = {
    "Oluwaseun Adeyemi": "Prefers late afternoons. Left knee, post-op since spring.",
    "Siân Llewellyn": "Please speak up: hearing aid on the right side.",
    "George Abernathy": "Latex allergy.",
    "Fatima Rahman": "Asks for a female therapist.",
    "Kwame Mensah": "Training for the half marathon in autumn.",
    "Ayşe Demir": "Parks at the back: needs the ramp.",
    "Margaret Whitcombe": "Pays by invoice, quarterly.",
    "Alasdair Fraser": "Rings rather than writes.",
    "Aoife Brennan": "Brings her sister along.",
    "Christopher Alexander Featherstone-Haugh": "Goes by Kit.",
}
WITHOUT_EMAIL = {"Alasdair Fraser", "Dorothy Kingsley", "Joan Merriweather", "Edward Castellan", "Ling Chen"}
RINGS = {"Alasdair Fraser"}
WITHOUT_PHONE = {"Harpreet Gill", "Zainab Yusuf", "Keiko Tanaka", "Kofi Boateng"}
MOBILE, LANDLINE = "07700 900{:03}", "020 7946 0{:03}"  # kept free by Ofcom for stories


def clients() -> list[Client]:
    """All clients, always in the same order: those who have come for long, then the new ones."""
    regulars, newcomers = _names(REGULARS), _names(NEWCOMERS)
    return [
        Client(
            name=name,
            email="" if name in WITHOUT_EMAIL else f"{_mailbox(name)}@example.com",
            phone="" if name in WITHOUT_PHONE else _phone(name, number),
            notes=NOTES.get(name, ""),
            is_imported=number < IMPORTED,
            is_new=number >= len(regulars),
        )
        for number, name in enumerate(regulars + newcomers)
    ]


def _phone(name: str, number: int) -> str:
    """Texts reach those who have no email address, but for one; of the others, some gave a landline."""
    is_mobile = name in WITHOUT_EMAIL - RINGS or (number % 3 and name not in RINGS)
    return (MOBILE if is_mobile else LANDLINE).format(101 + number)


def _names(text: str) -> list[str]:
    return [name.strip() for line in text.strip().splitlines() for name in line.split(",")]


PLAIN = str.maketrans("âáàãåäçéèêëíìîïñńóòôõöøúùûüýğışśłżźầř", "aaaaaaceeeeiiiinnoooooouuuuygisslzzar")


def _mailbox(name: str) -> str:
    first, *_, last = name.lower().translate(PLAIN).replace("’", "").split()
    return f"{first}.{last}"
