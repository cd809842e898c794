"""The backend around Django: a management command that is called at regular intervals, and a database in memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from simulator.backends.application.program import Program, loaded
from simulator.backends.application.words import OF_DRIPS, SMTP
from simulator.backends.django import drips
from simulator.backends.program.rows import Rows
from simulator.backends.program.telling import fill
from simulator.backends.protocol import Capabilities
from simulator.model.briefing import Briefing, Native
from simulator.model.jsonl import rfc3339, written
from simulator.model.log import Event
from simulator.words.clock import HOUR, Instant
from simulator.words.errors import BackendFailed, NotInstalled

BASIS = {
    "SECRET_KEY": "a rehearsal has no secrets",
    "USE_TZ": True,
    "TIME_ZONE": "UTC",
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
}
"""The settings of a project that says nothing else. Without templates a drip fails, and only its log says so."""


class DjangoEngine:
    """See `protocol.Backend`. Its command is called at every multiple of `granularity_ms` from the start on.

    One process holds one Django project, so it lives in a child that serves one run.
    """

    name = "django"

    def __init__(self, granularity_ms: int = HOUR) -> None:
        self.capabilities = Capabilities(clock="stepped", granularity_ms=granularity_ms, features=OF_DRIPS)
        self.definition = ""
        self._every = granularity_ms
        self._heard: list[Event] = []
        self._shop: WelcomeSeries | Project | None = None
        self._start = self._next = 0

    def open(self, briefing: Briefing, start: Instant) -> None:
        """Set up the project and its database. Raises Unsupported, BackendFailed."""
        self._start = self._next = start
        native = briefing.native.get(self.name)
        self.definition = "compiled" if native is None else f"native {native.file}"
        self._shop = WelcomeSeries(briefing) if native is None else Project(native, briefing, start)

    def ingest(self, event: Event) -> None:
        """Keep an event for the step that follows."""
        self._heard.append(event)

    def next_wakeup(self) -> None:
        """It is ticked."""

    def advance(self, to: Instant, step: int) -> list[Event]:
        """Write down what was heard; call the command if its turn has come, once however many were missed."""
        assert self._shop is not None
        heard, self._heard = self._heard, []
        for event in heard:
            if event.profile:
                self._shop.tell(event)
        if to >= self._next:
            # The command never runs twice at one instant, which would not happen in real time either.
            self._next = to - (to - self._start) % self._every + self._every
            self._shop.run()
        return []

    def close(self) -> None:
        """Let go of the database."""
        from django.db import connections

        connections.close_all()


class WelcomeSeries:
    """The briefing's journeys as drips of django-drip-campaigns; a user joins with the event that begins them."""

    def __init__(self, briefing: Briefing) -> None:
        made = drips.series(briefing)
        if find_spec("drip") is None:
            raise NotInstalled("journeys become drips of django-drip-campaigns: pip install 'journeyproof[django]'")
        sender = f"{briefing.system}@shop.test"
        mails = {"DRIP_MESSAGE_CLASSES": {"default": drips.MAIL}, "DEFAULT_FROM_EMAIL": sender}
        begin({**BASIS, **mails, "INSTALLED_APPS": list(drips.APPS)})
        from django.apps import apps

        self._users = apps.get_model("auth.User").objects
        self._customers = apps.get_model("customers.Customer").objects
        table, rules = apps.get_model("drip.Drip").objects, apps.get_model("drip.QuerySetRule").objects
        self._trigger = made.trigger
        self._fields = briefing.dictionary.fields
        for each in made.drips:
            drip = table.create(
                name=each.name, enabled=True, subject_template=each.subject, body_html_template=each.body
            )
            for field, lookup, value in each.rules:
                rules.create(drip=drip, field_name=field, lookup_type=lookup, field_value=value)
        for row in briefing.profiles:
            self._customers.create(
                row=row.id,
                email=row.addresses.get("email", ""),
                consents=_listed(row.consents),
                fields=written(row.fields, self._fields),
            )

    def run(self) -> None:
        """Send the drips that are due."""
        call_command(drips.COMMAND)

    def tell(self, event: Event) -> None:
        """Write down what an event says of a customer."""
        customer, _ = self._customers.get_or_create(row=event.profile)
        plain, channel = written(event.data, self._fields), str(event.data.get("channel", "email"))
        consents = {word for word in customer.consents.split(",") if word}
        match event.name:
            case "Profile Updated":
                customer.email = str(plain.get("email", customer.email))
                customer.fields = {**customer.fields, **plain}
            case "Consent Given":
                consents.add(channel)
            case "Consent Withdrawn":
                consents.discard(channel)
            case "Message Bounced" if event.data.get("hard") and plain.get("address") == customer.email:
                customer.email = ""
            case "Customer Erased":
                customer.email, customer.fields = "", {}
        customer.consents = _listed(consents)
        if event.name == self._trigger and customer.user is None:
            joined = datetime.fromtimestamp(event.time / 1000, UTC)
            customer.user = self._users.create(username=customer.row, email=customer.email, date_joined=joined)
        customer.save()
        if customer.user is not None and customer.user.email != customer.email:
            customer.user.email = customer.email
            customer.user.save()


class Project:
    """A project of the user's own: the definition is its settings module, with functions that are told of events.

    In the scenario's `settings`, `command` is the management command, with its arguments, and `prepare` a function that
    is called once the database is there. `tell` names by event a function, or what is written into a table:
    `{model: auth.User, key: {username: "{profile}"}, fields: {email: "{address.email}", date_joined: "{time}"}}`.
    """

    def __init__(self, native: Native, briefing: Briefing, start: Instant) -> None:
        command: Any = native.settings.get("command", [])
        self._command: list[Any] = [command] if isinstance(command, str) else command
        if not isinstance(self._command, list) or not self._command:
            raise BackendFailed(f"{native.file}: which command? Write 'settings: {{command: send_drips}}' beside it")
        module = loaded(native)
        theirs = {name: value for name, value in vars(module).items() if name.isupper()}
        begin({**BASIS, **theirs})
        functions = {event: told for event, told in native.tell.items() if not isinstance(told, Mapping)}
        self._tables = {event: told for event, told in native.tell.items() if isinstance(told, Mapping)}
        self._rows = Rows(briefing)
        self._functions = Program(native, briefing, start, tell=functions, module=module)
        if "prepare" in native.settings:
            self._functions.function("prepare", native.settings["prepare"])()

    def run(self) -> None:
        """Call the command. What it raises is told with its name."""
        try:
            call_command(*(str(word) for word in self._command))
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise BackendFailed(f"the command '{self._command[0]}' failed: {told}") from error

    def tell(self, event: Event) -> None:
        """Call the function, or write the row, that the event is told by."""
        self._rows.learn(event)
        self._functions.tell(event)
        if (table := self._tables.get(event.name)) is not None:
            from django.apps import apps

            values = {**self._rows.told(event), "time": rfc3339(event.time)}
            key, fields = fill(table.get("key", {}), values), fill(table.get("fields", {}), values)
            apps.get_model(table["model"]).objects.update_or_create(**key, defaults=fields)


def begin(values: dict[str, Any]) -> None:
    """Configure Django and make its tables. Database and mail server are the rehearsal's, whatever a project says."""
    host, _, port = os.environ.get(SMTP, "").rpartition(":")
    ours = {
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": int(port or 0),
        **dict.fromkeys(("EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"), ""),
        **dict.fromkeys(("EMAIL_USE_TLS", "EMAIL_USE_SSL"), False),
    }
    settings.configure(**{**values, **ours})
    django.setup()
    call_command("migrate", verbosity=0, run_syncdb=True)


def _listed(consents: set[str] | frozenset[str]) -> str:
    return "".join(f",{channel}" for channel in sorted(consents)) + ("," if consents else "")
