"""What the DAGs are made of: the step task group, the runners of its shards, and the rules of retrying."""
