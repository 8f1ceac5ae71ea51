"""The formats of a partition, a module each."""
