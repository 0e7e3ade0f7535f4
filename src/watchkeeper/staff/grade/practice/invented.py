"""Names of invented apprentices, and what they write to their mentor. None of these people exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# The first twelve are always the same people; larger cohorts are put together from FIRST and LAST.
TWELVE = (
    "Amara Okonkwo",
    "Łucja Nowak",
    "José Ángel Ruiz",
    "Hinemoa Parata",
    "Siobhán O'Dowd",
    "Yusuf Demirel",
    "Priya Raghunathan",
    "Lars Bjørnstad",
    "Нина Соколова",
    "佐藤 葵",
    "Fatima-Zahra Benali",
    "Tomás Figueroa",
)

FIRST = (
    "Adaeze",
    "Anahera",
    "Aroha",
    "Bao",
    "Bogdan",
    "Chiara",
    "Dilnoza",
    "Elif",
    "Emeka",
    "Eszter",
    "Farid",
    "Freya",
    "Gabriela",
    "Hamza",
    "Ingrid",
    "Ioana",
    "Itzel",
    "Jamila",
    "Jelena",
    "Kofi",
    "Leilani",
    "Malik",
    "Mariam",
    "Mateo",
    "Mei",
    "Minh",
    "Nadia",
    "Nokuthula",
    "Olena",
    "Paolo",
    "Quynh",
    "Rahel",
    "Rosa",
    "Samir",
    "Tariq",
    "Ulla",
    "Vesna",
    "Wambui",
    "Xochitl",
    "Zeynep",
)
LAST = (
    "Abara",
    "Ackermann",
    "Adeyemi",
    "Alvarado",
    "Bakker",
    "Barzani",
    "Castellanos",
    "Dlamini",
    "Eriksen",
    "Farouk",
    "Gashi",
    "Halvorsen",
    "Iyer",
    "Jaramillo",
    "Kahananui",
    "Kovács",
    "Lindqvist",
    "Mbeki-Ross",
    "Mokoena",
    "Nakamura",
    "Ngata",
    "Ochieng",
    "Özdemir",
    "Papadakis",
    "Quispe",
    "Rasmussen",
    "Sahin",
    "Szabó",
    "Takahashi",
    "Tuilagi",
    "Ueda",
    "Van Houten",
    "Villanueva",
    "Wachira",
    "Weiss",
    "Xhaka",
    "Yilmaz",
    "Zapata",
    "Zielińska",
    "Żukowski",
)

# Added to the marking's sample answer of that quality.
GOOD, FAIR, POOR, NONE = "good", "fair", "poor", "nothing"
QUALITIES = (GOOD, FAIR, POOR, NONE)
ENDINGS = {
    GOOD: (
        "",
        "Before I looked I had written down the opposite, so this took me a second pass.",
        "What I still don't understand: why does it look the same every time? Could we go through one together?",
        "I checked it on a second request, and there it held too.",
        "In my old job I would have blamed the last person who touched it; here I can at least say what I don't know.",
    ),
    FAIR: (
        "",
        "I am not sure about the second part.",
        "I did not find time to try it on another one.",
        "Maybe it is something else & I read <b>the wrong row</b>.",
    ),
    POOR: ("", "I ran out of time.", "Sorry, the cat walked over the keyboard: asdfgh."),
}
INSTEAD_OF_AN_ANSWER = ("ok", "Done.", "see above", "I don't know what to write here.", "It is slow, so it is slow.")


def names(count: int) -> list[str]:
    """The first `count` of 1,612 different names, always in the same order.

    >>> names(13)[-1], len(set(names(1000)))
    ('Adaeze Abara', 1000)
    """
    return [*TWELVE, *_more()][:count]


def _more() -> Iterator[str]:
    for shift in range(len(LAST)):
        for number, first in enumerate(FIRST):
            yield f"{first} {LAST[(number + shift) % len(LAST)]}"


def sample(rubric: Sequence[tuple[float, str, str]], quality: str) -> str:
    """The marking's sample answer that fits a quality: the best, one in the middle, the worst."""
    levels = sorted(rubric, key=lambda level: -level[0])
    place = {GOOD: 0, FAIR: len(levels) // 2, POOR: -1}[quality]
    return levels[place][2]
