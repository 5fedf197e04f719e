"""What a call costs, worked out in another way than the engine does: exact fractions, minute by minute.

The engine cuts a call at the boundaries of its prices; here every minute of the clock is asked for its price by
itself, from Python's own time zones, and the paid time is found by trying one interval after the other.
"""
import datetime
import math
import zoneinfo
from fractions import Fraction

NANO = 10**9
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UTC = datetime.timezone.utc


def band_holds(band, local):
    days, hours, _price = band.split(" ")
    begin, end = ((int(text[:2]) * 60 + int(text[3:])) for text in hours.split("-"))
    minute = local.hour * 60 + local.minute
    today, yesterday = DAYS[local.weekday()], DAYS[(local.weekday() - 1) % 7]
    if begin < end:
        return today in days.split(",") and begin <= minute < end
    return (today in days.split(",") and minute >= begin) or (yesterday in days.split(",") and minute < end)


def minute_price(rate, moment):
    local = moment.astimezone(zoneinfo.ZoneInfo(rate.get("zone", "UTC")))
    for band in rate.get("bands", []):
        if band_holds(band, local):
            return Fraction(band.split(" ")[2])
    return Fraction(rate["per_minute"])


def used(rate, answer_us, seconds):
    """Prices change with the minute of the clock at most, and all offsets from UTC of our days are whole minutes."""
    total, minute_us = 0, 60 * 10**6
    epoch = datetime.datetime(1970, 1, 1, tzinfo=UTC)
    at_us, end_us = answer_us, answer_us + seconds * 10**6
    while at_us < end_us:
        until_us = min(end_us, (at_us // minute_us + 1) * minute_us)
        if not rate.get("bands"):
            until_us = end_us
        total += minute_price(rate, epoch + datetime.timedelta(microseconds=at_us)) * (until_us - at_us)
        at_us = until_us
    return Fraction(total, minute_us)


def billed_s(rate, duration_ms):
    seconds = math.ceil(Fraction(duration_ms, 1000))
    first, step = rate.get("first", 1), rate.get("next", 1)
    while first < seconds:
        first += step
    return first


def rounded(amount, rate):
    scale = 10 ** rate.get("decimals", 9)
    scaled = amount * scale
    how = rate.get("rounding", "nearest")
    whole = {"up": math.ceil(scaled), "down": math.floor(scaled), "nearest": math.floor(scaled + Fraction(1, 2))}[how]
    return int(Fraction(whole, scale) * NANO)


def interval_price(rate, answer_us, seconds):
    amount = Fraction(rate.get("connect_fee", "0")) + used(rate, answer_us, seconds)
    amount = max(amount, Fraction(rate.get("min_charge", "0")))
    if Fraction(rate.get("max_charge", "0")):
        amount = min(amount, Fraction(rate["max_charge"]))
    return rounded(amount, rate)


def price(rate, answer_us, duration_ms):
    """(nano units, seconds billed)"""
    if duration_ms <= rate.get("grace", 0) * 1000:
        return 0, 0
    seconds = billed_s(rate, duration_ms)
    return interval_price(rate, answer_us, seconds), seconds
