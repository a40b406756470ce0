"""What tests rely on in the local endpoint and moto alone does not give; run by tests/tests/local_aws.rs.

    check.py STACK

It ends with code 0 and says nothing when all holds.
"""

import concurrent.futures
import json
import os
import socket
import sys
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

CALLERS = 8
CALLS = 25


def main() -> None:
    stack = sys.argv[1]
    counts_are_exact(stack)
    one_of_many_wins(stack)
    a_transaction_is_whole_or_not_at_all(stack)
    no_message_is_lost(stack)
    a_dead_poll_takes_nothing(stack)
    calls_are_named_as_iam_names_them(stack)


def together(call) -> list:
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(call, range(CALLERS)))


def counts_are_exact(stack: str) -> None:
    dynamodb = boto3.client("dynamodb")
    place = {"TableName": f"{stack}-workflows", "Key": {"workflow_id": {"S": "count"}}}

    def add(_caller: int) -> None:
        for _ in range(CALLS):
            one = {":one": {"N": "1"}}
            dynamodb.update_item(**place, UpdateExpression="ADD times :one", ExpressionAttributeValues=one)

    together(add)
    seen = int(dynamodb.get_item(**place)["Item"]["times"]["N"])
    assert seen == CALLERS * CALLS, f"{seen} of {CALLERS * CALLS} counted"


def one_of_many_wins(stack: str) -> None:
    dynamodb = boto3.client("dynamodb")

    def put(caller: int) -> list[int]:
        won = []
        for race in range(CALLS):
            item = {"workflow_id": {"S": f"race-{race}"}, "by": {"N": str(caller)}}
            try:
                dynamodb.put_item(
                    TableName=f"{stack}-workflows", Item=item, ConditionExpression="attribute_not_exists(workflow_id)"
                )
                won.append(race)
            except ClientError as error:
                assert error.response["Error"]["Code"] == "ConditionalCheckFailedException", error
        return won

    winners = sorted(race for won in together(put) for race in won)
    assert winners == list(range(CALLS)), f"winners of races: {winners}"


def a_transaction_is_whole_or_not_at_all(stack: str) -> None:
    dynamodb = boto3.client("dynamodb")
    table = f"{stack}-audit"
    key = lambda name: {"scope": {"S": "transaction"}, "key": {"S": name}}  # noqa: E731
    add = lambda name: {  # noqa: E731
        "Update": {
            "TableName": table,
            "Key": key(name),
            "UpdateExpression": "ADD times :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    put = lambda name, **more: {"Put": {"TableName": table, "Item": key(name), **more}}  # noqa: E731
    dynamodb.transact_write_items(TransactItems=[add("old"), put("other")])
    try:
        gone = {"Delete": {"TableName": table, "Key": key("gone")}}
        names = {"#s": "scope"}
        fresh = put("other", ConditionExpression="attribute_not_exists(#s)", ExpressionAttributeNames=names)
        dynamodb.transact_write_items(TransactItems=[add("old"), add("new"), gone, fresh])
        raise AssertionError("a transaction went through whose condition does not hold")
    except ClientError as error:
        codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        assert codes == ["None", "None", "None", "ConditionalCheckFailed"], codes
    items = dynamodb.query(
        TableName=table, KeyConditionExpression="#s = :s", ExpressionAttributeNames={"#s": "scope"},
        ExpressionAttributeValues={":s": {"S": "transaction"}},
    )["Items"]
    seen = {item["key"]["S"]: item.get("times", {}).get("N") for item in items}
    assert seen == {"old": "1", "other": None}, seen


def no_message_is_lost(stack: str) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{stack}-jobs")["QueueUrl"]
    half = CALLERS // 2

    def work(caller: int) -> set[str]:
        if caller < half:
            for number in range(CALLS):
                sqs.send_message(QueueUrl=url, MessageBody=f"{caller}/{number}")
            return set()
        seen = set()
        while messages := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
            for message in messages:
                seen.add(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return seen

    seen = set().union(*together(work))
    assert len(seen) == half * CALLS, f"{len(seen)} of {half * CALLS} messages came"


def a_dead_poll_takes_nothing(stack: str) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{stack}-jobs")["QueueUrl"]
    host, port = url.split("/")[2].split(":")
    request = botocore_request(sqs, url)
    with socket.create_connection((host, int(port))) as caller:
        caller.sendall(request)
        # Until it waits. A poll that the server reads later than this takes nothing either.
        time.sleep(0.2)
    sqs.send_message(QueueUrl=url, MessageBody="for the living")
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", [])
    assert [message["Body"] for message in messages] == ["for the living"], "a poll took a message to its grave"


def calls_are_named_as_iam_names_them(stack: str) -> None:
    key = f"CHECK-{stack}"
    client = lambda service: boto3.client(service, aws_access_key_id=key, aws_secret_access_key=key)  # noqa: E731
    table, item = f"{stack}-versions", {"workflow_id": {"S": "call"}, "part": {"S": "0"}}
    put = {"Put": {"TableName": table, "Item": item}}
    check = {"TableName": f"{stack}-audit", "ConditionExpression": "attribute_not_exists(#k)"}
    check |= {"Key": {"scope": {"S": "call"}, "key": {"S": "0"}}, "ExpressionAttributeNames": {"#k": "key"}}
    client("dynamodb").transact_write_items(TransactItems=[put, {"ConditionCheck": check}])
    url = boto3.client("sqs").get_queue_url(QueueName=f"{stack}-jobs")["QueueUrl"]
    client("sqs").send_message_batch(QueueUrl=url, Entries=[{"Id": "0", "MessageBody": "call"}])
    client("events").put_events(Entries=[{"EventBusName": stack, "Source": "s", "DetailType": "d", "Detail": "{}"}])
    boto3.client("s3").create_bucket(Bucket=stack)
    try:
        client("s3").head_object(Bucket=stack, Key="absent")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "404", error
    client("s3").list_objects_v2(Bucket=stack, Prefix="scripts/")
    with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/fleet/calls?key={key}") as answer:
        told = json.load(answer)
    noted = {(call["action"], call["resource"].rpartition(":")[2], json.dumps(call["context"])) for call in told}
    partition = json.dumps({"dynamodb:LeadingKeys": ["call"]})
    assert noted == {
        ("dynamodb:ConditionCheckItem", f"table/{stack}-audit", partition),
        ("dynamodb:PutItem", f"table/{table}", partition),
        ("sqs:SendMessage", f"{stack}-jobs", "{}"),
        ("events:PutEvents", f"event-bus/{stack}", "{}"),
        ("s3:GetObject", f"{stack}/absent", "{}"),
        ("s3:ListBucket", stack, "{}"),
        ("s3:ListBucket", stack, json.dumps({"s3:prefix": ["scripts/"]})),
    }, noted


def botocore_request(sqs, url: str) -> bytes:
    """A long poll as it goes over the wire, signed by the client itself."""
    kept = []

    def keep(request, **_arguments):
        kept.append(request)
        raise KeyboardInterrupt

    sqs.meta.events.register("before-send.sqs.ReceiveMessage", keep)
    try:
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    except KeyboardInterrupt:
        pass
    sqs.meta.events.unregister("before-send.sqs.ReceiveMessage", keep)
    request = kept[0]
    text = lambda value: value.decode() if isinstance(value, bytes) else str(value)  # noqa: E731
    head = [f"{request.method} / HTTP/1.1", f"Host: {url.split('/')[2]}"]
    head += [f"{name}: {text(value)}" for name, value in request.headers.items()]
    body = request.body if isinstance(request.body, bytes) else request.body.encode()
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


if __name__ == "__main__":
    main()
