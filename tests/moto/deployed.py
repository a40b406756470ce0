"""What the endpoint has of a deployed fleet, as one JSON document, for tests that go by what was deployed.

    deployed.py fleet STACK        CloudFormation stacks, function, event source, launch templates, IAM
    deployed.py resources STACK    queues, tables, rules, topic, log groups and schedule group, in the same words whoever
                                   made them; STACK itself is written NAME there

It goes to the endpoint in AWS_ENDPOINT_URL and changes nothing.
"""

import base64
import json
import sys

from aws_resources import client

QUEUE_PROPERTIES = ["MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "VisibilityTimeout"]
TABLE_PROPERTIES = ["AttributeDefinitions", "BillingModeSummary", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes"]
INDEX_PROPERTIES = ["IndexName", "KeySchema", "Projection"]


def main() -> None:
    verb, stack = sys.argv[1:]
    made = {"fleet": fleet, "resources": resources}[verb](stack)
    print(json.dumps(made, default=str))


# --- what CloudFormation has made -------------------------------------------------------------------------


def fleet(stack: str) -> dict:
    stacks = [name for name in stack_names() if name.startswith(f"{stack}-")]
    return {
        "stacks": {name: cloudformation_stack(name) for name in stacks},
        "function": function(f"{stack}-dispatcher"),
        "mappings": client("lambda").list_event_source_mappings()["EventSourceMappings"],
        "launch_templates": launch_templates(stack),
        "instances": instances(stack),
        "policies": policies(stack),
    }


def stack_names() -> list[str]:
    pages = client("cloudformation").get_paginator("describe_stacks").paginate()
    return sorted(stack["StackName"] for page in pages for stack in page["Stacks"])


def cloudformation_stack(name: str) -> dict:
    cloudformation = client("cloudformation")
    described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    made = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    template = cloudformation.get_template(StackName=name)["TemplateBody"]
    return {
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])},
        "made": {resource["LogicalResourceId"]: resource["ResourceType"] for resource in made},
        "template": json.loads(template) if isinstance(template, str) else template,
    }


def function(name: str) -> dict:
    return client("lambda").get_function(FunctionName=name)["Configuration"]


def launch_templates(stack: str) -> dict:
    """By name: the newest version's data, user data as text."""
    ec2, found = client("ec2"), {}
    for template in ec2.describe_launch_templates()["LaunchTemplates"]:
        name = template["LaunchTemplateName"]
        if name.startswith(f"{stack}-"):
            versions = ec2.describe_launch_template_versions(LaunchTemplateName=name, Versions=["$Latest"])
            data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
            found[name] = {**data, "UserData": base64.b64decode(data["UserData"]).decode()}
    return found


def instances(stack: str) -> dict:
    """Ids of the hosts of each Auto Scaling group, which are rows here and no machines."""
    groups = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    ours = [group for group in groups if group["AutoScalingGroupName"].startswith(f"{stack}-")]
    return {group["AutoScalingGroupName"]: [host["InstanceId"] for host in group["Instances"]] for group in ours}


def policies(stack: str) -> dict:
    """By name of role or managed policy: the documents that grant it its rights, and AWS's own policies that it has."""
    iam = client("iam")
    ours = iam.list_policies(Scope="Local")["Policies"]
    documents = {policy["Arn"]: document_of(policy) for policy in ours}
    found = {
        f"policy/{policy['PolicyName']}": {"documents": [documents[policy["Arn"]]], "aws": []}
        for policy in ours
        if policy["PolicyName"].startswith(f"{stack}-")
    }
    for page in iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"]):
        for role in page["RoleDetailList"]:
            if role["RoleName"].startswith(f"{stack}-"):
                attached = [policy["PolicyArn"] for policy in role["AttachedManagedPolicies"]]
                inline = [policy["PolicyDocument"] for policy in role["RolePolicyList"]]
                found[f"role/{role['RoleName']}"] = {
                    "documents": inline + [documents[arn] for arn in attached if arn in documents],
                    "aws": [arn for arn in attached if arn not in documents],
                }
    return found


def document_of(policy: dict) -> dict:
    version = client("iam").get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
    return version["PolicyVersion"]["Document"]


# --- what the programs find by name -----------------------------------------------------------------------


def resources(stack: str) -> dict:
    made = {
        "queues": queues(stack),
        "tables": tables(stack),
        "rules": {bus: rules(stack, bus) for bus in ("default", stack)},
        "topics": [arn for topic in client("sns").list_topics()["Topics"] if f":{stack}-" in (arn := topic["TopicArn"])],
        "log_groups": [name for part in ("jobs", "metrics") if (name := f"/{stack}/{part}") in log_groups(stack)],
        "schedule_group": client("scheduler").get_schedule_group(Name=stack)["Arn"],
    }
    return json.loads(json.dumps(made, sort_keys=True, default=str).replace(stack, "NAME"))


def queues(stack: str) -> dict:
    sqs, found = client("sqs"), {}
    for url in sqs.list_queues(QueueNamePrefix=f"{stack}-").get("QueueUrls", []):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        kept = {name: attributes[name] for name in QUEUE_PROPERTIES if name in attributes}
        if "RedrivePolicy" in kept:
            kept["RedrivePolicy"] = json.loads(kept["RedrivePolicy"])
        found[url.rpartition("/")[2]] = kept
    return found


def tables(stack: str) -> dict:
    dynamodb, found = client("dynamodb"), {}
    for name in dynamodb.list_tables()["TableNames"]:
        if name.startswith(f"{stack}-"):
            table = dynamodb.describe_table(TableName=name)["Table"]
            found[name] = {key: in_order(key, table[key]) for key in TABLE_PROPERTIES if table.get(key)}
            found[name]["ttl"] = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return found


def in_order(key: str, value):
    """Indexes by name with what tells them apart, attributes by name; the order in a template says nothing."""
    if key.endswith("Indexes"):
        kept = [{name: index[name] for name in INDEX_PROPERTIES} for index in value]
        return sorted(kept, key=lambda index: index["IndexName"])
    if key == "AttributeDefinitions":
        return sorted(value, key=lambda attribute: attribute["AttributeName"])
    if key == "BillingModeSummary":
        return value["BillingMode"]
    return value


def rules(stack: str, bus: str) -> dict:
    """Those that lead to the dispatcher. A target's id is whatever its maker likes."""
    events, found = client("events"), {}
    for rule in events.list_rules(EventBusName=bus, NamePrefix=f"{stack}-")["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
        targets = [{name: value for name, value in target.items() if name != "Id"} for target in targets]
        for target in targets:
            if "Input" in target:
                target["Input"] = json.loads(target["Input"])
        if any(target["Arn"].endswith(f":{stack}-events") for target in targets):
            pattern = json.loads(rule["EventPattern"]) if "EventPattern" in rule else None
            kept = {name: rule.get(name) for name in ("State", "ScheduleExpression")}
            found[rule["Name"]] = {**kept, "pattern": pattern, "targets": targets}
    return found


def log_groups(stack: str) -> list[str]:
    pages = client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/{stack}/")
    return sorted(group["logGroupName"] for page in pages for group in page["logGroups"])


if __name__ == "__main__":
    main()
