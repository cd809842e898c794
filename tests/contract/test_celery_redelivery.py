"""A stock Celery worker with Redis, unmodified and in virtual time: a countdown of two days is sent many times."""

from __future__ import annotations

from functools import partial

import pytest

from simulator.backends.program import program_backend
from simulator.model.data import data_folder
from simulator.running.rehearsal import rehearse
from tests.contract.test_python_engines import shipped

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("blackbox")]


@pytest.mark.parametrize("variant", ["stock-celery", "patient-celery"])
def test_a_countdown_beyond_the_visibility_time_out_is_sent_many_times(variant: str) -> None:
    file = data_folder("scenarios") / "engines" / "celery-redelivery" / f"{variant}.backend.yaml"
    rehearsal = rehearse(shipped("celery-redelivery", variant), backend=partial(program_backend, file))
    assert rehearsal.as_expected, (rehearsal.result["unexpected"], rehearsal.verdicts[0].reason)
    mails = [row for row in rehearsal.log if row.name == "Message Sent"]
    # How many depends on the worker's pace, so nobody asks for a number.
    assert len(mails) > 1 if variant == "stock-celery" else len(mails) == 1
