"""A shop's follow-up mails: a stock Celery worker, Redis as its broker, and a web server that takes sign-ups.

    python shop.py PORT FOLDER [DAYS]

DAYS is the broker's visibility time-out; without it Celery's default of one hour holds.
"""

import json
import os
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from celery import Celery

app = Celery("shop", broker=os.environ.get("SHOP_BROKER", "memory://"))
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
if "SHOP_VISIBILITY_DAYS" in os.environ:
    app.conf.broker_transport_options = {"visibility_timeout": int(os.environ["SHOP_VISIBILITY_DAYS"]) * 86_400}


@app.task(name="how-is-it-going")
def how_is_it_going(address, first_name):
    """Send the follow-up mail."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "shop@shop.test", address
    mail["Subject"] = f"How is it going, {first_name}?"
    mail.set_content(f"Dear {first_name}, you have been with us for two days. How is it going?\n")
    host, _, port = os.environ["JOURNEYPROOF_SMTP"].partition(":")
    with smtplib.SMTP(host, int(port), "localhost") as server:
        server.send_message(mail)


class SignUps(BaseHTTPRequestHandler):
    """Takes sign-ups."""

    def do_POST(self):
        """Somebody has signed up: ask in two days how it goes."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        how_is_it_going.apply_async((told["email"], told["first_name"]), countdown=2 * 86_400)
        self.send_response(202)
        self.end_headers()

    def log_message(self, *arguments):
        """Say nothing of each request."""


def main(port, folder, days=""):
    """Start Redis, the worker and the web server."""
    socket = Path(folder) / "redis.sock"
    environment = {**os.environ, "SHOP_BROKER": f"redis+socket://{socket}"}
    if days:
        environment["SHOP_VISIBILITY_DAYS"] = days
    # A database server keeps the time of its own machine, which nobody has turned.
    on_time = {name: value for name, value in environment.items() if name != "LD_PRELOAD"}
    redis = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
    subprocess.Popen(redis, env=on_time, stdout=subprocess.DEVNULL)
    while not socket.exists():
        time.sleep(0.05)
    worker = ["worker", "-P", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]
    subprocess.Popen([sys.executable, "-m", "celery", "-A", "shop", *worker], env=environment)
    app.conf.broker_url = environment["SHOP_BROKER"]
    if days:
        app.conf.broker_transport_options = {"visibility_timeout": int(days) * 86_400}
    HTTPServer(("127.0.0.1", int(port)), SignUps).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
