"""Rendered scenes, whose objects and motion are known exactly."""
