"""The conformance kit as tests for pytest: a class to inherit from, with one thing to say.

    from simulator.conformance.testing import BackendConformance
    from my_package import MyBackend

    class TestMyBackend(BackendConformance):
        def make_backend(self):
            return MyBackend()

Each rule is a test. A rule that does not apply is skipped with the reason, and a backend to which none applies fails.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from simulator.backends.protocol import Backend
from simulator.conformance.checking import RULES, ask
from simulator.conformance.kit import LARGE, Kit
from simulator.conformance.report import NotApplicable, Rule
from simulator.model.scenarios import Scenario


class BackendConformance:
    """One test for each rule. Override `make_backend`; `scenario` and `large` as the parameters of `check`."""

    scenario: Scenario | None = None
    large: int = LARGE
    _kits: ClassVar[dict[type, Kit]] = {}

    def make_backend(self) -> Backend:
        """A new backend, each time it is called."""
        raise NotImplementedError(f"{type(self).__name__} has to override make_backend")

    @pytest.fixture
    def conformance_kit(self) -> Kit:
        """The kit of this class: what one rule has seen need not be played again for another."""
        kit = self._kits.get(type(self))
        if kit is None:
            kit = self._kits[type(self)] = Kit(self.make_backend, self.scenario, self.large)
        # Fixtures of the class may have made something new for this test.
        kit.factory = self.make_backend
        return kit

    @pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
    def test_conformance(self, rule: Rule, conformance_kit: Kit) -> None:
        """The backend keeps this rule."""
        result = ask(rule, conformance_kit)
        if result.outcome == "not applicable":
            pytest.skip(result.reason)
        if result.outcome != "passed":
            told = "\n".join(f"  {sentence}" for sentence in result.sentences)
            pytest.fail(f"{rule.title} ({rule.id}): {rule.why}\n{told}", pytrace=False)

    def test_that_something_applies(self, conformance_kit: Kit) -> None:
        """Rules that make the backend act do apply to it."""
        played: Any = None
        reason = ""
        try:
            played = conformance_kit.any()
        except NotApplicable as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001  the rules tell what broke
            reason = str(error)
        if played is None:
            pytest.fail(f"no rule that makes the backend act applies: {reason}", pytrace=False)
