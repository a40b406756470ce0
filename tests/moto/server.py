"""The local AWS endpoint of tests and demo: moto behind an HTTP server that behaves as AWS does where tests rely on it.

moto alone answers requests in parallel threads over data that no lock guards (parallel conditional writes let two
winners through, a delete can lose a message that is being sent), closes the connection after every answer, lets a
long poll whose caller has died take messages along, and takes stale receipts. All four are mended here. It also makes
a stack's resources on request (POST /fleet/stack?name=NAME&pool=POOL), and tells who called what (calls.py).

    server.py --port-file FILE [--until PID]
"""

import argparse
import http
import io
import os
import select
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from urllib.parse import parse_qs

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sqs.models import Message, Queue
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import autoscaling  # noqa: E402
import aws_resources  # noqa: E402
import calls  # noqa: E402
import cloudformation  # noqa: E402
import dynamodb  # noqa: E402
import notifications  # noqa: E402

HOST = "127.0.0.1"
# Services whose requests are answered one at a time. S3 is left out: it streams, and nothing races for its objects.
SERIAL = {"dynamodb", "sqs", "events", "sns", "logs", "scheduler", "secretsmanager"}
WATCH_SECONDS = 0.2

gate = threading.Lock()
caller = threading.local()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port-file", type=Path, required=True)
    arguments.add_argument("--until", type=int)
    options = arguments.parse_args()

    Queue.wait_for_messages = wait_for_messages
    # moto would take a queue's messages to run the function in Docker; tests play the event source themselves.
    Queue.lambda_event_source_mappings = property(lambda _queue: {}, lambda _queue, _mappings: None)
    autoscaling.mend()
    dynamodb.mend()
    cloudformation.mend()
    notifications.mend()
    Message.had_receipt_handle = is_newest_receipt
    server = make_server(HOST, 0, Endpoint(), threaded=True, request_handler=Handler)
    # moto reads its own address from here, for the URLs that it hands out.
    os.environ["MOTO_PORT"] = str(server.port)
    os.environ["AWS_ENDPOINT_URL"] = f"http://{HOST}:{server.port}"
    if options.until:
        threading.Thread(target=end_with, args=(options.until, options.port_file), daemon=True).start()
    # Whole or not at all: whoever waits for the file reads it at once.
    half = options.port_file.with_suffix(".new")
    half.write_text(f"{server.port}\n")
    half.rename(options.port_file)
    server.serve_forever()


def end_with(pid: int, port_file: Path) -> None:
    """Waits for the end of a process, then ends this one and leaves nothing of what tests/moto.sh laid down."""
    while os.path.exists(f"/proc/{pid}"):
        time.sleep(WATCH_SECONDS)
    for kind in ("pid", "port", "log"):
        port_file.with_suffix(f".{kind}").unlink(missing_ok=True)
    try:
        port_file.parent.rmdir()
    except OSError:
        pass  # it holds other things, too
    os._exit(0)


class Endpoint:
    """All services, and the stack maker beside them."""

    def __init__(self) -> None:
        self.aws = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/fleet/stack":
            return make_stack(environ, start_response)
        if environ["PATH_INFO"].startswith("/fleet/calls"):
            return calls.answer(environ, start_response)
        start_response = calls.note(environ, start_response)
        if service_of(environ) not in SERIAL:
            return self.aws(environ, start_response)
        caller.connection = environ["werkzeug.socket"]
        with gate:
            return self.aws(environ, start_response)


def service_of(environ) -> str:
    """The service in the signature's scope: Credential=KEY/DATE/REGION/SERVICE/aws4_request."""
    scope = environ.get("HTTP_AUTHORIZATION", "").split(",")[0].split("/")
    return scope[3] if len(scope) == 5 else ""


def make_stack(environ, start_response):
    query = parse_qs(environ["QUERY_STRING"])
    try:
        answer = aws_resources.as_json(aws_resources.create(query["name"][0], query.get("pool", [])))
        start_response("200 OK", [("Content-Type", "application/json")])
    except Exception as error:  # the caller is a test, which shows it
        answer = f"{type(error).__name__}: {error}\n"
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
    return [answer.encode()]


def wait_for_messages(queue: Queue, timeout: float) -> None:
    """Sleeps until the queue has a visible message, with the gate open; ends the poll of a caller that has gone."""
    gate.release()
    try:
        with queue._messages_lock:
            queue._messages_lock.wait_for(lambda: queue.messages or gone(caller.connection), timeout=timeout)
    finally:
        gate.acquire()
    if gone(caller.connection):
        raise ConnectionResetError("the caller of a long poll has gone")


def is_newest_receipt(message: Message, receipt: str) -> bool:
    """A message received again is out of the hands of whoever had it before, as SQS documents; moto lets them delete it."""
    return receipt == message.receipt_handle


def gone(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""


class Handler(MotoRequestHandler):
    """Answers in one piece and keeps the connection, as the services do; werkzeug's own closes it each time."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        # The next request begins after the whole body, whether the application reads it or not.
        if environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read()
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        head: list = []

        def start_response(status, headers, exc_info=None):
            head[:] = [status, headers]

        try:
            answer = self.server.app(environ, start_response)
            content = b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
        except ConnectionResetError:
            self.close_connection = True
            return
        except Exception:  # a fault of moto's; callers then try again or show it, as with a service that is unwell
            traceback.print_exc()
            head, content = ["500 INTERNAL SERVER ERROR", []], traceback.format_exc().encode()
        self.answer(head, content)

    def answer(self, head: list, content: bytes) -> None:
        status, headers = head
        code = int(status.split()[0])
        lines = [f"HTTP/1.1 {status if ' ' in status else f'{code} {http.HTTPStatus(code).phrase}'}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in ("content-length", "connection")]
        bodiless = code in (204, 304)
        # The length of what GET would answer is in the application's own header.
        length = next((value for name, value in headers if name.lower() == "content-length"), str(len(content)))
        if not bodiless:
            lines.append(f"Content-Length: {length if self.command == 'HEAD' else len(content)}")
        text = "\r\n".join(lines) + "\r\n\r\n"
        self.wfile.write(text.encode("latin-1") + (b"" if bodiless or self.command == "HEAD" else content))

    def log_request(self, *_arguments) -> None:
        """Quiet: a run makes tens of thousands of requests."""


if __name__ == "__main__":
    main()
