"""What a person runs: status, why, retry, doctor, forecast, show, inspect."""
