"""The quality gate: rules as data, the report on a batch, and what people decide about both."""
