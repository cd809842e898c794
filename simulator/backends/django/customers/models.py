"""The one table of the app."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Customer(models.Model):  # type: ignore[misc]  # the library has no types
    """A profile row: `consents` has `,email,` for each channel with a consent, `fields` what else is known.

    It has a user once its journey has begun, because a drip reaches every user that its rules match.
    """

    row = models.CharField(max_length=200, primary_key=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="customer")
    email = models.CharField(max_length=320, blank=True)
    consents = models.CharField(max_length=200, blank=True)
    fields = models.JSONField(default=dict)

    class Meta:
        """Where the table stands."""

        app_label: ClassVar[str] = "customers"

    def __str__(self) -> str:
        return str(self.row)
