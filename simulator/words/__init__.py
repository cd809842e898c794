"""Layer 0: the words everything else is written in: errors, time, random streams, event names."""
