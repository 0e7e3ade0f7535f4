"""What the prose of what-could-leave states in numbers, and how each is computed."""

from watchkeeper.staff.author.writing import Fact

from .shared import growth

FACTS = [
    Fact(
        "The slowest 5 % are made of other things than the middle.",
        lambda open: growth(open("monday-morning")).max() > 0.05,
    ),
]
