"""The studio: a page on this machine where somebody asks "what if?" of a scenario, and sees what comes of it.

A what-if is an edit of the scenario's document and nothing else, run with the same people and the same seed. So what
differs between two runs differs because of the edit.
"""
