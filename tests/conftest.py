"""What every test shares: how Hypothesis draws.

The profile `ci` is the default: the same examples on every machine and every day, so that a red build is about the
change. `make fuzz` asks for `fuzz`, which draws afresh and longer, and prints how to repeat what it finds.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "fuzz",
    derandomize=False,
    deadline=None,
    print_blob=True,
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")

collect_ignore = ["golden/invalid", "golden/malformed"]
"""Scenarios that are meant to be refused; our own plugin would collect them."""
