"""Notifications over HTTP as SNS sends them: beside the publisher's call, which neither waits for a subscriber nor hears of its
faults. And only to this machine: an address of a test's settings may be anybody's."""

import threading
from urllib.parse import urlsplit

import requests
from moto.sns import models

LOOPBACK = {"127.0.0.1", "localhost"}
ANSWER_SECONDS_MAX = 15


def mend() -> None:
    models.requests = Poster


class Poster:
    """What moto calls of the package `requests`."""

    @staticmethod
    def post(url: str, **message) -> None:
        if urlsplit(url).hostname in LOOPBACK:
            threading.Thread(target=deliver, args=(url, message), daemon=True).start()


def deliver(url: str, message: dict) -> None:
    try:
        requests.post(url, timeout=ANSWER_SECONDS_MAX, **message)
    except requests.RequestException:
        pass  # the subscriber is gone; SNS would try again for a while
