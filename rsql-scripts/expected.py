#!/usr/bin/env python3
"""What the warehouse must hold after the sample workflows, computed from the same files without SQL or RSQL.

    python3 rsql-scripts/expected.py           print the figures as JSON
    python3 rsql-scripts/expected.py --check   compare them with expected.json, exit 1 when they differ

The tests compare the tables with expected.json. The rules are those in the heads of the scripts, read anew.
"""
import calendar
import collections
import csv
import json
import pathlib
import re
import sys
from decimal import ROUND_HALF_UP, Decimal

HERE = pathlib.Path(__file__).parent
LANDING = HERE / "data" / "landing" / "2013-01-14"
REFERENCE = HERE / "data" / "reference"
LATE_MINUTES = 15


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text):
    return None if text == "NA" else int(text)


def share(part, whole, digits):
    """As the warehouse rounds: half away from zero."""
    if not whole:
        return None
    quotient = Decimal(part) / Decimal(whole)
    return str(quotient.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def mean(values):
    known = [value for value in values if value is not None]
    return share(sum(known), len(known), 2)


def reason_against(row, airlines, seen):
    if not (re.fullmatch("[0-9]{4}", row["year"]) and re.fullmatch("[0-9]{1,2}", row["month"])
            and re.fullmatch("[0-9]{1,2}", row["day"])):
        return "date is no number"
    year, month, day = (int(row[part]) for part in ("year", "month", "day"))
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return "no such date"
    if row["carrier"] not in airlines:
        return "unknown carrier"
    if row["origin"] not in ("EWR", "JFK", "LGA"):
        return "not from New York"
    if not all(re.fullmatch("-?[0-9]+|NA", row[delay]) for delay in ("dep_delay", "arr_delay")):
        return "delay is no number"
    if not re.fullmatch("[0-9]+", row["distance"]) or int(row["distance"]) == 0:
        return "no distance"
    key = tuple(row[part] for part in ("year", "month", "day", "carrier", "flight", "origin", "sched_dep_time"))
    if key in seen:
        return "duplicate"
    seen.add(key)
    return None


def flights_and_rejects(airlines):
    good, rejected, seen = [], collections.Counter(), set()
    for row in table(LANDING / "flights.csv") + table(LANDING / "flights_late.csv"):
        reason = reason_against(row, airlines, seen)
        if reason:
            rejected[reason] += 1
        else:
            row["date_key"] = int(row["year"]) * 10000 + int(row["month"]) * 100 + int(row["day"])
            good.append(row)
    return good, dict(sorted(rejected.items()))


def grouped(rows, *columns):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in columns)].append(row)
    return sorted(groups.items())


def daily(flights):
    return [
        {
            "date_key": day,
            "flights": len(rows),
            "cancelled": sum(row["dep_time"] == "NA" for row in rows),
            "avg_dep_delay": mean(number(row["dep_delay"]) for row in rows),
            "avg_arr_delay": mean(number(row["arr_delay"]) for row in rows),
            "distance": sum(int(row["distance"]) for row in rows),
        }
        for (day,), rows in grouped(flights, "date_key")
    ]


def carriers(flights):
    result = []
    for (carrier,), rows in grouped(flights, "carrier"):
        late = sum((number(row["arr_delay"]) or 0) > LATE_MINUTES for row in rows)
        result.append({"carrier": carrier, "flights": len(rows), "late": late, "late_share": share(late, len(rows), 4)})
    return result


def routes(flights):
    groups = grouped(flights, "origin", "dest")
    result = []
    for (origin, dest), rows in groups:
        times = [number(row["air_time"]) for row in rows if row["air_time"] != "NA"]
        result.append({
            "origin": origin,
            "dest": dest,
            "flights": len(rows),
            "best_air_time": min(times, default=None),
            "busiest_rank": 1 + sum(len(other) > len(rows) for _, other in groups),
        })
    return result


def wind_name(speed):
    if speed is None or speed == "NA":
        return "no report"
    # The warehouse keeps three digits.
    rounded = Decimal(speed).quantize(Decimal("0.001"), ROUND_HALF_UP)
    return "calm" if rounded < 10 else "breeze" if rounded < 20 else "strong"


def winds(flights):
    speed = {(row["origin"], row["time_hour"]): row["wind_speed"] for row in table(LANDING / "weather.csv")}
    for row in flights:
        row["wind"] = wind_name(speed.get((row["origin"], row["time_hour"])))
    return [
        {"wind": wind, "flights": len(rows), "avg_dep_delay": mean(number(row["dep_delay"]) for row in rows)}
        for (wind,), rows in grouped(flights, "wind")
    ]


def corrected(flights):
    """After the airline G7 was added: its correction belongs to no flight of the fact."""
    corrections = {
        (row["flight_date"], row["carrier"], row["flight"], row["origin"], row["sched_dep_time"]): int(row["arr_delay"])
        for row in table(LANDING / "corrections.csv")
    }
    result = []
    for (day,), rows in grouped(flights, "date_key"):
        date = f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}"
        found = [corrections.get((date, row["carrier"], row["flight"], row["origin"], row["sched_dep_time"]))
                 for row in rows]
        delays = [number(row["arr_delay"]) if fix is None else fix for row, fix in zip(rows, found)]
        result.append({"date_key": day, "corrections": sum(fix is not None for fix in found),
                       "avg_arr_delay": mean(delays)})
    return result


def route_shares(by_route):
    totals = collections.Counter()
    for route in by_route:
        totals[route["origin"]] += route["flights"]
    return [{"origin": route["origin"], "dest": route["dest"], "share": share(route["flights"], totals[route["origin"]], 4)}
            for route in by_route]


def figures():
    airlines = {row["carrier"] for row in table(REFERENCE / "airlines.csv")}
    airports = {row["faa"] for row in table(REFERENCE / "airports.csv")}
    planes = {row["tailnum"] for row in table(REFERENCE / "planes.csv")}
    flights, rejected = flights_and_rejects(airlines)
    inferred_airports = sorted({row["dest"] for row in flights} - airports)
    inferred_planes = {row["tailnum"] for row in flights} - planes - {"NA"}
    by_route = routes(flights)
    return {
        "raw": {"flights": len(table(LANDING / "flights.csv")), "flights_late": len(table(LANDING / "flights_late.csv")),
                "weather": len(table(LANDING / "weather.csv"))},
        "rejected": rejected,
        "fact_flight": len(flights),
        "fact_cancelled": sum(row["dep_time"] == "NA" for row in flights),
        "fact_without_plane": sum(row["tailnum"] == "NA" for row in flights),
        "dim_airline": len(airlines),
        "dim_airport": len(airports) + len(inferred_airports),
        "dim_airport_inferred": inferred_airports,
        # One more: key 0, no tail number.
        "dim_plane": len(planes) + len(inferred_planes) + 1,
        "dim_plane_inferred": len(inferred_planes) + 1,
        "agg_daily": daily(flights),
        "agg_carrier": carriers(flights),
        "agg_route": by_route,
        "agg_weather": winds(flights),
        "corrected_daily": corrected(flights),
        "route_share": route_shares(by_route),
    }


def main():
    text = json.dumps(figures(), indent=1) + "\n"
    if "--check" not in sys.argv:
        sys.stdout.write(text)
        return
    if (HERE / "expected.json").read_text(encoding="utf-8") != text:
        sys.exit("expected.json differs from the data: python3 rsql-scripts/expected.py > rsql-scripts/expected.json")


if __name__ == "__main__":
    main()
