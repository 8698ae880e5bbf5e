#!/usr/bin/env python3
"""Writes cron expressions with the times that PyPI's croniter gives them, to compare ours with.

    pip install croniter
    python3 scripts/compare_cron.py --cases 10000 --seed 1 > /tmp/cron.tsv
    BIGRAIN_CRON_CASES=/tmp/cron.tsv swift test -c release --filter CronTests

A line is `expression<TAB>zone<TAB>start<TAB>minutes ...`: seconds since 1970, and when it runs next, in whole minutes
after the start's minute. `Tests/JobsTests/Golden/cron.tsv` has 1,500 cases of seed 7. Two differences are meant and
taken out, a third is left out: a list of days that names every day without beginning with `*` is no star to
cron, but is to croniter. A schedule of certain hours runs once where croniter lets it run in both of two repeated hours; and the
days go together as in Vixie's cron, which croniter calls `implement_cron_bug`.
"""

import argparse
import datetime
import random
import sys
from zoneinfo import ZoneInfo

from croniter import croniter

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]


def item(source, field):
    low, high = RANGES[field]
    names = {3: MONTHS, 4: DAYS}.get(field)

    def value(number):
        return names[number - low] if names and source.random() < 0.4 else str(number)

    kind = source.random()
    if kind < 0.15:
        return f"*/{source.randint(1, max(2, (high - low) // 2))}"
    first, last = sorted(source.choices(range(low, high + 1), k=2))
    if kind < 0.6 or first == last:
        return value(first)
    if kind < 0.85:
        return f"{value(first)}-{value(last)}"
    return f"{value(first)}-{value(last)}/{source.randint(1, max(1, last - first))}"


def expression(source):
    stars = [0.25, 0.35, 0.5, 0.6, 0.55]
    fields = []
    for field in range(5):
        if source.random() < stars[field]:
            fields.append("*")
        else:
            fields.append(",".join(item(source, field) for _ in range(source.choice([1, 1, 1, 2, 3]))))
    return " ".join(fields)


def hours(text):
    """Whether the field of hours matches every hour."""
    found = set()
    for part in text.split(","):
        body, _, step = part.partition("/")
        first, _, last = body.partition("-")
        low, high = (0, 23) if body == "*" else (int(first), int(last or first))
        found.update(range(low, high + 1, int(step or 1)))
    return len(found) == 24


def times(text, zone, start, count):
    found = []
    iterator = croniter(text, start, implement_cron_bug=True)
    hourly = hours(text.split()[1])
    while len(found) < count:
        time = iterator.get_next(datetime.datetime)
        if not hourly and time.fold == 1 and time.astimezone(datetime.timezone.utc) != time.replace(fold=0).astimezone(datetime.timezone.utc):
            continue
        found.append(int(time.timestamp()))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    source = random.Random(options.seed)
    changes = [1743292800, 1761436800, 1741500000, 1761976800, 1743861600, 1759586400]
    done = 0
    while done < options.cases:
        zone = source.choice(ZONES)
        start = source.randrange(1_600_000_000, 1_900_000_000)
        if source.random() < 0.4:  # near a change of the clock
            start = source.choice(changes) + source.randrange(-100_000, 100_000)
        text = expression(source)
        begun = datetime.datetime.fromtimestamp(start, ZoneInfo(zone))
        try:
            found = times(text, zone, begun, 3)
        except Exception:  # a day that never comes, or croniter's own limits
            continue
        fields = text.split()
        if any(croniter.expand(text)[0][day] == ["*"] and not fields[day].startswith("*") for day in (2, 4)):
            continue
        if len(text) > 60 or found[-1] - start > 20 * 366 * 86_400:
            continue
        minutes = " ".join(str((time - (start - start % 60)) // 60) for time in found)
        print(text, zone, start, minutes, sep="\t")
        done += 1
    print(f"{done} cases, seed {options.seed}", file=sys.stderr)


if __name__ == "__main__":
    main()
