"""Layer 1: values without behaviour: the documents people write, the event log, the results."""
