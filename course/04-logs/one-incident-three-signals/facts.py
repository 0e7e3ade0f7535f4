"""What the prose of one-incident-three-signals states in numbers, and how each is computed."""

from watchkeeper.staff.author.writing import Fact


def harmed_on_sunday(recording):
    pages = recording.traces()
    return pages.start_ns[(pages.status == "ERROR") | (pages.duration_ms > 1000)]


def begins_after_the_second(open):
    sunday = open("sunday-night")
    wait_s = (harmed_on_sunday(sunday).min() - sorted(sunday.deploys.time_ns)[1]) / 1e9
    return 1 < wait_s < 10


def none_after_the_third(open):
    sunday = open("sunday-night")
    return harmed_on_sunday(sunday).max() < sorted(sunday.deploys.time_ns)[2]


FACTS = [
    Fact("the harm begins seconds after the second deploy", begins_after_the_second),
    Fact("no request that began after the third, which took that one back, was harmed", none_after_the_third),
]
