"""What the DAGs are made of: the step task group, the operator that runs a shard, and the rules of retrying."""
