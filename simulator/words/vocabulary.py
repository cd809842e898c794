"""The words for events and values. Event names follow the Segment Spec: Title Case, object then past verb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Money(NamedTuple):
    """An amount in hundredths of its currency. Amounts of two currencies are never compared."""

    cents: int
    currency: str

    def __str__(self) -> str:
        whole, rest = divmod(abs(self.cents), 100)
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{whole}.{rest:02d} {self.currency}" if rest else f"{sign}{whole} {self.currency}"


Value = str | int | float | bool | Money
"""A value of a field, in memory. A date is `YYYY-MM-DD`; an instant is milliseconds UTC."""

KINDS = ("text", "id", "choice", "number", "percent", "flag", "date", "instant", "money", "place")


@dataclass(frozen=True)
class FieldType:
    """The type of a field: one of KINDS, and for `choice` the words it may be."""

    kind: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"choice of {' '.join(self.choices)}" if self.choices else self.kind


TEXT, ID, NUMBER, FLAG = FieldType("text"), FieldType("id"), FieldType("number"), FieldType("flag")
INSTANT, DATE, MONEY, PERCENT = FieldType("instant"), FieldType("date"), FieldType("money"), FieldType("percent")

FIELDS: dict[str, FieldType] = {
    "message": ID,
    "message_id": ID,
    "channel": ID,
    "purpose": FieldType("choice", ("marketing", "transactional", "survey", "service")),
    "journey": ID,
    "campaign": ID,
    "product": ID,
    "stance": ID,
    "step": TEXT,
    "line": TEXT,
    "instance": ID,
    "reason": TEXT,
    "then": TEXT,
    "address": TEXT,
    "folder": FieldType("choice", ("inbox", "spam")),
    "unresolved": NUMBER,
    "recipient": TEXT,
    "holdout": FLAG,
    "branch": TEXT,
    "until": INSTANT,
    "command": TEXT,
    "command_id": ID,
    "to_system": ID,
    "link": TEXT,
    "fact": TEXT,
    "year": NUMBER,
    "day": DATE,
    "fault": TEXT,
    "of": TEXT,
    "revenue": MONEY,
    "amount": MONEY,
    "place": FieldType("place"),
    "other": ID,
    "hard": FLAG,
    "reachable": FLAG,
    "consented": FLAG,
    "stamped": INSTANT,
    "answered": NUMBER,
    "subject": TEXT,
    "sender": TEXT,
    "definition": TEXT,
    "links": NUMBER,
    "captured": TEXT,
    "url": TEXT,
}
"""Fields that events of the harness itself carry; an organisation's objects and events add theirs."""

EVENTS: tuple[str, ...] = (
    # What happens to a message, and what a person does with it.
    "Message Sent",
    "Message Withheld",
    "Message Delivered",
    "Message Received",
    "Message Opened",
    "Message Clicked",
    "Message Bounced",
    "Message Marked As Spam",
    # What a sink made of what an engine handed it.
    "Message Unrecognised",
    "Message Refused",
    "Message Deferred",
    # What a journey does.
    "Journey Entered",
    "Journey Not Entered",
    "Journey Exited",
    "Goal Reached",
    "Split Taken",
    "Command Issued",
    "Command Answered",
    # What moves between systems, and what breaks.
    "Fact Arrived",
    "Fact Lost",
    "Fault Began",
    "Fault Ended",
    "Profiles Linked",
    "Profile Updated",
    "Journeys Published",
    # Calendar events that the world writes and no backend sees.
    "Birthday Began",
    # People and shops.
    "Signed Up",
    "Customer Erased",
    "Consent Given",
    "Consent Withdrawn",
    "Order Completed",
    "Order Promised",
    "Order Handed Over",
    "Delivery Rescheduled",
    "Purchase Recorded",
    "Coupon Granted",
    "Coupon Applied",
    "Coupon Redeemed",
    "Coupon Presented",
    "Discount Asked",
    "Discount Granted",
    "Discount Refused",
    "Offer Made",
    "Promise Made",
    "Appointment Booked",
    "Appointment Set",
    "Arrived",
    "Checked In",
    "Bill Presented",
    "Invoice Issued",
    "Check Promised",
    "Task Opened",
    "Task Closed",
    "Question Asked",
    "Question Answered",
    "Complaint Raised",
    "Complaint Reminded",
    "Complaint Answered",
    "Complaint Closed",
    "Contact Received",
    "Contact Classified",
    "Contact Assigned",
    "Contact Answered",
    "Contact Closed",
    "Customer Lost",
)
"""The events every scenario may use; an organisation declares further ones under `events`."""

INTERNAL = frozenset({
    "Birthday Began", "Fault Began", "Fault Ended", "Fact Arrived", "Fact Lost", "Journeys Published",
})  # fmt: skip
"""Events that never cross to a backend."""

OF_AUTOMATION = frozenset({
    "Message Sent", "Message Withheld", "Message Unrecognised", "Message Delivered", "Message Received",
    "Message Bounced", "Journey Entered", "Journey Not Entered", "Journey Exited", "Goal Reached", "Split Taken",
    "Command Issued", "Coupon Granted",
})  # fmt: skip
"""What an automation does, and what comes of its messages by itself: late when it is late."""

CAPTURED = ("Message Unrecognised", "Message Refused", "Message Deferred")
"""What a sink makes of messages that it cannot take for one of a journey; perhaps they are meant for nobody we know."""

PRIVATE = INTERNAL | {
    "Journey Entered",
    "Journey Not Entered",
    "Journey Exited",
    "Goal Reached",
    "Split Taken",
    "Message Withheld",
    "Message Received",
    "Profiles Linked",
    *CAPTURED,
}
"""Events that no link carries: what a system only decided, and what only a person saw."""
