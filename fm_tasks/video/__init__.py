"""Video files: one decode that finds everything about a video, exact clips cut from it, frames, and overlays.

Frames are counted as they decode, from 0; times are integer microseconds of the stream's own timestamps. A timestamp
that is missing, or not later than the one before it, becomes the one before plus one frame at the stream's own rate; so
do those that follow until the stream's are half a frame ahead. Times are strictly increasing. Decoding ends at the
first damaged frame: what lies before it is the video.
"""

from fm_tasks.video.cutting import Clip, cut, playable, rehearse
from fm_tasks.video.decoding import evenly, frames, pictures, sample
from fm_tasks.video.drawing import colours, contact_sheet, overlay, stills
from fm_tasks.video.isolation import isolated
from fm_tasks.video.surveying import Survey, survey

__all__ = [
    "Clip",
    "Survey",
    "colours",
    "contact_sheet",
    "cut",
    "evenly",
    "frames",
    "isolated",
    "overlay",
    "pictures",
    "playable",
    "rehearse",
    "sample",
    "stills",
    "survey",
]
