"""The page: the built viewer, told that it is the studio, with the token and a policy of what it may do."""

from __future__ import annotations

import json

from simulator.reporting.html import CSP_MARK, DATA_MARK, POLICY, policy_tag, script_hash, viewer


def page(token: str | None) -> tuple[str, str]:
    """The whole page, and the policy for the header: its own script runs, it asks this server, and nobody frames it.

    Without a token it holds nothing that not everybody may know.
    """
    built = viewer()
    policy = f"{POLICY.format(script=script_hash(built))}; connect-src 'self'"
    told = json.dumps({"token": token}).replace("<", "\\u003c")
    config = f'<script type="application/json" id="journeyproof-studio">{told}</script>'
    written = built.replace(DATA_MARK, config).replace(CSP_MARK, policy_tag(policy))
    # Only a header can say who may frame a page.
    return written, f"{policy}; frame-ancestors 'none'"
