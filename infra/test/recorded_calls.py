#!/usr/bin/env python3
"""Prints, as JSON, the calls by which tests/aws_resources.py would make a stack; none is sent.

    recorded_calls.py STACK POOL
"""

import json
import sys
import types
from pathlib import Path

CALLS = []


class Recorder:
    """A client that notes what it is asked for, and answers with as much as the script reads."""

    class exceptions:
        ResourceInUseException = ResourceAlreadyExistsException = ConflictException = KeyError

    class meta:
        region_name = "us-east-1"

    def __getattr__(self, operation):
        def call(**arguments):
            CALLS.append({"operation": operation, **arguments})
            name = arguments.get("QueueName") or arguments.get("Name") or arguments.get("TableName")
            return {
                "TableDescription": {"TableArn": name},
                "QueueUrl": f"https://sqs/123456789012/{name}",
                "EventBusArn": name,
                "TopicArn": name,
                "ScheduleGroupArn": name,
            }

        return call


sys.modules["boto3"] = types.SimpleNamespace(client=None)
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import aws_resources  # noqa: E402  (it needs the stand-in for boto3)

aws_resources.client = lambda service: Recorder()
aws_resources.create(sys.argv[1], [sys.argv[2]])
print(json.dumps(CALLS))
