#!/usr/bin/env python3
"""The resources of a stack, made by plain API calls, for tests on the local endpoint.

    aws_resources.py create STACK [--pool NAME ...]

Names are those of shared/aws/src/stack.rs. What exists already stays as it is. It goes to the endpoint in
AWS_ENDPOINT_URL, and refuses to work without one: in a real account `infra/` makes the resources.
"""

import argparse
import functools
import json
import os
import sys

import boto3

DAY = 24 * 60 * 60
RETENTION = 14 * DAY
# The dispatcher's function may run 20 s; a batch that is being worked on must stay hidden for six times that.
EVENTS_VISIBLE_AFTER = 120
# A little longer than a worker's lease of 60 s, which its heartbeats renew together with this.
JOBS_VISIBLE_AFTER = 66
EVENTS_RECEIVES_MAX = 50
JOBS_RECEIVES_MAX = 5
# As shared/core/src/wire.rs reads it.
TICK = {"v": 1, "event": "tick"}


def create(stack: str, pools: list[str]) -> dict:
    """Makes everything, and says what: {kind: {name: ARN or URL}}."""
    queues = make_queues(stack, pools)
    return {
        "stack": stack,
        "tables": make_tables(stack),
        "queues": queues,
        "bus": make_bus(stack, queues),
        "topic": client("sns").create_topic(Name=f"{stack}-alerts")["TopicArn"],
        "schedule_group": make_schedule_group(stack),
        "log_groups": [make_log_group(f"/{stack}/{part}") for part in ("jobs", "metrics")],
    }


def as_json(made: dict) -> str:
    return json.dumps(made, indent=2) + "\n"


@functools.cache
def client(service: str):
    if "AWS_ENDPOINT_URL" not in os.environ:
        raise SystemExit("aws_resources.py: AWS_ENDPOINT_URL is not set; see tests/moto.sh")
    # Keys and region of the local endpoint, which takes any: a thread of the server itself has no others.
    return boto3.client(
        service,
        region_name=os.environ.get("AWS_REGION", "us-east-1"),
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
    )


def make_tables(stack: str) -> dict:
    return {
        f"{stack}-workflows": make_table(f"{stack}-workflows", ["workflow_id"]),
        f"{stack}-versions": make_table(f"{stack}-versions", ["workflow_id", "part"]),
        f"{stack}-executions": make_table(
            f"{stack}-executions",
            ["workflow_execution_id", "item"],
            local={"held": ["workflow_execution_id", "held"]},
            indexes={
                "workflow": ["workflow_id", "started"],
                "started": ["listed", "started"],
                "open": ["open", "started"],
                "attention": ["due", "attention_at"],
            },
            expires=True,
        ),
        f"{stack}-audit": make_table(f"{stack}-audit", ["scope", "key"], expires=True),
    }


def make_table(name: str, key: list[str], local=None, indexes=None, expires=False) -> str:
    local, indexes = local or {}, indexes or {}
    columns = sorted({column for keys in [key, *local.values(), *indexes.values()] for column in keys})
    optional = {}
    if local:
        optional["LocalSecondaryIndexes"] = [index(*item) for item in local.items()]
    if indexes:
        optional["GlobalSecondaryIndexes"] = [index(*item) for item in indexes.items()]
    dynamodb = client("dynamodb")
    try:
        made = dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": column, "AttributeType": "S"} for column in columns],
            KeySchema=schema(key),
            BillingMode="PAY_PER_REQUEST",
            **optional,
        )
    except dynamodb.exceptions.ResourceInUseException:
        return dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    if expires:
        specification = {"Enabled": True, "AttributeName": "expires_at"}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    return made["TableDescription"]["TableArn"]


def index(name: str, key: list[str]) -> dict:
    return {"IndexName": name, "KeySchema": schema(key), "Projection": {"ProjectionType": "KEYS_ONLY"}}


def schema(key: list[str]) -> list[dict]:
    return [{"AttributeName": column, "KeyType": kind} for column, kind in zip(key, ("HASH", "RANGE"))]


def make_queues(stack: str, pools: list[str]) -> dict:
    dead_events = make_queue(f"{stack}-dead-events")
    dead_jobs = make_queue(f"{stack}-dead-jobs")
    made = {
        f"{stack}-dead-events": dead_events,
        f"{stack}-dead-jobs": dead_jobs,
        f"{stack}-events": make_queue(
            f"{stack}-events", EVENTS_VISIBLE_AFTER, dead=(arn_of(dead_events), EVENTS_RECEIVES_MAX)
        ),
    }
    for name in [f"{stack}-jobs", *(f"{stack}-jobs-{pool}" for pool in pools)]:
        made[name] = make_queue(name, JOBS_VISIBLE_AFTER, dead=(arn_of(dead_jobs), JOBS_RECEIVES_MAX))
    return made


def make_queue(name: str, visible_after: int = 30, dead: tuple | None = None) -> str:
    attributes = {
        "MessageRetentionPeriod": str(RETENTION),
        "ReceiveMessageWaitTimeSeconds": "20",
        "VisibilityTimeout": str(visible_after),
    }
    if dead:
        arn, receives = dead
        attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
    return client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def arn_of(url: str) -> str:
    account, name = url.split("/")[-2:]
    return f"arn:aws:sqs:{client('sqs').meta.region_name}:{account}:{name}"


def make_bus(stack: str, queues: dict) -> str:
    """The bus with the rule that leads starts to the dispatcher, and the tick, which AWS allows on the default bus only."""
    events = client("events")
    try:
        arn = events.create_event_bus(Name=stack)["EventBusArn"]
    except events.exceptions.ResourceAlreadyExistsException:
        arn = events.describe_event_bus(Name=stack)["Arn"]
    pattern = json.dumps({"detail-type": ["Workflow Start"]})
    dead = {"DeadLetterConfig": {"Arn": arn_of(queues[f"{stack}-dead-events"])}}
    target = {"Id": "events", "Arn": arn_of(queues[f"{stack}-events"]), **dead}
    events.put_rule(Name=f"{stack}-events", EventBusName=stack, EventPattern=pattern)
    events.put_targets(Rule=f"{stack}-events", EventBusName=stack, Targets=[target])
    events.put_rule(Name=f"{stack}-tick", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule=f"{stack}-tick", Targets=[{**target, "Input": json.dumps(TICK)}])
    return arn


def make_schedule_group(stack: str) -> str:
    """For schedules in a time zone; `rsqlctl deploy` puts them there."""
    scheduler = client("scheduler")
    try:
        return scheduler.create_schedule_group(Name=stack)["ScheduleGroupArn"]
    except scheduler.exceptions.ConflictException:
        return scheduler.get_schedule_group(Name=stack)["Arn"]


def make_log_group(name: str) -> str:
    logs = client("logs")
    try:
        logs.create_log_group(logGroupName=name)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    return name


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = arguments.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("create")
    make.add_argument("stack")
    make.add_argument("--pool", action="append", default=[])
    options = arguments.parse_args()
    sys.stdout.write(as_json(create(options.stack, options.pool)))


if __name__ == "__main__":
    main()
