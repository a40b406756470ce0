"""Calls of Auto Scaling that moto does not answer: a host's word that its lifecycle action is done with, which is noted by the
recording of calls and changes nothing here, since no host is ever launched or taken away."""

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult


def mend() -> None:
    AutoScalingResponse.complete_lifecycle_action = complete_lifecycle_action


def complete_lifecycle_action(_response: AutoScalingResponse) -> ActionResult:
    return EmptyResult()
