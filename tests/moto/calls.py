"""What each caller asks of the endpoint, in IAM's words: its access key id, `service:Action`, the ARN of what it acts on, and
what it says of the keys that conditions of our policies ask for.

Tests give each part of a fleet a key of its own and compare what it called with what its role may do. The requests of
the key `test`, which everything else goes by, are left out. Nothing here says who may do what.

    GET  /fleet/calls?key=KEY     the kinds of calls so far, each with its count, as JSON; `context` has the values of
                                  each key of conditions that the request has, or null where they are not read here
    POST /fleet/calls/forget      begin anew
"""

import json
import threading
from collections import Counter
from urllib.parse import parse_qs, unquote

from moto.dynamodb.models import dynamodb_backends

ACCOUNT = "123456789012"
# Nobody in particular: the key that tests/moto.sh exports.
ANONYMOUS = "test"
# Names of services in a signature that IAM spells otherwise.
PREFIXES = {"monitoring": "cloudwatch"}
# A resource that the request does not tell, or an action that IAM grants on no resource in particular.
UNKNOWN = "*"
# What IAM asks for each part of a transaction.
TRANSACTION_PARTS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
# A part of ARNs that no request tells; policies have a wildcard there.
ANY_ID = "00000000-0000-0000-0000-000000000000"

# The partitions that a request touches, as conditions call them.
LEADING_KEYS = "dynamodb:LeadingKeys"

lock = threading.Lock()
counts: Counter = Counter()


def note(environ, start_response):
    """Counts a request. One that cannot be read is counted by its service alone, and shows up as a call nobody may make.
    Returns what is to be told of the answer's head."""
    scope = environ.get("HTTP_AUTHORIZATION", "").split("Credential=")[-1].split(",")[0].split("/")
    if len(scope) != 5 or scope[0] == ANONYMOUS:
        return start_response
    key, _date, region, service, _end = scope
    try:
        found = [told if len(told) == 3 else (*told, {}) for told in in_words_of_iam(service, environ)]
    except (KeyError, ValueError, IndexError, TypeError, AttributeError):
        found = [("?", UNKNOWN, {})]
    for action, resource, context in found:
        count(key, as_iam(service, region, action, resource), context)

    def noting_absence(status, headers, exc_info=None):
        # S3 tells that there is no such object to those alone who may list the bucket.
        if service == "s3" and status.startswith("404") and found[0][0] == "GetObject":
            # It is no listing: it has no prefix that a condition could ask for.
            count(key, ("s3:ListBucket", found[0][1].partition("/")[0]), {})
        return start_response(status, headers, exc_info)

    return noting_absence


def count(key: str, call: tuple[str, str], context: dict) -> None:
    with lock:
        counts[key, *call, json.dumps(context, sort_keys=True)] += 1


def as_iam(service: str, region: str, action: str, resource: str) -> tuple[str, str]:
    """An action without its service has that of the request; a resource without `arn:` lies in the account."""
    prefix = PREFIXES.get(service, service)
    if resource != UNKNOWN and not resource.startswith("arn:"):
        resource = f"arn:aws:{prefix}:{region}:{ACCOUNT}:{resource}"
    return action if ":" in action else f"{prefix}:{action}", resource


def answer(environ, start_response):
    if environ["PATH_INFO"] == "/fleet/calls/forget":
        with lock:
            counts.clear()
    wanted = parse_qs(environ["QUERY_STRING"]).get("key")
    with lock:
        rows = sorted(item for item in counts.items() if not wanted or item[0][0] in wanted)
    fields = ("key", "action", "resource")
    listed = [{**dict(zip(fields, call)), "context": json.loads(call[3]), "count": count} for call, count in rows]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(listed, indent=1).encode()]


def in_words_of_iam(service: str, environ):
    """Actions that a request needs, each with its resource and, where a condition may ask for more, with that."""
    body = environ["wsgi.input"].getvalue()
    if service in JSON:
        operation = environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2]
        return JSON[service](operation, json.loads(body or b"{}"))
    if service in REST:
        return REST[service](environ, body)
    if operation := environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]:
        return [(operation, UNKNOWN)]
    if "/operation/" in environ["PATH_INFO"]:
        return [(environ["PATH_INFO"].rpartition("/")[2], UNKNOWN)]
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return [(form["Action"], resource_of_form(form))]


# --- services that speak JSON -----------------------------------------------------------------------------


def dynamodb(operation: str, body: dict):
    if operation.startswith("Transact"):
        for item in body["TransactItems"]:
            for part, target in item.items():
                name = target["TableName"]
                yield TRANSACTION_PARTS[part], f"table/{name}", leading_keys(name, [target.get("Key") or target["Item"]])
    elif operation.startswith("Batch"):
        for name, wanted in body["RequestItems"].items():
            # Writes are lists; no part of the fleet writes so.
            keys = wanted["Keys"] if isinstance(wanted, dict) else []
            yield operation, f"table/{name}", leading_keys(name, keys)
    elif "TableName" in body:
        name, place = body["TableName"], body.get("Key") or body.get("Item")
        index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
        yield operation, f"table/{name}{index}", leading_keys(name, [place] if place else [])
    else:
        yield operation, UNKNOWN


def leading_keys(table: str, places: list[dict]) -> dict:
    """Of keys or whole items. What a query or a scan touches is not read from its expressions."""
    if not places:
        return {LEADING_KEYS: None}
    made = [backends[table] for backends in tables_of_regions() if table in backends]
    if len(made) != 1:
        return {LEADING_KEYS: None}
    values = [place[made[0].hash_key_attr] for place in places]
    return {LEADING_KEYS: sorted({text for value in values for text in value.values()})}


def tables_of_regions() -> list[dict]:
    return [backend.tables for backend in list(dynamodb_backends[ACCOUNT].values())]


def sqs(operation: str, body: dict):
    name = body.get("QueueName") or body.get("QueueUrl", "").rpartition("/")[2]
    yield operation.removesuffix("Batch"), name or UNKNOWN


def events(operation: str, body: dict):
    if operation == "PutEvents":
        for entry in body["Entries"]:
            yield operation, f"event-bus/{entry.get('EventBusName', 'default')}"
        return
    bus = body.get("EventBusName", "default")
    name = body.get("Rule") or body.get("Name")
    place = "" if bus == "default" else f"{bus}/"
    yield operation, UNKNOWN if operation == "ListRules" or not name else f"rule/{place}{name}"


def logs(operation: str, body: dict):
    group = body.get("logGroupName")
    # An action on a whole group is asked for on its nameless stream.
    yield operation, f"log-group:{group}:log-stream:{body.get('logStreamName', '')}" if group else UNKNOWN


def secretsmanager(operation: str, body: dict):
    name = body.get("SecretId") or body.get("Name", "")
    # Behind a secret's name its ARN has six characters that the service draws.
    yield operation, name if name.startswith("arn:") else f"secret:{name}-000000"


# --- services that speak by methods and paths -------------------------------------------------------------


def s3(environ, _body: bytes):
    """With the bucket in the path, as the endpoint needs it."""
    method, query = environ["REQUEST_METHOD"], parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    if key:
        actions = {"GET": "GetObject", "HEAD": "GetObject", "DELETE": "DeleteObject"}
        action = actions.get(method, "PutObject")
        if "uploadId" in query and method in ("DELETE", "GET"):
            action = "AbortMultipartUpload" if method == "DELETE" else "ListMultipartUploadParts"
        yield action, f"arn:aws:s3:::{bucket}/{key}"
    elif method in ("GET", "HEAD"):
        settings = {"location": "GetBucketLocation", "policy": "GetBucketPolicy", "encryption": "GetEncryptionConfiguration"}
        named = [action for name, action in settings.items() if name in query]
        action = (named or ["ListBucket" if bucket else "ListAllMyBuckets"])[0]
        said = {"s3:prefix": query["prefix"]} if "prefix" in query else {}
        yield action, f"arn:aws:s3:::{bucket}" if bucket else UNKNOWN, said
    else:
        yield f"{method.title()}Bucket", f"arn:aws:s3:::{bucket}"


def scheduler(environ, body: bytes):
    path = environ["PATH_INFO"].strip("/").split("/")
    kind = {"schedules": "Schedule", "schedule-groups": "ScheduleGroup"}[path[0]]
    if len(path) == 1:
        yield f"List{kind}s", UNKNOWN
        return
    verb = {"POST": "Create", "PUT": "Update", "DELETE": "Delete", "GET": "Get"}[environ["REQUEST_METHOD"]]
    if kind == "ScheduleGroup":
        yield verb + kind, f"schedule-group/{path[1]}"
        return
    given = json.loads(body or b"{}")
    group = given.get("GroupName") or parse_qs(environ["QUERY_STRING"]).get("groupName", ["default"])[0]
    yield verb + kind, f"schedule/{group}/{path[1]}"
    if "Target" in given:
        # Whoever names a role for a service to take must be allowed to hand it over.
        yield "iam:PassRole", given["Target"]["RoleArn"], {"iam:PassedToService": ["scheduler.amazonaws.com"]}


def resource_of_form(form: dict) -> str:
    if group := form.get("AutoScalingGroupName"):
        return f"autoScalingGroup:{ANY_ID}:autoScalingGroupName/{group}"
    return form.get("TopicArn") or UNKNOWN


JSON = {"dynamodb": dynamodb, "events": events, "logs": logs, "secretsmanager": secretsmanager, "sqs": sqs}
REST = {"s3": s3, "scheduler": scheduler}
