"""A Celery worker and its beat in virtual time: everything is Celery's own but the two loops that wait."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import Any

from celery import Celery
from celery.beat import Scheduler as Beat
from celery.utils.collections import AttributeDict
from celery.worker import state
from celery.worker.control import Panel
from celery.worker.request import Request
from kombu.transport.memory import Channel

from simulator.words.errors import BackendFailed

HOST = "virtual"
IN_MEMORY = {
    **dict.fromkeys(("broker_url", "broker_read_url", "broker_write_url"), "memory://"),
    "result_backend": "cache+memory://",
    "beat_max_loop_interval": 86_400,
}
"""What stands in place of an app's own servers. Beat may sleep for a day, because somebody wakes it."""


class ExactBeat(Beat):  # type: ignore[misc]  # the library has no types
    """Celery beat, which asks to be woken at the millisecond, rather than some ten before."""

    def adjust(self, n: Any, drift: float = 0.0) -> Any:
        """Seconds to the next run, as they are."""
        return n

    def _when(self, *arguments: Any, **named: Any) -> float:
        return round(float(super()._when(*arguments, **named)), 3)


class VirtualWorker:
    """Takes the messages of an app's queues, keeps those with an ETA, and runs what is due through Celery's tracer.

    It is a worker of one process that is ready for every queue; a task that is due runs at once, whatever rate limits
    and time limits say. Instants are ms UTC.
    """

    def __init__(self, app: Celery) -> None:
        app.conf.update(IN_MEMORY)
        app.finalize()
        app.set_current()
        self._app = app
        self._channel = app.connection_for_read().default_channel
        self._waiting: list[tuple[int, int, Request]] = []
        self._count = 0
        self._mailbox = app.control.mailbox.Node(
            HOST,
            channel=self._channel,
            handlers=Panel.data,
            state=AttributeDict(app=app, hostname=HOST, consumer=None, tset=set),
        )
        self._orders = self._bound(app.control.mailbox.get_queue(HOST))
        self._queues = {name: self._bound(queue) for name, queue in app.amqp.queues.items()}
        self._beat = ExactBeat(app, lazy=False)
        self._beat_due: int | None = None

    @property
    def beat(self) -> Beat:
        """The app's beat: a schedule may be added to it."""
        return self._beat

    def work(self, now: int) -> None:
        """Do everything that is due, until nothing is."""
        self._take_in(now)
        while self._tick(now) or self._run_next(now):
            self._take_in(now)

    def due(self) -> int | None:
        """When the next task, or beat, is due."""
        waiting = [self._waiting[0][0]] if self._waiting else []
        return min([*waiting, *([self._beat_due] if self._beat_due is not None else [])], default=None)

    def close(self) -> None:
        """Let go of everything; what is still queued is forgotten."""
        self._beat.close()
        self._app.close()
        Channel.queues.clear()
        state.revoked.clear()
        state.requests.clear()

    def _bound(self, queue: Any) -> Any:
        bound = queue(self._channel)
        bound.declare()
        return bound

    def _take_in(self, now: int) -> None:
        """Obey what the app's control has said, and sort in the messages that have come."""
        while (order := self._orders.get(no_ack=True)) is not None:
            self._mailbox.handle_message(order.payload, order)
        for name in list(self._app.amqp.queues):
            if name not in self._queues:
                self._queues[name] = self._bound(self._app.amqp.queues[name])
            while (message := self._queues[name].get(no_ack=True)) is not None:
                self._sort_in(message, now)

    def _sort_in(self, message: Any, now: int) -> None:
        task = self._app.tasks.get(message.headers["task"])
        if task is None:
            raise BackendFailed(f"the app has no task called '{message.headers['task']}', and one has been sent")
        request = Request(message, app=self._app, hostname=HOST, task=task)
        due = now if request.eta is None else math.ceil(request.eta.timestamp() * 1000 - 1e-3)
        self._count += 1
        heappush(self._waiting, (due, self._count, request))

    def _tick(self, now: int) -> bool:
        """Let beat send one task that is due; False when none is."""
        if not self._beat.schedule:
            return False
        wait = float(self._beat.tick())
        self._beat_due = now + max(math.ceil(wait * 1000 - 1e-3), 1)
        return wait <= 0

    def _run_next(self, now: int) -> bool:
        """Run the next task that is due; False when none is."""
        if not self._waiting or self._waiting[0][0] > now:
            return False
        request = heappop(self._waiting)[2]
        if not request.revoked():
            request.execute()
        return True
