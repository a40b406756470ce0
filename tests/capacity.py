#!/usr/bin/env python3
"""The tables of docs/operations/capacity.md, computed from what a job needs as measured in docs/operations.md.

    capacity.py --write    puts them into the document
    capacity.py --check    fails when the document has others

Owns the arithmetic, the volumes, and the limits of services that it compares with. Measures nothing: `cost` in tests/tests/aws
does. Limits are AWS's defaults, read from its documents in November 2026.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEASURED = ROOT / "docs/operations.md"
DOCUMENT = ROOT / "docs/operations/capacity.md"

VOLUMES = {"10,000": 1e4, "100,000": 1e5, "1 million": 1e6, "10 million": 1e7}
# Nights are when jobs run: this part of a day's jobs comes in one hour.
PEAK_SHARE = 0.3
PEAK_SECONDS = 3_600
DAYS_OF_MONTH = 30
# Assumed, not measured: how long a job takes, an invocation of the dispatcher, and how many slots a host of 8 GB has.
JOB_SECONDS = 30
INVOCATION_SECONDS = 0.1
SLOTS_A_HOST = 64
# Units of an attempt's two audit records: two transactions of one record each.
AUDIT_UNITS = 4
# Writes to one index when an execution starts, ends and is announced: the index of what a tick has to look at has most.
INDEX_WRITES = 4
JOBS = {"chain of 50": 50, "1 → 200 → 1": 202}
BATCH = 10


def measured() -> dict[str, dict[str, float]]:
    """{shape: {row: number}} of the cost table."""
    text = MEASURED.read_text(encoding="utf-8").split("<!-- cost: begin -->")[1].split("<!-- cost: end -->")[0]
    rows: dict[str, dict[str, float]] = {shape: {} for shape in JOBS}
    for line in text.splitlines():
        cells = [cell.strip(" *") for cell in line.strip("|").split("|")]
        if len(cells) == 3 and re.fullmatch(r"[0-9.]+", cells[1]):
            for shape, cell in zip(JOBS, cells[1:]):
                rows[shape][cells[0]] = float(cell)
    return rows


class Shape:
    """What one job of a graph of this shape needs."""

    def __init__(self, name: str, rows: dict[str, float]) -> None:
        self.jobs = JOBS[name]
        self.sqs = sum(number for row, number in rows.items() if ": SQS " in row)
        self.invocations = rows["event source: invocation of the function"]
        self.write_units = rows["units that they write"]
        self.read_units = rows["units read"]
        self.put_events = rows["dispatcher: EventBridge PutEvents"]
        self.streams = rows["worker: Logs CreateLogStream"]
        self.log_puts = rows["worker: Logs PutLogEvents"]
        self.usd = rows["all"] / 1e6


def peak(jobs_a_day: float) -> float:
    """Jobs a second in the peak hour."""
    return jobs_a_day * PEAK_SHARE / PEAK_SECONDS


def volumes(chain: Shape, wide: Shape) -> str:
    each = {
        "executions started": lambda shape: 1 / shape.jobs,
        "SQS requests": lambda shape: shape.sqs,
        "invocations of the dispatcher": lambda shape: shape.invocations,
        "DynamoDB write units": lambda shape: shape.write_units,
        "DynamoDB read units": lambda shape: shape.read_units,
        "EventBridge PutEvents": lambda shape: shape.put_events,
        "Logs CreateLogStream": lambda shape: shape.streams,
        "Logs PutLogEvents": lambda shape: shape.log_puts,
    }
    rows = [["jobs a day", *VOLUMES], ["jobs a second in the peak hour", *(number(peak(day)) for day in VOLUMES.values())]]
    for name, of in each.items():
        rows.append([f"{name}, a second", *(both(chain, wide, of, peak(day)) for day in VOLUMES.values())])
    busy = lambda shape: shape.invocations * INVOCATION_SECONDS
    rows.append(["environments of the dispatcher busy", *(both(chain, wide, busy, peak(day)) for day in VOLUMES.values())])
    slots = [peak(day) * JOB_SECONDS for day in VOLUMES.values()]
    rows.append(["jobs at work = slots = sessions", *(number(count) for count in slots)])
    rows.append([f"hosts of {SLOTS_A_HOST} slots", *(number(max(1, -(-count // SLOTS_A_HOST))) for count in slots)])
    usd = lambda shape: shape.usd
    rows.append(["USD a day, requests", *(both(chain, wide, usd, day) for day in VOLUMES.values())])
    rows.append(["USD a month, requests", *(both(chain, wide, usd, day * DAYS_OF_MONTH) for day in VOLUMES.values())])
    return table(rows)


def limits(chain: Shape, wide: Shape) -> str:
    """The order in which limits are met; each by the shape that meets it first."""
    found = [
        ("Redshift: 50 query slots of manual WLM", 50, JOB_SECONDS),
        ("Redshift: 500 sessions", 500, JOB_SECONDS),
        ("CloudWatch Logs: 50 CreateLogStream a second", 50, chain.streams),
        ("dispatcher.concurrency 10, each event alone", 10 / INVOCATION_SECONDS, chain.invocations),
        ("one execution: 1,000 write units of a partition", 1_000, wide.write_units - AUDIT_UNITS),
        ("executions of one job: 1,000 writes of an index", 1_000, INDEX_WRITES),
        ("EventBridge: 400 PutEvents a second (smallest regions)", 400, chain.put_events),
        ("EventBridge: 2,400 PutEvents a second (Frankfurt, Ohio)", 2_400, chain.put_events),
        ("EventBridge: 10,000 PutEvents a second (Virginia, Oregon, Ireland)", 10_000, chain.put_events),
        ("DynamoDB: 4,000 write units of a table that is new", 4_000, wide.write_units - AUDIT_UNITS),
        ("DynamoDB: 40,000 write units of a table", 40_000, wide.write_units - AUDIT_UNITS),
        ("dispatcher.concurrency 10, batches full", BATCH * 10 / INVOCATION_SECONDS, chain.invocations),
        ("SQS: 120,000 messages in flight in a queue", 120_000, JOB_SECONDS),
        ("CloudWatch Logs: 5,000 PutLogEvents a second", 5_000, chain.log_puts),
    ]
    rows = [["limit", "one job needs", "met at jobs a second", "at jobs a day"]]
    for name, limit, need in sorted(found, key=lambda row: row[1] / row[2]):
        rate = limit / need
        rows.append([name, f"{need:.3g}", number(rate), number(rate * PEAK_SECONDS / PEAK_SHARE)])
    return table(rows)


def both(chain: Shape, wide: Shape, of, times: float) -> str:
    return f"{number(of(chain) * times)} / {number(of(wide) * times)}"


def number(value: float) -> str:
    """Two digits that count, since more are not known."""
    if value >= 10:
        digits = len(str(int(value))) - 2
        return f"{round(value / 10**digits) * 10**digits:,}"
    return f"{value:.2g}"


def table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def main() -> None:
    rows = measured()
    chain, wide = (Shape(name, rows[name]) for name in JOBS)
    text = DOCUMENT.read_text(encoding="utf-8")
    made = text
    for name, content in {"volumes": volumes(chain, wide), "limits": limits(chain, wide)}.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        made = re.sub(f"{begin}.*?{end}", f"{begin}\n\n{content}\n\n{end}", made, flags=re.DOTALL)
    if "--write" in sys.argv:
        DOCUMENT.write_text(made, encoding="utf-8")
    elif made != text:
        sys.exit(f"capacity.py: {DOCUMENT.relative_to(ROOT)} has other figures; run tests/capacity.py --write")


if __name__ == "__main__":
    main()
