"""Working days of Denmark and Sweden, and counting forward in them.

The day of the event is day 0; a deadline of n working days ends with the n-th working day after
it, local time. Days are dates, never 24 hours, so a change of clocks moves nothing.

Denmark (da: hverdag): Monday to Friday without public holidays, 5 June, 24 and 31 December
(forældelsesloven § 27(2)). Store bededag is a holiday up to 2023. Sweden (sv: vardag, arbetsdag):
Monday to Friday without public holidays, midsummer eve, 24 and 31 December (lag 1930:173 § 2).
Whether a Saturday counts is a matter of policy; by default it does not.

A skipped day carries a reason code; its words are in the wording files under `day`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

Country = Literal["DK", "SE"]

ZONES: Final[dict[Country, ZoneInfo]] = {
    "DK": ZoneInfo("Europe/Copenhagen"),
    "SE": ZoneInfo("Europe/Stockholm"),
}
CURRENCIES: Final[dict[Country, str]] = {"DK": "DKK", "SE": "SEK"}

_FIXED: Final[dict[Country, dict[tuple[int, int], str]]] = {
    "DK": {(6, 5): "constitution_day", (12, 24): "christmas_eve", (12, 31): "new_years_eve"},
    "SE": {(12, 24): "christmas_eve", (12, 31): "new_years_eve"},
}

_REASONS: Final = {
    "New Year's Day": "new_years_day",
    "Epiphany": "epiphany",
    "Maundy Thursday": "maundy_thursday",
    "Good Friday": "good_friday",
    "Easter Sunday": "easter_sunday",
    "Easter Monday": "easter_monday",
    "Great Prayer Day": "great_prayer_day",
    "May Day": "may_day",
    "Ascension Day": "ascension_day",
    "Pentecost": "whit_sunday",
    "Whit Sunday": "whit_sunday",
    "Pentecost Monday": "whit_monday",
    "Whit Monday": "whit_monday",
    "National Day": "national_day",
    "Midsummer Day": "midsummer_day",
    "All Saints' Day": "all_saints_day",
    "Christmas Day": "christmas_day",
    "Second Day of Christmas": "boxing_day",
}


@dataclass(frozen=True, slots=True)
class Count:
    """Where a count ended, and which days it passed over on the way, each with its reason code."""

    due: date
    skipped: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a country; `extra_off` adds local days as (month, day)."""

    country: Country
    saturday: bool = False
    extra_off: tuple[tuple[int, int], ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The local zone, in which days begin and end."""
        return ZONES[self.country]

    @property
    def currency(self) -> str:
        """What amounts under the law of this country are in (ISO 4217)."""
        return CURRENCIES[self.country]

    def reason_off(self, day: date) -> str | None:
        """Why nobody works on a day, as a reason code; None for a working day."""
        named = _days_off(self.country, day.year).get(day)
        if named is not None:
            return named
        if day.weekday() == 6:
            return "sunday"
        if day.weekday() == 5 and not self.saturday:
            return "saturday"
        return "local_day_off" if (day.month, day.day) in self.extra_off else None

    def is_working_day(self, day: date) -> bool:
        """Whether a day counts."""
        return self.reason_off(day) is None

    def add_working_days(self, start: date, n: int) -> Count:
        """Count to the n-th working day after a day; n = 0 is the day itself."""
        if n < 0:
            raise ValueError("working days are counted forward only")
        day, counted, skipped = start, 0, []
        while counted < n:
            day += timedelta(days=1)
            reason = self.reason_off(day)
            if reason is None:
                counted += 1
            else:
                skipped.append((day, reason))
        return Count(day, tuple(skipped))

    def local_date(self, moment: datetime) -> date:
        """Return the day on which a moment falls here."""
        return moment.astimezone(self.zone).date()

    def end_of_day(self, day: date) -> datetime:
        """23:59:59 local of a day, in UTC."""
        return end_of_day(day, self.zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """23:59:59 of a day in a zone, in UTC."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


@cache
def _days_off(country: Country, year: int) -> dict[date, str]:
    from holidays import country_holidays  # noqa: PLC0415  slow to load, and listings count nothing

    public = country_holidays(country, years=year, language="en_US")
    days = {date(year, month, day): reason for (month, day), reason in _FIXED[country].items()}
    if country == "SE":
        midsummer = next(day for day, name in public.items() if "Midsummer Day" in name)
        days[midsummer - timedelta(days=1)] = "midsummer_eve"
    for day, name in public.items():
        reasons = (_REASONS[part.strip()] for part in name.split(";") if part.strip() != "Sunday")
        days[day] = next(reasons, "sunday")
    return days
