"""Loading: documents become a `Scenario`, or a list of everything that is wrong with them.

    discover   which scenario files are meant, and the variants of each
    load       one variant of one of them, with everything that it names
    from_document   the same again from `Scenario.document`, without any file

What a user has written wrongly is an InvalidDocuments with every problem at once, each at its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.model.loading.finding import AS_WRITTEN, Source, discover, source_of
from simulator.model.scenarios import Scenario

__all__ = ["AS_WRITTEN", "Source", "discover", "from_document", "load", "source_of"]


def load(source: Source, variant: str, *, seed: int = 1, customers: int = 0) -> Scenario:
    """One variant of a scenario, with `customers` people of the background beside those it names.

    Raises InvalidDocuments with all problems of all its documents, in order of place; UsageError for a variant that it
    does not have; LimitReached for more people than its `limits` allow.
    """
    from simulator.model.loading.assembling import assemble
    from simulator.model.loading.building import Builder

    bundle, problems = assemble(source, variant)
    return Builder(bundle, problems, seed=seed, customers=customers).scenario()


def from_document(document: Mapping[str, Any]) -> Scenario:
    """The scenario that a result holds: the same people, lines and words, and so the same run.

    Raises InvalidDocuments when the document is damaged or of another format.
    """
    from simulator.model.loading.building import Builder
    from simulator.model.loading.documenting import bundle_of

    return Builder(bundle_of(document), [], seed=int(document["seed"]), customers=0).scenario()
