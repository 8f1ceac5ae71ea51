"""What is done to one item of a batch: a module a step, each loaded by its name."""
