"""A receiver of notifications over HTTP for the demo: each one's message becomes a line of a file.

    listen.py PORT_FILE MESSAGES_FILE
"""

import http.server
import json
import sys
from pathlib import Path


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        envelope = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if envelope.get("Type") == "Notification":
            with open(sys.argv[2], "a", encoding="utf-8") as messages:
                messages.write(envelope["Message"] + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
half = Path(sys.argv[1]).with_suffix(".new")
half.write_text(f"{server.server_port}\n")
half.rename(sys.argv[1])
server.serve_forever()
