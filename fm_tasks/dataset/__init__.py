"""The published dataset: the record of a clip, the files of a partition, and how they are written."""
