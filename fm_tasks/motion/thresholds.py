"""Where one word ends and the next begins."""

from __future__ import annotations

from fm_tasks.model import Document


class Thresholds(Document):
    """Where one word ends and the next begins. Lengths are frame diagonals, speeds diagonals per second.

    The defaults hold against a jitter of the boxes of 0.5 % of the diagonal at 24 frames per second.
    """

    smoothing: float = 0.15
    """Standard deviation of the weights in time, seconds. Pauses under about four of it are not seen."""
    moving_speed: float = 0.03
    """A track moves once it is this fast ..."""
    still_speed: float = 0.02
    """... and until it is slower than this."""
    camera_speed: float = 0.0
    """How fast the camera moves the picture: what is not twice as fast may stand still, and its way be the camera's."""
    pause: float = 0.4
    """Shortest pause before, between or after movements, seconds."""
    stationary: float = 1.0
    """Shortest time without motion that is worth the word stationary, seconds."""
    extent: float = 0.03
    """Movements that stay within this size are jitter; a slow drift beyond ``displacement`` is none."""
    extent_share: float = 0.15
    """So are movements, swings and turns within this share of the box's diagonal: a large box wanders further."""
    noise: float = 4.0
    """What is less than so many times the noise of the track's own boxes is no motion (``Motion.noise``)."""
    displacement: float = 0.05
    """Least net displacement of a movement that has a direction ..."""
    travel: float = 0.6
    """... in shares of the shorter side of its box: what bends or stretches goes less; ..."""
    straight: float = 0.7
    """... and in shares of the way that it takes: what goes half a circle, or turns back, has no one direction."""
    half_way: float = 35.0
    """Both halves of the way of a hand lead where the whole does, to so many degrees."""
    moment: float = 0.5
    """Length of what has no end of its own, such as entering, seconds."""
    border: float = 0.03
    """A box this near to an edge touches it; share of the frame's width or height."""
    cut_off: float = 0.25
    """A track that begins or ends this near to the clip's own ends was there before, or stays, seconds."""
    turn: float = 40.0
    """Least change of heading of a turn, degrees."""
    turn_rate: float = 22.0
    """A turn is at least this quick somewhere, and nowhere under 0.4 of it, degrees per second."""
    reversal: float = 140.0
    """A change of heading at a standstill beyond this is a reversal, which has no side, degrees."""
    uturn: float = 150.0
    """Least change of heading of a turn that leads back, degrees."""
    circle: float = 330.0
    """Least change of heading of a turn that goes round, degrees."""
    veer: float = 8.0
    """Least change of heading, away and back, of a change of lane, degrees."""
    leg: float = 2.0
    """Least way before a turn and after it, in widths of the object ..."""
    leg_time: float = 2.0
    """... within so many seconds."""
    hand_leg: float = 1.0
    """As ``leg``, of a hand, which turns in less."""
    deform: float = 1.25
    """A box whose width or height changes by this factor ..."""
    deform_time: float = 0.3
    """... within so many seconds is another part of its object, or holds another: its edges carry no motion."""
    lane: float = 0.03
    """Least lateral offset of a change of lane."""
    lane_time: float = 2.5
    """Longest time between the two bends of a change of lane, seconds."""
    acceleration: float = 0.05
    """Least change of speed while moving."""
    acceleration_factor: float = 1.5
    """... and its least factor."""
    growth: float = 1.5
    """Least factor by which a box grows or shrinks; the box of what comes to rest may change by a quarter and more."""
    swing: float = 0.03
    """Least way from one turning point of an oscillation to the next."""
    cycles: int = 2
    """Fewest full cycles of an oscillation."""
    swing_smoothing: float = 0.05
    """Standard deviation of the weights in time where swings are measured, seconds: swings of up to 4 Hz are seen."""
    samples_per_cycle: float = 2.5
    """Fewest frames in which the object is seen, a cycle: a faster swing has no frequency. (Nyquist: more than two.)"""
    tremor_low: float = 4.0
    """Lowest frequency of a tremor, hertz ..."""
    tremor_high: float = 6.0
    """... and its highest."""
    tremor_window: float = 1.5
    """Length of the windows in which a tremor is sought, and its least length, seconds."""
    tremor_amplitude: float = 0.003
    """Least amplitude of a tremor."""
    hand_tremor: float = 0.00075
    """As ``tremor_amplitude``, of a hand whose points are known."""
    hand_rest: float = 0.5
    """How far a hand that trembles goes meanwhile, at most: lengths of its own palm."""
    tremor_share: float = 0.5
    """Least share of the quick motion, as variance, that a sine of the tremor's frequency explains, 0..1."""
    approach: float = 0.08
    """Least change of the distance between two tracks."""
    approach_share: float = 0.25
    """Least share of that change that comes from the subject's own motion, 0..1."""
    medium_speed: float = 0.1
    """Mean speed from which a movement is medium; below it is slow."""
    fast_speed: float = 0.25
    """Mean speed from which a movement is fast."""
    fastest_by: float = 0.1
    """By which share the fastest is faster than the second, 0..1."""
    dwell: float = 0.5
    """Shortest stay in a cell passed through, seconds; first and last cell always count."""
    cell_margin: float = 0.05
    """How far a centre goes beyond its cell before it is in the next; share of the frame's width or height."""
    cell_change: float = 1 / 6
    """How far it goes, half a cell, to be said to be in another; share likewise."""
    cell_clear: float = 0.05
    """How far inside of its cell a centre comes, somewhere, to be said to be there; share likewise."""
    pass_margin: float = 0.05
    """How far ahead, and then behind, something is that is passed."""
    pass_within: float = 0.25
    """Longest distance at which something is passed."""
    overlap: float = 0.1
    """Least share of the smaller box that overlaps, 0..1."""
    apart: float = 0.05
    """Least distance along an axis of the image of two tracks that lie to a side of each other."""
    dominance: float = 1.25
    """By which factor one axis exceeds the other before the side changes."""
    hold: float = 0.3
    """Shortest contact that is a grasp, seconds."""
    reach: float = 0.05
    """Least way of a hand that reaches."""
    handover: float = 0.5
    """Longest time between one hand's release and another's grasp of the same thing, seconds."""
    sure: float = 0.4
    """Least mean score of the detections of a track that has no name and is spoken of, 0..1 ..."""
    seen: float = 0.8
    """... and least share of the frames searched in which it is seen, 0..1."""
    explained: float = 0.7
    """Least share of what moves in the picture that the tracks explain, 0..1, where all that moves is spoken of."""
    within: float = 0.6
    """Share of the smaller box, 0..1, that lies in the larger over most of the time where the one is on, in or held by
    the other."""
    gap: float = 0.3
    """Least time between the beginnings of two events that have an order, seconds."""
    bend: float = 0.3
    """Who bends lowers the shoulders towards the hips by so much: lengths of the person's own trunk, as all of these
    ..."""
    bent: float = 0.7
    """... to so much above the hips, at most, ..."""
    upright: float = 0.8
    """... and is upright with so much, at least."""
    posture_time: float = 1.5
    """Longest change of posture: what takes longer is a change of view, seconds."""
    posture_least: float = 0.25
    """Shortest change of a posture, and half of it of an arm: what is quicker is another person, or left taken for
    right, seconds."""
    resized: float = 1.15
    """Who grows or shrinks by this factor meanwhile comes closer, or the camera does: no posture is told of it."""
    arm: float = 0.6
    """Least way of a wrist up or down by its shoulder ..."""
    arm_up: float = 0.5
    """... which is at most so far above a wrist that is up."""
    jump: float = 0.25
    """Least way up, and down again, of hips and feet in a jump ..."""
    jump_time: float = 1.0
    """... and the longest time of one, and between two, seconds."""
    sitting: float = 0.3
    """Who sits has the hips at most so far above the knees ..."""
    standing: float = 0.5
    """... and who stands, at least so far."""
    kick: float = 50.0
    """Least angle between a leg that kicks and the vertical, degrees, ..."""
    planted: float = 30.0
    """... and the largest of the other, and of the leg before it kicks."""
    kick_time: float = 0.6
    """Longest time from the one to the other, and up there, seconds."""
    kick_height: float = 0.3
    """How far the foot that kicks is above the other, at least."""
    lean: float = 35.0
    """Largest angle of legs, or of a trunk that raises an arm, off the vertical: who lies, falls or turns over does
    neither bend nor raise an arm, degrees."""
    shoulders: float = 0.3
    """Who faces the camera, or turns the back on it, has the shoulders so far apart, at least ..."""
    facing: float = 0.4
    """... for so many seconds before turning round, and after."""
    in_hand: float = 0.35
    """A thing is in the hand so near to the wrist, at most ..."""
    thrown: float = 1.0
    """... and is thrown where it goes so far away from it, at least ..."""
    hold_time: float = 0.2
    """... after it was in the hand for so many seconds, at least ..."""
    throw_time: float = 0.5
    """... within so many seconds, and the wrist moved in as many before ..."""
    arm_speed: float = 1.5
    """... so fast by its shoulder, at least, lengths of the trunk per second."""
    wave: float = 0.5
    """Least way to and fro of a hand that waves: lengths of its own palm, as the next ones."""
    hand_closed: float = 1.35
    """How far the finger tips of a closed hand are from the wrist, at most ..."""
    hand_open: float = 1.7
    """... and those of an open one, at least."""
    tap: float = 0.3
    """Tips of fingers meet so near to each other, and part again by as much."""
    tap_time: float = 1.0
    """Longest time from one tap to the next, seconds."""
    taps: int = 3
    """Fewest taps that are worth the word."""
    tilt: float = 40.0
    """Least turn of a hand that tilts what it holds, degrees."""


DEFAULTS = Thresholds()
