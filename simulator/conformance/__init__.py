"""The conformance kit: whether a backend keeps the protocol, rule by rule, for those who write backends.

    from simulator.conformance import check, rendered

    report = check("my_package:MyBackend")
    print(rendered(report))

`check` takes the word that stands behind `--backend`, or whatever makes one backend. `BackendConformance` in
`simulator.conformance.testing` is the same as tests for pytest. docs/conformance.md lists the rules.
"""

from simulator.conformance.checking import RULES, check
from simulator.conformance.report import Finding, NotApplicable, Report, Result, Rule
from simulator.conformance.showing import rendered

__all__ = ["RULES", "Finding", "NotApplicable", "Report", "Result", "Rule", "check", "rendered"]
