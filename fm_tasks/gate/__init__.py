"""The quality gate: rules as data, the report on a batch, and the decisions of people about both."""
