"""Motion Foundry: raw video in, motion-annotated and gated datasets out. This library knows no Airflow."""

__version__ = "0.1.0"
