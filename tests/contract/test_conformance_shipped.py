"""Every backend that is shipped keeps every rule of the conformance kit that applies to it."""

from __future__ import annotations

import pytest

from simulator.backends import BACKENDS
from simulator.conformance import check, rendered

SHIPPED = [
    pytest.param(
        name,
        id=name,
        marks=[] if name == "reference" else [pytest.mark.engine, pytest.mark.xdist_group(name)],
    )
    for name in BACKENDS
]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_backend_conforms(name: str) -> None:
    report = check(name)
    assert report.outcome == "passed", rendered(report)
