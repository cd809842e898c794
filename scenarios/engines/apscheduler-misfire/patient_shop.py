"""A shop's follow-up mails on APScheduler 3, which never drops a job because it is late."""

import os
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from apscheduler.schedulers.background import BackgroundScheduler

scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"misfire_grace_time": None})


def signed_up(event):
    """Somebody has signed up: ask in two days how it goes."""
    customer = event["customer"]
    due = datetime.now(UTC) + timedelta(days=2)
    scheduler.add_job(how_is_it_going, "date", run_date=due, args=[customer["email"], customer["first_name"]])


def how_is_it_going(address, first_name):
    """Send the mail."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "shop@shop.test", address
    mail["Subject"] = f"How is it going, {first_name}?"
    mail.set_content(f"Dear {first_name}, you have been with us for two days. How is it going?\n")
    host, _, port = os.environ["JOURNEYPROOF_SMTP"].partition(":")
    with smtplib.SMTP(host, int(port), "localhost") as server:
        server.send_message(mail)


if __name__ == "__main__":
    scheduler.start()
