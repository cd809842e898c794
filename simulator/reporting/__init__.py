"""How results look: reports drawn from the entries of the result file, never from a run itself."""
