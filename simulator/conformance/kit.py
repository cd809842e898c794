"""The kit at work on one backend: what it may ask of it, and what it has seen it do so far.

What is seen once is remembered, so that many rules read one play; whatever a play raises is raised again for each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

from simulator.backends.protocol import CLOCKS, Backend, Capabilities, Factory
from simulator.conformance.driving import Around, Play, Recording, Script, Surroundings
from simulator.conformance.report import NotApplicable
from simulator.conformance.scenes import Scene, Scenes, choices
from simulator.model.scenarios import Scenario
from simulator.running.capabilities import as_made
from simulator.words.errors import Unsupported

LARGE: Final = 1_000
"""How many people sign up at once in the large batch, where the backend is quick enough."""
BATCH_SECONDS: Final = 1.0
"""How long the large batch may take; what a message takes is measured beforehand."""
SMALL: Final = 50
"""The smallest batch that is called large."""
NEEDED: Final = ("trigger.event", "step.send")
"""What a backend must be able to express for the kit's own journey."""


class Kit:
    """What the rules ask. `scenario` is one of the author's own, for an engine that runs a definition of its own.

    `beside` is the ordinary scene as it was played while another session was open, once a rule has done so.
    """

    def __init__(self, factory: Factory, scenario: Scenario | None = None, large: int = LARGE) -> None:
        self.factory = factory
        self.scenario = scenario
        self.large = large
        self.beside: Recording | None = None
        self._played: dict[str, Recording | BaseException] = {}
        self._crowds: dict[str, Scene] = {}

    def backend(self) -> Backend:
        """A new backend. Raises BackendFailed where none can be made."""
        return as_made(self.factory)

    @property
    def specimen(self) -> Backend:
        """One that is never opened: for what it says of itself. Raises what making it raised, without trying again."""
        if isinstance(self._specimen, Exception):
            raise self._specimen
        return self._specimen

    @cached_property
    def _specimen(self) -> Backend | Exception:
        try:
            return self.backend()
        except Exception as error:  # noqa: BLE001  raised again in each rule
            return error

    @property
    def name(self) -> str:
        """What the backend is called."""
        return str(getattr(self.specimen, "name", type(self.specimen).__name__))

    @property
    def capabilities(self) -> Capabilities:
        """What it declares. Raises NotApplicable where that is not in form: a rule of its own tells what is wrong."""
        declared = getattr(self.specimen, "capabilities", None)
        if not isinstance(declared, Capabilities) or not _usable(declared):
            raise NotApplicable("what it declares of itself is not in form, see the rule 'capabilities'")
        return declared

    @property
    def granularity(self) -> int:
        """How late it may be (ms)."""
        return self.capabilities.granularity_ms

    @property
    def scenes(self) -> Scenes:
        """The kit's own scenes, made to its measure.

        Raises NotApplicable if it cannot express their journey, and what the backend raises in the ordinary one.
        """
        declared = self.capabilities
        lacking = [word for word in NEEDED if word not in declared.features]
        definition = str(getattr(self.specimen, "definition", ""))
        if definition.startswith("native "):
            remedy = "" if self.scenario is not None else "; hand in a scenario that it is made for"
            raise NotApplicable(
                f"it runs {definition.removeprefix('native ')}, which knows nothing of our journeys{remedy}"
            )
        if lacking:
            remedy = "" if self.scenario is not None else "; hand in a scenario of its own"
            raise NotApplicable(f"the backend does not declare {' and '.join(lacking)}{remedy}")
        if isinstance(self._accepted, Exception):
            raise self._accepted
        return self._accepted

    @cached_property
    def _accepted(self) -> Scenes | Exception:
        """The first scenes whose journey is not refused; the failure of a backend that breaks in the ordinary one.

        Whoever hangs there would hang in all the others.
        """
        first, *others = choices(self.capabilities)
        for scenes in (first, *others):
            try:
                self._play_ordinary(scenes)
            except Unsupported:
                self._played.pop("ordinary 1", None)
                continue
            except Exception as error:  # noqa: BLE001  raised again in each rule that needs the scenes
                return error
            return scenes
        return first

    def waiting_scenes(self) -> Scenes:
        """As `scenes`, for a rule that is about the wait."""
        scenes = self.scenes
        if not scenes.waits:
            raise NotApplicable("the backend does not declare step.wait")
        return scenes

    # ------------------------------------------------------------------------------------------------- plays

    def play(self, name: str, scene: Scene, *, retried: bool = False) -> Recording:
        """Play a scene on a new backend, once for all rules that ask for it by this name."""
        script = Script(scene.events, scene.looks, scene.answering, scene.receipts)
        return self._once(name, lambda: (script, scene), retried)

    def ordinary(self, turn: int = 1) -> Recording:
        """The kit's ordinary scene, on a backend of its own for each turn."""
        return self._play_ordinary(self.scenes, turn)

    def single(self) -> Recording:
        """Somebody who signs up alone."""
        return self.play("single", self.scenes.one("kit-single"))

    def any(self, turn: int = 1, *, retried: bool = False) -> Recording:
        """Some messages at some time: in the author's scenario if there is one, else in the kit's ordinary scene.

        Raises NotApplicable where that scenario leads to no message.
        """
        suffix = " retried" if retried else ""
        assert self.capabilities is not None, "or it cannot be driven at all"
        if self.scenario is None:
            return self._play_ordinary(self.scenes, turn, retried=retried)
        scenario = self.scenario
        scene = Scene(scenario.briefing, scenario.start, scenario.end, (), {})
        recording = self._once(f"author's {turn}{suffix}", lambda: (Surroundings(scenario), scene), retried)
        if not any(event.name.startswith("Message ") for _, event in recording.told()):
            raise NotApplicable(f"the scenario '{scenario.name}' that was handed in leads to no message")
        return recording

    def batch(self) -> int:
        """How many people may sign up at once: `large`, or fewer where one message takes its time."""
        ordinary = self.ordinary()
        each = ordinary.seconds / max(1, len(ordinary.sent()))
        return min(self.large, max(SMALL, int(BATCH_SECONDS / max(each, 1e-9))))

    def crowd(self, *, named: bool) -> tuple[Scene, Recording]:
        """The large batch and what came of it; with `named` there are names in every script among them."""
        name = "named crowd" if named else "crowd"
        scene = self._crowds.setdefault(name, self.scenes.crowd(self.batch(), named=named))
        return scene, self.play(name, scene)

    def _play_ordinary(self, scenes: Scenes, turn: int = 1, *, retried: bool = False) -> Recording:
        return self.play(f"ordinary {turn}{' retried' if retried else ''}", scenes.ordinary(), retried=retried)

    def _once(self, name: str, stage: Callable[[], tuple[Around, Scene]], retried: bool) -> Recording:
        if name not in self._played:
            try:
                around, scene = stage()
                play = Play(self.backend(), around, scene.briefing, scene.start, scene.end, retried=retried)
                self._played[name] = play.whole()
            except Exception as error:  # noqa: BLE001  whatever it is, each rule that needs this play has to know
                self._played[name] = error
        played = self._played[name]
        if isinstance(played, BaseException):
            raise played
        return played


def _usable(declared: Capabilities) -> bool:
    """Whether the loop could drive a backend that declares this."""
    exact = type(declared.granularity_ms) is int and declared.granularity_ms >= 0
    features = isinstance(declared.features, frozenset | set | tuple | list)
    ticks = declared.clock == "cooperative" or (exact and declared.granularity_ms > 0)
    return declared.clock in CLOCKS and exact and features and ticks
