"""Resources of CloudFormation that moto's engine leaves out without a word, and properties that it does not look at.

Each is made by the API call that stands for it, with the template's own properties: botocore then refuses a property
that the API does not know. What stays left out is listed in infra/README.md and held by a test.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

from moto.awslambda.models import LambdaFunction
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models.table import Table
from moto.events.models import EventBus
from moto.iam.access_control import PermissionResult
from moto.iam.models import Role
from moto.kms.models import Key
from moto.s3.models import FakeBucket

from aws_resources import client
from calls import ACCOUNT, ANY_ID

REGION = "us-east-1"

# `__subclasses__` of moto's base, by which its engine finds its models, does not keep them alive.
kept: list[type] = []


class Kind(NamedTuple):
    """A type of resource: the property that holds its name, if any does, and how it is made and removed."""

    type: str
    named_by: str
    # Gets the resource's name and properties; returns its physical id and its ARN.
    make: Callable[[str, dict], tuple[str, str]]
    remove: Callable[[str, dict], object] = lambda _id, _properties: None


def mend() -> None:
    kept.extend(model_of(kind) for kind in KINDS)
    EventBus.physical_resource_id = property(lambda bus: bus.name)
    # moto does not read conditions: a policy that refuses what is not encrypted would refuse everything.
    FakeBucket.get_permission = lambda _bucket, _action, _resource: PermissionResult.NEUTRAL
    Role.put_policy = put_policy
    beforehand(Key, spell_tags)
    afterwards(Table, finish_table)
    afterwards(LambdaFunction, finish_function)
    afterwards(FakeBucket, finish_bucket)


def model_of(kind: Kind) -> type:
    def __init__(self, name: str, properties: dict) -> None:
        self.properties = properties
        self.physical_resource_id, self.arn = kind.make(name, properties)

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **_more):
        return cls(resource_name, cloudformation_json["Properties"])

    def update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        # All of these calls put: over what is there already.
        name = original_resource.physical_resource_id if kind.named_by else new_resource_name
        return cls(name.rpartition("/")[2], cloudformation_json["Properties"])

    members = {
        "__init__": __init__,
        "cloudformation_name_type": staticmethod(lambda: kind.named_by),
        "cloudformation_type": staticmethod(lambda: kind.type),
        "create_from_cloudformation_json": classmethod(create),
        "update_from_cloudformation_json": classmethod(update),
        "delete": lambda self, _account, _region: kind.remove(self.physical_resource_id, self.properties),
        "get_cfn_attribute": lambda self, _name: self.arn,
    }
    return type(kind.type.replace("::", ""), (CloudFormationModel,), members)


def beforehand(model: type, prepare: Callable[[dict], None]) -> None:
    """Has `prepare` put the properties of a resource into the form that moto takes."""
    create = model.create_from_cloudformation_json.__func__

    def preparing(cls, resource_name, cloudformation_json, *more, **named):
        prepare(cloudformation_json.get("Properties", {}))
        return create(cls, resource_name, cloudformation_json, *more, **named)

    model.create_from_cloudformation_json = classmethod(preparing)


def afterwards(model: type, finish: Callable[[object, dict], None]) -> None:
    """Has `finish` see to the properties of a resource that moto has made or changed."""

    def finishing(method):
        def create(cls, *arguments, **more):
            made = method(*arguments, **more)
            given = more.get("cloudformation_json") or next(value for value in arguments if isinstance(value, dict))
            finish(made, given.get("Properties", {}))
            return made

        return classmethod(create)

    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        if name in vars(model):
            setattr(model, name, finishing(getattr(model, name)))


# --- properties that moto does not look at ----------------------------------------------------------------


def put_policy(role: Role, name: str, document: str | dict) -> None:
    """A role's inline policy, as text as all of IAM's answers have it; from a template moto keeps it as it is."""
    role.policies[name] = document if isinstance(document, str) else json.dumps(document)


def spell_tags(properties: dict) -> None:
    """KMS's own API has other names for the parts of a tag than templates have."""
    tags = properties.get("Tags", [])
    properties["Tags"] = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags]


def finish_table(table: Table, properties: dict) -> None:
    dynamodb = client("dynamodb")
    if expiry := properties.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=table.name, TimeToLiveSpecification=expiry)
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(TableName=table.name, PointInTimeRecoverySpecification=recovery)


def finish_function(function: LambdaFunction, properties: dict) -> None:
    function.architectures = properties.get("Architectures", ["x86_64"])


def finish_bucket(bucket: FakeBucket, properties: dict) -> None:
    s3 = client("s3")
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration=versioning)
    if block := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=block)


# --- types that moto does not know ------------------------------------------------------------------------


def queue_policy(name: str, properties: dict) -> tuple[str, str]:
    sqs = client("sqs")
    for url in properties["Queues"]:
        url = sqs.get_queue_url(QueueName=url.rpartition("/")[2])["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})
    return name, ""


def topic_policy(name: str, properties: dict) -> tuple[str, str]:
    document = json.dumps(properties["PolicyDocument"])
    for topic in properties["Topics"]:
        client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
    return name, ""


def bucket_policy(_name: str, properties: dict) -> tuple[str, str]:
    bucket = properties["Bucket"]
    client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(properties["PolicyDocument"]))
    return bucket, ""


def subscription(_name: str, properties: dict) -> tuple[str, str]:
    place = {name: properties[name] for name in ("TopicArn", "Protocol", "Endpoint")}
    attributes = {"FilterPolicy": properties.get("FilterPolicy"), "RedrivePolicy": properties.get("RedrivePolicy")}
    attributes = {name: json.dumps(value) for name, value in attributes.items() if value}
    arn = client("sns").subscribe(**place, Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return arn, arn


def schedule_group(name: str, _properties: dict) -> tuple[str, str]:
    return name, client("scheduler").create_schedule_group(Name=name)["ScheduleGroupArn"]


def lifecycle_hook(name: str, properties: dict) -> tuple[str, str]:
    client("autoscaling").put_lifecycle_hook(**{**properties, "LifecycleHookName": name})
    return name, ""


def remove_lifecycle_hook(name: str, properties: dict) -> None:
    group = properties["AutoScalingGroupName"]
    client("autoscaling").delete_lifecycle_hook(AutoScalingGroupName=group, LifecycleHookName=name)


def scaling_policy(name: str, properties: dict) -> tuple[str, str]:
    client("autoscaling").put_scaling_policy(**{**properties, "PolicyName": name})
    # moto's answer lacks it.
    group = properties["AutoScalingGroupName"]
    arn = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:{ANY_ID}:autoScalingGroupName/{group}:policyName/{name}"
    return arn, arn


def remove_scaling_policy(arn: str, properties: dict) -> None:
    group, name = properties["AutoScalingGroupName"], arn.rpartition("/")[2]
    client("autoscaling").delete_policy(AutoScalingGroupName=group, PolicyName=name)


def alarm(name: str, properties: dict) -> tuple[str, str]:
    client("cloudwatch").put_metric_alarm(**{**properties, "AlarmName": name})
    return name, f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def metric_filter(name: str, properties: dict) -> tuple[str, str]:
    transformations = [
        {key[0].lower() + key[1:]: value for key, value in transformation.items()}
        for transformation in properties["MetricTransformations"]
    ]
    for transformation in transformations:
        if dimensions := transformation.get("dimensions"):
            transformation["dimensions"] = {pair["Key"]: pair["Value"] for pair in dimensions}
    client("logs").put_metric_filter(
        logGroupName=properties["LogGroupName"],
        filterName=name,
        filterPattern=properties["FilterPattern"],
        metricTransformations=transformations,
    )
    return name, ""


KINDS = [
    Kind("AWS::SQS::QueuePolicy", "", queue_policy),
    Kind("AWS::SNS::TopicPolicy", "", topic_policy),
    Kind("AWS::S3::BucketPolicy", "", bucket_policy),
    Kind("AWS::SNS::Subscription", "", subscription, lambda arn, _: client("sns").unsubscribe(SubscriptionArn=arn)),
    Kind(
        "AWS::Scheduler::ScheduleGroup",
        "Name",
        schedule_group,
        lambda name, _: client("scheduler").delete_schedule_group(Name=name),
    ),
    Kind("AWS::AutoScaling::LifecycleHook", "LifecycleHookName", lifecycle_hook, remove_lifecycle_hook),
    Kind("AWS::AutoScaling::ScalingPolicy", "PolicyName", scaling_policy, remove_scaling_policy),
    Kind("AWS::CloudWatch::Alarm", "AlarmName", alarm, lambda name, _: client("cloudwatch").delete_alarms(AlarmNames=[name])),
    Kind("AWS::Logs::MetricFilter", "FilterName", metric_filter),
]
