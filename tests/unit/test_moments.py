"""Moments, repeats and windows: what they mean, and what is said of those that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.model import moments
from simulator.model.moments import PlaceHours, evaluate, parse_moment, parse_repeat, parse_window
from simulator.words import clock
from simulator.words.calendars import OpeningHours
from simulator.words.errors import ExpressionError
from simulator.words.vocabulary import Money, Value

PARIS = clock.zone("Europe/Paris")
REUNION = clock.zone("Indian/Reunion")
PLACES = {
    "boutique-lyon": OpeningHours("Mo-Sa 10:00-19:00; Su,PH off", "FR", PARIS),
    "boutique-saint-denis": OpeningHours("Mo-Su 09:00-18:00", "FR", REUNION),
}


@dataclass(frozen=True)
class Then:
    """A person in Paris on Thursday 13 November 2025 at 15:00, the day before her birthday."""

    now: int = clock.parse_instant("2025-11-13 15:00", PARIS)
    start: int = clock.parse_instant("2024-11-01", PARIS)
    zone: clock.Zone = PARIS
    leap_day: str = "28 February"
    country: str | None = "FR"
    values: dict[str, Value] = field(default_factory=dict)

    def value(self, name: tuple[str, ...]) -> Value | None:
        known: dict[str, Value] = {
            "customer.birth_date": "1988-11-14",
            "customer.shop": "boutique-lyon",
            "contract.signed_on": "2020-03-01",
            "activation.needed_by": clock.parse_instant("2025-11-14 10:00", PARIS),
            "offer.valid_until": "2025-11-30",
            "offer.price": Money(14900, "EUR"),
            **self.values,
        }
        return known.get(".".join(name))

    def place(self, place_id: str) -> PlaceHours | None:
        return PLACES.get(place_id)


def meant(text: str, context: moments.Context | None = None) -> str | None:
    instant = evaluate(parse_moment(text), context or Then())
    return None if instant is None else clock.spoken(instant, PARIS)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", "Thu 13 Nov 2025 15:00"),
        ("activation", "Thu 13 Nov 2025 15:00"),
        ("start", "Fri 1 Nov 2024 00:00"),
        ("start + 30 days", "Sun 1 Dec 2024 00:00"),
        ("now - 1 h 30 min", "Thu 13 Nov 2025 13:30"),
        ("2025-11-14", "Fri 14 Nov 2025 00:00"),
        ("2025-11-14 08:07 + 1 day", "Sat 15 Nov 2025 08:07"),
        ("2025-11-14 08:07 +04:00 + 1 h", "Fri 14 Nov 2025 06:07"),
        ("2025-11-14 08:07 Indian/Reunion", "Fri 14 Nov 2025 05:07"),
        ("activation.needed_by - 2 h", "Fri 14 Nov 2025 08:00"),
        ("offer.valid_until", "Sun 30 Nov 2025 00:00"),
        ("08:00 local on birthday", "Fri 14 Nov 2025 08:00"),
        ("08:00 local on next day", "Fri 14 Nov 2025 08:00"),
        ("08:00 local on 2025-12-24", "Wed 24 Dec 2025 08:00"),
        ("08:00 local on offer.valid_until - 15 days", "Sat 15 Nov 2025 08:00"),
        ("08:00 local on activation.needed_by", "Fri 14 Nov 2025 08:00"),
        ("10:00 at customer.shop on today", "Thu 13 Nov 2025 10:00"),
        ("10:00 at boutique-saint-denis on today", "Thu 13 Nov 2025 07:00"),
        ("start of birthday - 15 days", "Thu 30 Oct 2025 00:00"),
        ("end of birthday", "Sat 15 Nov 2025 00:00"),
        ("end of birthday - 1 h", "Fri 14 Nov 2025 23:00"),
        ("end of today", "Fri 14 Nov 2025 00:00"),
        ("end of next working day", "Sat 15 Nov 2025 00:00"),
        ("end of activation", "Fri 14 Nov 2025 00:00"),
        ("end of activation + 2 working days", "Tue 18 Nov 2025 00:00"),
        ("end of 2025-11-14 10:00 + 1 day", "Sun 16 Nov 2025 00:00"),
        ("end of activation.needed_by + 20 h", "Sun 16 Nov 2025 00:00"),
        ("end of offer.valid_until + 2 h", "Mon 1 Dec 2025 02:00"),
        ("start of anniversary of contract.signed_on", "Sun 1 Mar 2026 00:00"),
        ("opening of customer.shop on birthday, else 10:00 local on birthday", "Fri 14 Nov 2025 10:00"),
        ("closing of boutique-lyon on today - 30 min, else now", "Thu 13 Nov 2025 18:30"),
        ("opening of boutique-saint-denis on birthday, else now", "Fri 14 Nov 2025 06:00"),
        ("opening of customer.shop on 2025-11-16, else 10:00 local on 2025-11-16", "Sun 16 Nov 2025 10:00"),
        ("opening of customer.shop on 2025-11-11, else end of 2025-11-11", "Wed 12 Nov 2025 00:00"),
        ("opening of customer.shop on 2025-11-16 - 1 h, else now + 1 h", "Thu 13 Nov 2025 16:00"),
        ("end of opening of customer.shop on birthday, else now", "Sat 15 Nov 2025 00:00"),
    ],
)
def test_what_a_moment_means(text: str, instant: str) -> None:
    assert meant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "order.promised_at + 1 day",
        "08:00 local on order.day",
        "start of anniversary of order.day",
        "end of order.promised_at",
        "10:00 at order.place on today",
        "opening of order.place on today, else now",
        "opening of nowhere on today, else now",
    ],
)
def test_an_unknown_name_gives_no_moment(text: str) -> None:
    assert meant(text) is None


def test_the_birthday_is_the_first_on_or_after_the_local_day_of_now() -> None:
    for now, day in (("2025-11-14 23:59", "Fri 14 Nov 2025"), ("2025-11-15 00:00", "Sat 14 Nov 2026")):
        assert meant("start of birthday", Then(now=clock.parse_instant(now, PARIS))) == f"{day} 00:00"
    # Just before midnight in Paris it is the 15th in Réunion, where her birthday is over.
    late = Then(now=clock.parse_instant("2025-11-14 23:00", PARIS), zone=REUNION)
    assert meant("start of birthday", late) == "Fri 13 Nov 2026 21:00"


@pytest.mark.parametrize(("leap_day", "day"), [("28 February", "Sat 28 Feb 2026"), ("1 March", "Sun 1 Mar 2026")])
def test_a_birthday_of_29_february(leap_day: str, day: str) -> None:
    context = Then(leap_day=leap_day, values={"customer.birth_date": "1996-02-29"})
    assert meant("08:00 local on birthday", context) == f"{day} 08:00"


def test_working_days_follow_the_country() -> None:
    monday = Then(now=clock.parse_instant("2025-11-10 15:00", PARIS))
    assert meant("now + 1 working day", monday) == "Wed 12 Nov 2025 15:00"
    assert meant("08:00 local on next working day", monday) == "Wed 12 Nov 2025 08:00"
    anywhere = Then(now=monday.now, country=None)
    assert meant("now + 1 working day", anywhere) == "Tue 11 Nov 2025 15:00"


def test_a_literal_without_a_zone_is_settled_in_the_zone_given_to_the_parser() -> None:
    moment = parse_moment("2025-11-14 08:07", REUNION)
    instant = evaluate(moment, Then())
    assert instant is not None
    assert clock.iso(instant, REUNION) == "2025-11-14T08:07:00+04:00"
    with pytest.raises(ExpressionError, match="2026-03-29 02:30 does not exist in Europe/Paris") as refused:
        parse_moment("end of 2026-03-29 02:30 + 1 day", PARIS)
    assert refused.value.offset == 7


@pytest.mark.parametrize("text", ["offer.price", "start of offer.price", "10:00 at activation.needed_by on today"])
def test_a_name_of_another_kind_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(ExpressionError, match="which is n") as refused:
        meant(text)
    assert text[refused.value.offset :].startswith(("offer.price", "activation.needed_by"))


def test_names_and_places_are_listed_with_their_offsets() -> None:
    text = "closing of dealer-7 on order.due - 30 min, else 08:00 at customer.shop on birthday"
    moment = parse_moment(text)
    assert [(".".join(use.path), text[use.offset :][:8], use.kinds) for use in moment.names()] == [
        ("order.due", "order.du", ("date", "instant")),
        ("customer.shop", "customer", ("place",)),
        ("customer.birth_date", "birthday", ("date",)),
    ]
    assert [(place.id, place.offset) for place in moment.places()] == [("dealer-7", 11)]
    assert str(moment) == text
    assert [use.kinds for use in parse_moment("end of order.due + 1 day").names()] == [("instant", "date")]


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        (
            "opening of customer.shop on birthday",
            0,
            (
                "'opening of customer.shop on birthday' may not exist: customer.shop may be closed that day. "
                "Add ', else 10:00 local on birthday'."
            ),
        ),
        (
            "opening of customer.shop on birthday else now",
            37,
            "a comma is missing before 'else'. Write 'opening of customer.shop on birthday, else ...'.",
        ),
        (
            "08:00 on birthday",
            0,
            "'08:00' on whose clock? Write '08:00 local' (the person's) or '08:00 at customer.shop'.",
        ),
        ("08:00 local", 0, "'08:00 local' of which day? Add 'on today' or another day."),
        ("08:00 local on brithday", 15, "'brithday' is not a day (did you mean 'birthday'?)."),
        ("activaton", 0, "'activaton' is not a moment (did you mean 'activation'?)."),
        ("now + 1w", 6, "'1w' is not a duration. Write '1 week' (calendar) or '168 h' (exact)."),
        ("now + PT30M", 6, "'PT30M' is not a duration. Write '30 min'."),
        (
            "birthday",
            0,
            (
                "'birthday' is not a moment: it is a day. Write 'start of birthday', 'end of birthday' or "
                "'08:00 local on birthday'."
            ),
        ),
        ("7 days", 0, "'7 days' is not a moment: it is a duration. Write 'now + 7 days'."),
        ("start of now", 9, "'now' is not a day. It is a moment. Write 'today'."),
        (
            "now + 1 day + 2 h",
            12,
            "unexpected '+ 2 h' after 'now + 1 day'. One duration may follow: write '+ 1 day 2 h'.",
        ),
        (
            "now, else start",
            3,
            "unexpected ', else start' after 'now'. Only 'opening of ...' and 'closing of ...' take an else.",
        ),
        ("2025-11-14T08:00", 0, "'2025-11-14T08:00' is not a moment. Write an instant as '2025-11-14 08:07'."),
        ("08:00 local on 2025-11-14 09:00", 15, "'2025-11-14 09:00' is no day. Write '2025-11-14'."),
        ("10:00 at on today", 9, "'on today' is not a place. Write 'customer.shop' or the id of a place."),
        (
            "start of anniversary of since",
            24,
            "'since' is not the name of a date. Write 'anniversary of customer.birth_date'.",
        ),
        ("end of " * 9 + "now", 56, "a moment may hold others, but not more than 8 deep. Write fewer."),
    ],
)
def test_a_moment_that_cannot_be_read_is_refused_with_the_remedy(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse_moment(text)
    assert (refused.value.offset, str(refused.value)) == (offset, message)


VOCABULARY = """
now start end of opening closing on local at else , + - 1 day 2 h 08:00 today next working birthday anniversary
customer.shop boutique-lyon 2025-11-14 09:30 Europe/Rome +01:00 activation.x 7w
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(WORDS, max_size=9).map(" ".join))
def test_any_words_are_a_moment_or_a_refusal_inside_the_text(text: str) -> None:
    try:
        moment = parse_moment(text, PARIS)
        assert parse_moment(str(moment), PARIS) == moment
        instant = evaluate(moment, Then())
    except ExpressionError as refusal:
        offset, instant = refusal.offset, None
    else:
        offset = 0
    assert 0 <= offset <= len(text)
    assert instant is None or isinstance(instant, int)


def test_a_time_of_day_with_its_clock() -> None:
    assert moments.parse_wall_time("08:00 local").place is None
    assert str(moments.parse_wall_time("08:00 at customer.shop").place) == "customer.shop"
    with pytest.raises(ExpressionError, match="on whose clock"):
        moments.parse_wall_time("08:00")


@pytest.mark.parametrize(
    ("text", "after", "following"),
    [
        ("daily at 02:00", "2025-11-14 01:59", "Fri 14 Nov 2025 02:00"),
        ("daily at 02:00", "2025-11-14 02:00", "Sat 15 Nov 2025 02:00"),
        ("daily at 02:30", "2026-03-28 02:30", "Sun 29 Mar 2026 03:00"),
        ("daily at 02:30", "2026-03-29 03:00", "Mon 30 Mar 2026 02:30"),
        ("daily at 02:30", "2026-10-25 02:30 +02:00", "Mon 26 Oct 2026 02:30"),
        ("every 3 days at 02:00", "2025-11-14 02:00", "Mon 17 Nov 2025 02:00"),
        ("every week on Mon at 10:00", "2025-11-14", "Mon 17 Nov 2025 10:00"),
        ("every 2 weeks on Tue Thu at 10:00", "2025-11-11 10:00", "Thu 13 Nov 2025 10:00"),
        ("every 2 weeks on Tue Thu at 10:00", "2025-11-13 10:00", "Tue 25 Nov 2025 10:00"),
    ],
)
def test_the_next_turn_of_a_repeat(text: str, after: str, following: str) -> None:
    repeat = parse_repeat(text)
    found = repeat.next_after(clock.parse_instant(after, PARIS), PARIS, first=date(2025, 11, 14))
    assert clock.spoken(found, PARIS) == following
    assert str(repeat) == text


@pytest.mark.parametrize("text", ["0 2 * * *", "every day at 02:00", "every 0 days at 02:00", "", "daily", "P1D"])
def test_what_is_no_repeat_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"is not a repeat. Write 'daily at 02:00'"):
        parse_repeat(text)


def test_an_unknown_weekday_is_refused_where_it_stands() -> None:
    with pytest.raises(ExpressionError, match=r"'Tuesday' \(did you mean 'Tue'\?\)") as refused:
        parse_repeat("every 2 weeks on Mon Tuesday at 10:00")
    assert refused.value.offset == 21


@pytest.mark.parametrize("text", ["7 days rolling", "11 months rolling", "calendar day", "calendar year"])
def test_windows_are_read(text: str) -> None:
    assert str(parse_window(text)) == text


@pytest.mark.parametrize(
    ("window", "first", "after"),
    [
        ("calendar day", "Thu 13 Nov 2025 00:00", "Fri 14 Nov 2025 00:00"),
        ("calendar week", "Mon 10 Nov 2025 00:00", "Mon 17 Nov 2025 00:00"),
        ("calendar month", "Sat 1 Nov 2025 00:00", "Mon 1 Dec 2025 00:00"),
        ("calendar year", "Wed 1 Jan 2025 00:00", "Thu 1 Jan 2026 00:00"),
    ],
)
def test_the_period_around_an_instant(window: str, first: str, after: str) -> None:
    period = parse_window(window).period(Then().now, PARIS)
    assert [clock.spoken(edge, PARIS) for edge in period] == [first, after]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("7 days", "Write '7 days rolling'."),
        ("week", "Write 'calendar week' or '1 week rolling'."),
        ("1w rolling", "Write '1 week' (calendar) or '168 h' (exact)."),
        ("0 days rolling", "Write '7 days rolling', or"),
        ("-7 days rolling", "Write '7 days rolling', or"),
        ("", "Write '7 days rolling', or"),
    ],
)
def test_what_is_no_window_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse_window(text)
    assert remedy in str(refused.value)
