"""How people and language models say what moves: for each kind of fact several sentences, in none of the words of the
`facts` writer's own templates, and the words for its values.

In a sentence ``{s}`` is who it is about, ``{o}`` the other one, ``{v}`` the value in words, ``{n}`` the number,
``{t}`` the thing that is handed over; ``*turn*`` is a verb that is conjugated.
"""

from __future__ import annotations

import re

from fm_tasks.english import words
from fm_tasks.model import FactKind as F

WAYS = {
    "right": ("to the right", "rightward", "rightwards", "toward the right side of the frame"),
    "left": ("to the left", "leftward", "leftwards", "toward the left side of the frame"),
    "up": ("upward", "upwards", "toward the top of the frame"),
    "down": ("downward", "downwards", "toward the bottom of the frame"),
    "up_right": ("up and to the right", "diagonally up and to the right", "toward the upper right"),
    "up_left": ("up and to the left", "diagonally up and to the left", "toward the upper left corner"),
    "down_right": ("down and to the right", "diagonally downward to the right", "toward the lower right"),
    "down_left": ("down and to the left", "diagonally down and to the left", "toward the bottom left corner"),
}
FROM = {
    side: (f"from the {side}", f"from the {side} edge of the frame", f"from the {side} side")
    for side in ("left", "right")
} | {side: (f"from the {side}", f"from the {side} edge of the frame") for side in ("top", "bottom")}
OUT = {
    "left": ("on the left", "to the left", "through the left edge", "at the left side"),
    "right": ("on the right", "to the right", "through the right edge", "at the right side"),
    "top": ("at the top", "through the top edge"),
    "bottom": ("at the bottom", "through the bottom edge"),
}
CELLS = {
    "top_left": ("in the top left corner", "at the upper left", "in the top-left part of the frame"),
    "top": ("at the top of the frame", "near the top", "in the upper part of the frame"),
    "top_right": ("in the top right corner", "at the upper right", "in the top-right part of the frame"),
    "left": ("on the left side of the frame", "on the left", "in the left part of the frame"),
    "center": ("in the center of the frame", "near the middle of the frame", "in the middle"),
    "right": ("on the right side of the frame", "on the right", "in the right part of the frame"),
    "bottom_left": ("in the bottom left corner", "at the lower left", "in the bottom-left part of the frame"),
    "bottom": ("at the bottom of the frame", "near the bottom", "in the lower part of the frame"),
    "bottom_right": ("in the bottom right corner", "at the lower right", "in the bottom-right part of the frame"),
}
RELATIONS = {
    "left_of": ("to the left of", "left of", "on the left side of"),
    "right_of": ("to the right of", "right of", "on the right side of"),
    "above": ("above", "higher up than"),
    "below": ("below", "beneath", "underneath"),
}
TO = {side: (f"to the {side}", f"to its {side}") for side in ("left", "right")}
ARMS = {side: (f"its {side} arm", f"the {side} arm") for side in ("left", "right")}
ARMS["both"] = ("both arms", "both of its arms", "its arms")
VALUES = {
    F.MOVES: WAYS,
    F.CARRIES: WAYS,
    F.VEERS: WAYS,
    F.ENTERS: FROM,
    F.LEAVES: OUT,
    F.TURNS: {side: (side, f"to the {side}", f"to its {side}") for side in ("left", "right")},
    F.UTURNS: TO,
    F.SHIFTS: TO,
    F.CIRCLES: {
        "clockwise": ("clockwise", "in a clockwise direction"),
        "anticlockwise": ("counterclockwise", "counter-clockwise", "anticlockwise", "in a counterclockwise direction"),
    },
    F.OSCILLATES: {
        "horizontal": ("back and forth", "from side to side", "left and right", "horizontally back and forth"),
        "vertical": ("up and down", "vertically up and down"),
    },
    F.TREMBLES: {"horizontal": ("from side to side", "horizontally"), "vertical": ("up and down", "vertically")},
    F.SPEED: {
        "slow": ("slowly", "at a slow pace", "at a low speed"),
        "medium": ("at a moderate speed", "at a medium pace", "at a moderate pace"),
        "fast": ("quickly", "rapidly", "at a fast pace", "at high speed", "swiftly"),
    },
    F.LOCATED: CELLS,
    F.LIES: RELATIONS,
    F.BECOMES: RELATIONS,
    F.RAISES: ARMS,
    F.LOWERS: ARMS,
    F.KICKS: {side: (f"its {side} leg", f"the {side} foot") for side in ("left", "right")},
}
VALUES |= {F.FREQUENCY: VALUES[F.OSCILLATES], F.AMPLITUDE: VALUES[F.OSCILLATES]}
PASSING = {
    "overtaking": (
        *("{s} *overtake* {o}", "{o} is overtaken by {s}", "{s} *overtake* the slower {o:bare}", "{s} *pass* {o}"),
        *("{s} *catch* up with {o} and *overtake* it", "{s} *move* past {o}", "{s} *pull* ahead of {o}"),
        *("{s} *surpass* {o}", "{s} *overtake* {o} from behind", "{s} *come* from behind and *overtake* {o}"),
    ),
    "oncoming": (
        *("{s} and {o} pass each other", "{s} *pass* {o}", "{s} *pass* {o}, which comes the other way"),
        *("{s} *go* past {o} in the opposite direction", "{o} is passed by {s}", "{s} and {o} cross paths"),
        *("{s} and {o} go past each other", "{s} *meet* and *pass* {o}"),
    ),
    "crossing": (
        *("{s} *pass* {o}", "{s} *go* past {o}", "{s} *move* past {o}"),
    ),
    "standing": (
        *("{s} *pass* {o}", "{s} *go* past {o}", "{s} *move* past the stationary {o:bare}", "{o} is passed by {s}"),
        *("{s} *drive* past {o}", "{s} *go* by {o}", "{s} *travel* past {o}", "{s} *pass* by {o}"),
    ),
}  # fmt: skip
SAID: dict[F, tuple[str, ...]] = {
    F.MOVES: (
        *("{s} *move* {v}", "{s} *travel* {v}", "{s} *head* {v}", "{s} *go* {v}", "{s} *make* its way {v}"),
        *("{s} *progress* {v} across the scene", "{s} *proceed* {v}", "{s} *glide* {v}", "{s} *drift* {v}"),
        *("The motion of {s} is directed {v}", "The movement of {s} goes {v}", "{s} *advance* {v}"),
        *("{s} *make* steady progress {v}", "{s} *cruise* {v}", "{s} *shift* its position {v}", "{s} *push* {v}"),
        *("The {s:bare} is seen heading {v}", "{s} *continue* {v} at all times", "{s} *sweep* {v}"),
    ),
    F.STATIONARY: (
        *("{s} *remain* stationary", "{s} *stay* in place", "{s} *stay* still", "{s} is motionless"),
        *("{s} *remain* in the same position", "{s} *rest* in place", "{s} *hold* its position"),
        *("{s} *stand* still", "{s} *sit* motionless", "{s} *show* no movement", "{s} *stay* put"),
        *("{s} is at rest", "{s} *keep* still", "{s} does not change its position", "{s} is static"),
        *("{s} *wait* in place",),
    ),
    F.ENTERS: (
        *("{s} *enter* the frame {v}", "{s} *come* into view {v}", "{s} *appear* {v}", "{s} *enter* the scene {v}"),
        *("{v:capital}, {s} *enter* the frame", "{s} *emerge* {v}", "{s} *move* into the frame {v}"),
        *("{s} *drive* into the frame {v}", "{s} *roll* into view {v}", "{s} *make* its entrance {v}"),
        *("{s} first appears {v}", "{s} *slide* in {v}", "{s} *come* in {v}"),
    ),
    F.LEAVES: (
        *("{s} *leave* the frame {v}", "{s} *exit* the frame {v}", "{s} *exit* the scene {v}", "{s} *exit* {v}"),
        *("{s} *disappear* from view {v}", "{s} *go* out of view {v}", "{s} *move* out of the frame {v}"),
        *("{s} *drive* out of the frame {v}", "{s} *pass* out of view {v}", "{s} *vanish* {v}"),
        *("{s} *depart* the scene {v}", "{s} *roll* off the frame {v}"),
    ),
    F.STOPS: (
        *("{s} *stop*", "{s} *come* to a stop", "{s} *come* to a halt", "{s} *pause*", "{s} *halt*"),
        *("{s} *come* to rest", "{s} *cease* moving", "{s} *stop* moving", "{s} *come* to a complete standstill"),
        *("{s} *grind* to a halt", "{s} *come* to a full stop", "{s} *cease* its motion", "{s} *take* a pause"),
        *("{s} *stop* in its tracks", "{s} *settle*"),
    ),
    F.STARTS: (
        *("{s} *start* moving", "{s} *begin* to move", "{s} *set* off", "{s} *begin* moving after a pause"),
        *("{s} *resume* its motion", "{s} *start* to move", "{s} *get* going", "{s} *set* itself in motion"),
        *("{s} *start* up again", "{s} *get* moving", "{s} *take* off", "{s} *continue* after a pause"),
        *("{s} *begin* its motion", "{s} *restart*"),
    ),
    F.TURNS: (
        *("{s} *turn* {v}", "{s} *turn* sharply {v}", "{s} *curve* {v}", "{s} *change* direction, turning {v}"),
        *("{s} *veer* {v}", "{s} *steer* {v}", "{s} *bend* {v}", "{s} *make* a turn {v:to}"),
        *("{s} *take* a turn {v:to}", "{s} *swing* {v:to}", "{s} *take* a sharp turn {v:to}"),
        *("{s} *round* a corner {v:to}", "{s} *bear* {v:to}", "{s} *hook* {v:to}", "{s} *swerve* {v:to}"),
    ),
    F.VEERS: (
        *("{s} *turn* and then *head* {v}", "{s} *turn* and *continue* {v}", "After turning, {s} *move* {v}"),
        *("{s} *change* direction and *go* {v}", "{s} *turn* and *travel* {v} from there"),
        *("{s} *make* a turn and *proceed* {v}", "{s} *turn* so that it heads {v}"),
        *("Following its turn, {s} *travel* {v}",),
    ),
    F.UTURNS: (
        *("{s} *make* a U-turn {v}", "{s} *perform* a U-turn {v}", "{s} *turn* around {v}"),
        *("{s} *do* a u-turn {v}", "{s} *complete* a 180-degree turn {v}", "{s} *execute* a U-turn {v}"),
        *("{s} *swing* around {v} in a U-turn", "{s} *turn* back around {v}"),
        *("{s} *reverse* course with a U-turn {v}", "{s} *perform* a complete U-turn {v}"),
    ),
    F.CIRCLES: (
        *("{s} *circle* {v}", "{s} *move* in circles {v}", "{s} *go* around in a circle {v}", "{s} *loop* {v}"),
        *("{s} *travel* {v} in a circle", "{s} *follow* a circular path {v}"),
        *("{s} *move* along a circular path {v}", "{s} *go* round and round {v}", "{s} *trace* a circle {v}"),
        *("{s} *spin* around in circles {v}", "{s} *orbit* {v}", "{s} *revolve* {v}", "{s} *run* in circles {v}"),
        *("{s} *move* {v} along a circular path", "{s} *make* circular motions {v}"),
    ),
    F.SHIFTS: (
        *("{s} *change* lanes {v}", "{s} *switch* lanes {v}", "{s} *make* a lane change {v}"),
        *("{s} *shift* lanes {v}", "{s} *shift* one lane {v}", "{s} *move* over one lane {v}"),
        *("{s} *move* into the lane {v}", "{s} *merge* into the lane {v}", "{s} *move* over to the next lane {v}"),
        *("{s} *cross* into the adjacent lane {v}", "{s} *drift* over a lane {v}"),
    ),
    F.REVERSES: (
        *("{s} *reverse* direction", "{s} *reverse* its course", "{s} *go* back the way it came"),
        *("{s} *double* back", "{s} *retrace* its path", "{s} *turn* back the way it came"),
        *("{s} *reverse* and *return* along its path", "{s} *change* direction and *head* back", "{s} *backtrack*"),
        *("{s} *turn* back", "{s} *return* to where it started", "{s} *reverse* and *go* back"),
    ),
    F.ACCELERATES: (
        *("{s} *speed* up", "{s} *accelerate*", "{s} *pick* up speed", "{s} *gain* speed"),
        *("{s} *increase* its speed", "The speed of {s} increases", "{s} *get* faster"),
        *("{s} *move* faster and faster", "{s} *move* more quickly as time goes on", "{s} *increase* its pace"),
        *("{s} *gather* speed", "The pace of {s} quickens", "{s} *become* faster"),
    ),
    F.SLOWS: (
        *("{s} *slow* down", "{s} *decelerate*", "{s} *lose* speed", "{s} *reduce* its speed", "{s} *brake*"),
        *("The speed of {s} decreases", "{s} *get* slower", "{s} *decrease* its speed"),
        *("{s} *move* more slowly as time goes on", "{s} *drop* its speed", "{s} *ease* off"),
        *("The pace of {s} drops", "{s} *become* slower", "{s} *lower* its speed"),
    ),
    F.OSCILLATES: (
        *("{s} *move* {v}", "{s} *oscillate* {v}", "{s} *go* {v} repeatedly", "{s} *keep* moving {v}"),
        *("{s} repeatedly *move* {v}", "The motion of {s} is a repeated movement {v}", "{s} *swing* {v}"),
        *("{s} *perform* a repeated motion {v}", "{s} *rock* {v}", "{s} *sway* {v}", "{s} *shuttle* {v}"),
        *("{s} *travel* {v} again and again", "{s} *make* {v} movements"),
    ),
    F.FREQUENCY: (
        *("{s} *move* {v} about {n} times per second", "{s} *oscillate* {v} at about {n} times a second"),
        *("{s} *move* {v} at a frequency of about {n} Hz", "{s} *move* {v} at a rate of {n} cycles per second"),
        *("{s} *go* {v} roughly {n} times each second", "{s} *swing* {v} at about {n} hertz"),
        *("{s} *complete* about {n} cycles per second as it moves {v}",),
        *("{s} *oscillate* {v} roughly {n} times every second", "{s} *swing* {v} with a frequency of {n} Hz"),
    ),
    F.AMPLITUDE: (
        *("{s} *move* {v} by about {n} of the frame's diagonal", "{s} *swing* {v} by {n} of the frame's diagonal"),
        *("{s} *move* {v} with an amplitude of about {n} of the frame diagonal",),
        *("{s} *move* {v}, about {n} of the diagonal of the frame in each direction",),
        *("{s} *oscillate* {v}, reaching about {n} of the frame's diagonal to either side",),
        *("{s} *go* {v} by roughly {n} of the frame diagonal",),
    ),
    F.TREMBLES: (
        *("{s} *tremble* {v}", "{s} *shake* {v}", "{s} *quiver* {v}", "{s} *vibrate* {v}"),
        *("{s} *tremble* rapidly {v}", "{s} *shake* quickly {v}", "{s} *shake* slightly {v}", "{s} *jitter* {v}"),
        *("{s} *shiver* {v}", "{s} *twitch* {v}", "{s} *shake* rapidly {v}"),
    ),
    F.GROWS: (
        *("{s} *grow* larger", "{s} *get* larger in the frame", "{s} *become* larger", "{s} *increase* in size"),
        *("{s} *come* closer to the camera", "{s} *move* toward the camera", "{s} *approach* the camera"),
        *("{s} *appear* larger and larger", "{s} *get* bigger", "The size of {s} increases"),
        *("{s} *enlarge* in view", "{s} *loom* larger", "{s} *come* nearer to the camera", "{s} *expand* in size"),
        *("{s} *move* closer to the viewer", "{s} *appear* to grow"),
    ),
    F.SHRINKS: (
        *("{s} *grow* smaller", "{s} *get* smaller in the frame", "{s} *become* smaller", "{s} *decrease* in size"),
        *("{s} *move* farther from the camera", "{s} *move* away from the camera", "{s} *recede* from the camera"),
        *("{s} *appear* smaller and smaller", "{s} *shrink* in size", "The size of {s} decreases"),
        *("{s} *diminish* in size", "{s} *back* away from the camera", "{s} *move* away from the viewer"),
        *("{s} *appear* to shrink", "{s} *get* smaller and smaller"),
    ),
    F.SPEED: (
        *("{s} *move* {v}", "{s} *travel* {v}", "{s} *go* {v}", "{s} *make* its movements {v}"),
        *("{s} *proceed* {v}", "The motion of {s} happens {v}", "{s} *advance* {v}", "{s} *keep* moving {v}"),
        *("{s} *drift* along {v}", "{s} *carry* on {v}"),
    ),
    F.RANK: (
        *("{s} is the {n} fastest object", "{s} is the {n} fastest of the moving objects"),
        *("{s} ranks {n} in speed", "By speed, {s} is in {n} place", "{s} has the {n} highest speed"),
        *("Of all the moving objects, {s} is the {n} fastest", "{s} is {n} in speed", "{s} is the {n} quickest"),
    ),
    F.FASTEST: (
        *("{s} is the fastest object in the clip", "{s} *move* faster than any other object"),
        *("{s} is the quickest", "Nothing else moves as fast as {s}", "{s} has the highest speed"),
        *("The fastest object is {s}", "{s} *move* the fastest", "{s} is faster than everything else"),
        *("No other object is faster than {s}", "{s} *outpace* everything else"),
        *("Of all the objects, {s} is the fastest", "{s} *move* quicker than all the others"),
        *("{s} *travel* at the highest speed of all",),
    ),
    F.LOCATED: (
        *("{s} is {v}", "{s} is located {v}", "{s} can be seen {v}", "{s} is visible {v}", "{s} is positioned {v}"),
        *("{s} *appear* {v}", "{v:capital}, there is {s:a}", "{s} is found {v}", "{s} *occupy* a spot {v}"),
        *("{s} *sit* {v}", "{s} *remain* {v} for a time", "You can see {s} {v}", "{s} *hover* {v}"),
        *("{s} rests {v}",),
    ),
    F.APPROACHES: (
        *("{s} *approach* {o}", "{s} *move* closer to {o}", "{s} *get* closer to {o}", "{s} *draw* nearer to {o}"),
        *("{s} *close* in on {o}", "{s} *move* toward {o}", "{o} is approached by {s}", "{s} *head* toward {o}"),
        *("The distance between {s} and {o} decreases", "{s} *near* {o}", "{s} *advance* toward {o}"),
        *("{s} *make* its way toward {o}", "{s} *come* near {o}", "{s} *go* up to {o}"),
        *("{s} *reduce* its distance to {o}", "The gap between {s} and {o} shrinks"),
    ),
    F.RECEDES: (
        *("{s} *move* away from {o}", "{s} *recede* from {o}", "{s} *get* farther from {o}"),
        *("{s} *drift* away from {o}", "The distance between {s} and {o} increases"),
        *("The gap between {s} and {o} widens", "{s} *distance* itself from {o}", "{s} *travel* away from {o}"),
        *("{s} *retreat* from {o}", "{s} *back* away from {o}", "{s} *pull* away from {o}"),
        *("{s} *leave* {o} behind", "{s} *withdraw* from {o}", "The space between {s} and {o} grows"),
    ),
    F.OVERLAPS: (
        *("{s} and {o} overlap", "{s} *overlap* {o}", "{s} *overlap* with {o}", "{s} and {o} overlap in the frame"),
        *("{o} is overlapped by {s}", "One hides part of the other when {s} and {o} overlap"),
        *("{s} partially *cover* {o}", "{o} is partly hidden by {s}", "{s} *obscure* part of {o}"),
        *("{s} *block* the view of {o}", "{s} and {o} intersect"),
    ),
    F.LIES: (
        *("{s} is {v} {o}", "{s} is located {v} {o}", "{s} is positioned {v} {o}", "{s} *lie* {v} {o}"),
        *("{s} can be seen {v} {o}", "{s} is situated {v} {o}", "{s} is found {v} {o}", "{s} *sit* {v} {o}"),
        *("{s} *appear* {v} {o}", "{s} *remain* {v} {o} for a while", "{s} *stay* {v} {o}"),
        *("{v:capital} {o} is {s}",),
    ),
    F.BECOMES: (
        *("{s} *end* up {v} {o}", "{s} *come* to be {v} {o}", "{s} *get* {v} {o}", "{s} is {v} {o} in the end"),
        *("{s} *finish* {v} {o}", "{s} *move* to a position {v} {o}", "{s} *wind* up {v} {o}"),
        *("{s} *move* around to be {v} {o}", "By the end, {s} is {v} {o}", "{s} is finally {v} {o}"),
        *("{s} *land* {v} {o}",),
    ),
    F.REACHES: (
        *("{s} *reach* for {o}", "{s} *reach* out to {o}", "{s} *reach* toward {o}", "{s} *extend* toward {o}"),
        *("{s} *stretch* out toward {o}", "{s} *reach* out and *touch* {o}", "{o} is reached for by {s}"),
        *("{s} *make* a reaching motion toward {o}", "{s} *move* to grab {o}", "{s} *reach* over to {o}"),
        *("{s} *go* for {o}",),
    ),
    F.TOUCHES: (
        *("{s} *touch* {o}", "{s} *hold* {o}", "{s} is in contact with {o}", "{s} *make* contact with {o}"),
        *("{o} is held by {s}", "{o} is touched by {s}", "{s} *keep* hold of {o}", "{s} *grip* {o}"),
        *("{s} *maintain* contact with {o}", "{s} *have* hold of {o}"),
        *("{s} and {o} are in contact",),
    ),
    F.GRASPS: (
        *("{s} *grasp* {o}", "{s} *grab* {o}", "{s} *pick* up {o}", "{s} *take* hold of {o}", "{s} *grip* {o}"),
        *("{o} is grasped by {s}", "{o} is picked up by {s}", "{s} *pick* {o} up", "{s} *seize* {o}"),
        *("{s} *clasp* {o}", "{s} *get* hold of {o}", "{s} *close* around {o}", "{s} *latch* onto {o}"),
        *("{s} *take* {o}", "{s} *snatch* {o}"),
    ),
    F.RELEASES: (
        *("{s} *release* {o}", "{s} *let* go of {o}", "{s} *put* down {o}", "{s} *drop* {o}", "{s} *put* {o} down"),
        *("{o} is released by {s}", "{s} *set* {o} down", "{s} *set* down {o}", "{o} is put down by {s}"),
        *("{s} *set* {o} free", "{s} *lose* hold of {o}", "{s} *loosen* its grip on {o}", "{s} *lay* {o} down"),
        *("{s} *place* {o} down", "{s} *relinquish* {o}"),
    ),
    F.LIFTS: (
        *("{s} *lift* {o}", "{s} *raise* {o}", "{o} is lifted by {s}", "{s} *hoist* {o}", "{s} *lift* {o} up"),
        *("{s} *carry* {o} upwards", "{s} *take* {o} up"),
    ),
    F.CARRIES: (
        *("{s} *carry* {o} {v}", "{s} *move* {o} {v}", "{s} *take* {o} {v}", "{o} is carried {v} by {s}"),
        *("{s} *bring* {o} {v}", "{s} *transport* {o} {v}"),
    ),
    F.PLACES: (
        *("{s} *put* {o} down", "{s} *put* down {o}", "{s} *set* {o} down", "{o} is put down by {s}"),
        *("{s} *place* {o}", "{s} *lay* {o} down", "{s} *deposit* {o}"),
    ),
    F.TILTS: ("{s} *tilt* {o}", "{s} *tip* {o}", "{o} is tilted by {s}"),
    F.WAVES: ("{s} *wave*", "{s} *wave* to and fro", "{s} *wave* at the camera"),
    F.TAPS: ("{s} *tap* its fingers together", "{s} *tap* with its thumb and index finger"),
    F.OPENS: ("{s} *open*", "{s} *open* its fingers", "{s} *open* its palm", "{s} *open* up"),
    F.BENDS: (
        *("{s} *bend* down", "{s} *bend* over", "{s} *lean* forward", "{s} *stoop*", "{s} *bow*"),
        *("{s} *bend* forward at the waist",),
    ),
    F.STRAIGHTENS: (
        *("{s} *straighten* up", "{s} *straighten* its back", "{s} *stand* upright again", "{s} *straighten*"),
        *("{s} *come* back upright",),
    ),
    F.RAISES: (
        *("{s} *raise* {v}", "{s} *lift* {v}", "{s} *put* {v} up", "{s} *raise* {v} high", "{s} *lift* {v} up"),
    ),
    F.LOWERS: (
        *("{s} *lower* {v}", "{s} *drop* {v}", "{s} *put* {v} down", "{s} *bring* {v} back down"),
    ),
    F.SITS: ("{s} *sit* down", "{s} *take* a seat", "{s} *sit* back down"),
    F.STANDS: ("{s} *stand* up", "{s} *get* up", "{s} *rise* to its feet", "{s} *get* to its feet"),
    F.JUMPS: ("{s} *jump*", "{s} *jump* up and down", "{s} *hop*", "{s} *leap* up", "{s} *make* a jump"),
    F.KICKS: ("{s} *kick* with {v}", "{s} *kick* out with {v}", "{s} *kick* using {v}"),
    F.TURNS_ROUND: ("{s} *turn* round", "{s} *turn* around", "{s} *turn* back around"),
    F.THROWS: ("{s} *throw* {o}", "{s} *toss* {o}", "{o} is thrown by {s}", "{s} *hurl* {o}", "{s} *fling* {o}"),
    F.GIVES: (
        *("{s} *give* {t} to {o}", "{s} *hand* {t} to {o}", "{s} *hand* {t} over to {o}", "{s} *pass* {t} to {o}"),
        *("{s} *transfer* {t} to {o}", "{t} is handed from {s} to {o}", "{t} is passed from {s} to {o}"),
        *("{o} receives {t} from {s}", "{o} takes {t} from {s}", "{t} is handed over by {s} to {o}"),
        *("{t} is given to {o} by {s}", "{t} is transferred from {s} to {o}", "{s} *deliver* {t} to {o}"),
        *("{t} changes hands from {s} to {o}", "{s} *hand* off {t} to {o}", "{s} *pass* {t} over to {o}"),
        *("{o} is handed {t} by {s}", "{s} *hand* {o} {t}", "{o} gets {t} from {s}"),
    ),
    F.COUNTS: (
        *("There are {n} in the clip", "{n:capital} are visible", "The clip shows {n}", "The scene contains {n}"),
        *("A total of {n} can be seen", "The video features {n}", "In the clip, there are {n}", "You can see {n}"),
        *("{n:capital} are present", "{n:capital} are in the frame", "There are exactly {n}"),
        *("In total, there are {n}", "The footage includes {n}"),
    ),
}  # fmt: skip
UNSEEN: dict[F, tuple[str, ...]] = {
    F.MOVES: ("{s} *roam* {v}", "{s} *dart* {v}", "{s} *change* position, going {v}"),
    F.STATIONARY: ("{s} *linger* in one spot", "{s} is frozen in place", "{s} *refrain* from moving"),
    F.ENTERS: ("{s} *pop* into view {v}", "{s} *join* the scene {v}", "{s} *step* into the picture {v}"),
    F.LEAVES: ("{s} *slip* out of the frame {v}", "{s} *quit* the scene {v}", "{s} is gone from view {v}"),
    F.STOPS: ("{s} *freeze*", "{s} *quit* moving", "{s} *end* its movement"),
    F.STARTS: ("{s} *launch* into motion", "{s} *get* underway", "{s} *spring* into action"),
    F.TURNS: ("{s} *pivot* {v:to}", "{s} *cut* {v:to}", "{s} *angle* {v:to}"),
    F.UTURNS: ("{s} *loop* back around {v}", "{s} *hang* a U-turn {v}"),
    F.CIRCLES: ("{s} *whirl* {v}", "{s} *draw* circles {v}", "{s} *go* around and around {v}"),
    F.SHIFTS: ("{s} *slide* over one lane {v}", "{s} *swap* lanes {v}", "{s} *hop* lanes {v}"),
    F.REVERSES: ("{s} *flip* direction", "{s} *head* back the way it came", "{s} *bounce* back along its path"),
    F.ACCELERATES: ("{s} *rev* up", "{s} *go* progressively faster", "{s} *surge* ahead at a rising speed"),
    F.SLOWS: ("{s} *go* progressively slower", "{s} *wind* down", "{s} *shed* speed"),
    F.OSCILLATES: ("{s} *alternate* {v}", "{s} *pulse* {v}", "{s} *seesaw* {v}"),
    F.TREMBLES: ("{s} *shudder* {v}", "{s} *wobble* rapidly {v}", "{s} *quake* {v}"),
    F.GROWS: ("{s} *swell* in size", "{s} *take* up more and more of the frame", "{s} *draw* nearer to the viewer"),
    F.SHRINKS: ("{s} *dwindle*", "{s} *take* up less and less of the frame", "{s} *drift* off from the camera"),
    F.SPEED: ("{s} *roll* along {v}", "{s} *cover* ground {v}", "{s} *work* its way along {v}"),
    F.FASTEST: ("{s} *beat* everything else for speed", "None of the others is as fast as {s}"),
    F.LOCATED: ("{s} *find* itself {v}", "{s} *dwell* {v}", "One sees {s} {v}"),
    F.APPROACHES: ("{s} *narrow* the gap to {o}", "{s} *converge* on {o}", "{s} *go* over to {o}"),
    F.RECEDES: ("{s} *part* from {o}", "{s} *put* distance between itself and {o}", "{s} *flee* from {o}"),
    F.OVERLAPS: ("{s} *mask* {o}", "{s} *coincide* with {o} in the picture", "{s} *get* in front of or behind {o}"),
    F.LIES: ("{s} is {v} where {o} is", "{s} *hang* {v} {o}", "{s} *hold* a position {v} {o}"),
    F.BECOMES: ("{s} *wander* to a place {v} {o}", "{s} *emerge* {v} {o}", "{s} *switch* to being {v} {o}"),
    F.REACHES: ("{s} *lean* out for {o}", "{s} *aim* for {o}", "{s} *lunge* for {o}"),
    F.TOUCHES: ("{s} *feel* {o}", "{s} *handle* {o}", "{s} *stick* to {o}"),
    F.GRASPS: ("{s} *catch* {o}", "{s} *lift* {o}", "{s} *wrap* around {o}"),
    F.RELEASES: ("{s} *part* with {o}", "{s} *free* {o}", "{s} *abandon* {o}"),
    F.GIVES: ("{s} *slide* {t} over to {o}", "{s} *offer* {t} to {o}, which takes it", "{o} *collect* {t} from {s}"),
}
"""How a kind is said in words that the reader was never mended for. Leave it so: they tell how it does on new words."""
AMOUNTS: dict[F, tuple[str, ...]] = {
    F.TURNS: ("{s} *turn* {v} by about {n} degrees", "{s} *make* a {n}-degree turn {v:to}"),
    F.CIRCLES: (
        *("{s} *circle* {v} {n} times", "{s} *complete* {n} full circles {v}", "{s} *go* around {v} {n} times"),
        *("{s} *make* {n} full loops {v}", "{s} *move* in a circle {v} {n} times"),
    ),
    F.OSCILLATES: (
        *("{s} *move* {v} {n} times", "{s} *swing* {v} {n} times", "{s} *oscillate* {v} for {n} full cycles"),
        *("{s} *go* {v} a total of {n} times", "{s} *complete* {n} cycles of moving {v}"),
    ),
    F.TREMBLES: (
        *("{s} *tremble* {v} about {n} times per second", "{s} *shake* {v} at about {n} Hz"),
        *("{s} *tremble* {v} at a frequency of roughly {n} hertz",),
    ),
    F.STATIONARY: (
        *("{s} *remain* stationary for about {n} seconds", "{s} *stay* in place for {n} seconds"),
        *("For about {n} seconds, {s} *stay* still", "{s} *rest* for about {n} seconds"),
    ),
    F.JUMPS: ("{s} *jump* {n} times", "{s} *hop* {n} times", "{s} *jump* up and down {n} times"),
    F.WAVES: ("{s} *wave* {n} times",),
    F.TAPS: ("{s} *tap* its fingers {n} times",),
    F.TOUCHES: ("{s} *hold* {o} for about {n} seconds", "{s} *touch* {o} for {n} seconds"),
}
"""How a kind is said with its number, where it may be said without."""

ORDERS = (
    *("{a} before {b}", "{a}, then {b}", "Before {b}, {a}", "After {a}, {b}", "{b} after {a}", "Once {a}, {b}"),
    *("First, {a}, and then {b}", "{a}, and afterwards {b}", "{a}; later, {b}", "{a} and subsequently {b}"),
    *("{a}, after which {b}", "Only after {a}, {b}", "{a} first, and {b} later", "Initially {a}; eventually {b}"),
    *("{a}; only then {b}", "{a} and then {b}", "{b} only after {a}", "As soon as {a}, {b}"),
    *("{a} prior to when {b}", "First {a}; next, {b}", "{a}, followed by the moment when {b}"),
    *("{b}, but before that {a}", "To begin with, {a}. After that, {b}", "{a} first, then {b}"),
    *("{a} and, a moment later, {b}",),
)  # fmt: skip
"""That ``a`` is earlier than ``b``."""
TOGETHER = ("{a}, and {b}", "{a}, while {b}", "{a}; {b}", "{a}, whereas {b}", "While {a}, {b}")
"""Two things at once, or at any time."""
OPENINGS = ("", "", "", "In the clip, ", "In this video, ", "At one point, ", "Over time, ", "In this scene, ")

PLACES = ("first", "second", "third", "fourth")
SHARES = {10: "a tenth", 12: "a twelfth", 15: "a fifteenth", 20: "a twentieth", 30: "a thirtieth"}

ASKED = {
    F.MOVES: (
        *("Which direction does {s} move?", "In which direction does {s} travel?", "Which way does {s} go?"),
        *("What direction is {s} moving in?",),
    ),
    F.ENTERS: ("From where does {s} enter the frame?", "From which side does {s} enter?", "Where does {s} come from?"),
    F.LEAVES: ("Where does {s} leave the frame?", "On which side does {s} exit the frame?"),
    F.TURNS: ("Which way does {s} turn?", "In which direction does {s} turn?"),
    F.UTURNS: ("To which side does {s} make its U-turn?", "In which direction does {s} make a U-turn?"),
    F.CIRCLES: ("In which direction does {s} circle?", "Which way does {s} go around?"),
    F.SHIFTS: ("To which side does {s} change lanes?", "In which direction does {s} change lanes?"),
    F.OSCILLATES: ("How does {s} move?", "In what way does {s} move repeatedly?"),
    F.TREMBLES: ("How does {s} tremble?", "In which direction does {s} shake?"),
    F.SPEED: ("How fast does {s} move?", "At what speed does {s} move?", "How quickly does {s} travel?"),
    F.LOCATED: ("Where is {s} located?", "Where in the frame is {s}?", "In which part of the frame can {s} be seen?"),
    F.LIES: ("Where is {s} in relation to {o}?", "Where is {s} relative to {o}?"),
    F.BECOMES: ("Where does {s} end up?", "Where does {s} end up in relation to {o}?"),
}
"""Questions for the value of a kind."""
WHAT = (
    *("What does {s} do?", "What does {s} do in the clip?", "Which of these does {s} do?", "How does {s} behave?"),
    *("What is the motion of {s}?", "Which statement about {s} is true?"),
)
HOW_MANY = (
    *("How many {n} are visible?", "How many {n} are there in the clip?", "How many {n} can be seen?"),
    *("How many {n} appear in the scene?",),
)
HOW_OFTEN = ("How many times does {s} {d}?", "How often does {s} {d}?")
FIRST = ("What happens first?", "Which of these happens first?", "Which event occurs first in the clip?")
DOES_AFTER = ("What does {s} do after {a}?", "What does {s} do once {a}?", "What does {s} do next after {a}?")
AFTER = ("What happens after {a}?", "Which of these happens after {a}?", "What happens once {a}?")

IRREGULAR = {
    "go": ("went", "gone"), "come": ("came", "come"), "get": ("got", "got"), "make": ("made", "made"),
    "take": ("took", "taken"), "hold": ("held", "held"), "set": ("set", "set"), "begin": ("began", "begun"),
    "leave": ("left", "left"), "draw": ("drew", "drawn"), "put": ("put", "put"), "let": ("let", "let"),
    "give": ("gave", "given"), "shake": ("shook", "shaken"), "swing": ("swung", "swung"), "lie": ("lay", "lain"),
    "keep": ("kept", "kept"), "bend": ("bent", "bent"), "become": ("became", "become"), "grow": ("grew", "grown"),
    "shrink": ("shrank", "shrunk"), "stand": ("stood", "stood"), "do": ("did", "done"), "drive": ("drove", "driven"),
    "overtake": ("overtook", "overtaken"), "speed": ("sped", "sped"), "lose": ("lost", "lost"), "sit": ("sat", "sat"),
    "withdraw": ("withdrew", "withdrawn"), "have": ("had", "had"), "sweep": ("swept", "swept"),
    "bear": ("bore", "borne"), "wind": ("wound", "wound"), "lay": ("laid", "laid"), "grind": ("ground", "ground"),
    "run": ("ran", "run"), "spin": ("spun", "spun"), "meet": ("met", "met"),
    "catch": ("caught", "caught"), "throw": ("threw", "thrown"), "rise": ("rose", "risen"), "fling": ("flung", "flung"),
    "bring": ("brought", "brought"),
}  # fmt: skip
DOUBLED = {"stop": "stopp", "drop": "dropp", "set": "sett", "put": "putt", "let": "lett", "get": "gett",
           "grab": "grabb", "tap": "tapp", "hop": "hopp", "tip": "tipp", "sit": "sitt",
           "swing": "swing", "overlap": "overlapp", "begin": "beginn", "grip": "gripp", "travel": "travel"}  # fmt: skip


def conjugated(verb: str, tense: str) -> str:
    """The verb in the third person: ``present``, ``past``, ``now`` (is moving), ``seen`` (can be seen moving),
    ``denied`` or ``never``."""
    stem = DOUBLED.get(verb, verb[:-1] if re.search(r"[^eoy]e$", verb) and verb != "lie" else verb)
    match tense:
        case "past":
            return IRREGULAR.get(verb, (f"{stem}ed",))[0]
        case "now":
            return f"is {'ly' if verb == 'lie' else stem}ing"
        case "seen":
            return f"can be seen {'ly' if verb == 'lie' else stem}ing"
        case "denied":
            return f"does not {verb}"
        case "never":
            return f"never {conjugated(verb, 'present')}"
    return f"{verb}es" if re.search(r"(s|x|sh|ch|o)$", verb) else f"{verb}s"


def told(pattern: str, tense: str, named: dict[str, str]) -> str:
    """A sentence without its full stop; of several verbs the first has the tense, the others past or present."""
    first = iter([tense])
    text = re.sub(
        r"\*(\w+)\*",
        lambda verb: conjugated(verb[1], next(first, "past" if tense == "past" else "present")),
        pattern,
    )
    for name, value in named.items():
        text = text.replace(f"{{{name}}}", value).replace(f"{{{name}:capital}}", value[:1].upper() + value[1:])
        text = text.replace(f"{{{name}:bare}}", re.sub(r"^(the|a|an|one of the) ", "", value))
        text = text.replace(f"{{{name}:a}}", re.sub(r"^the ", "an " if re.match("the [aeiou]", value) else "a ", value))
        text = text.replace(f"{{{name}:to}}", value if value.startswith("to ") else f"to the {value}")
    return text


def amount(kind: F, number: float) -> tuple[str, float]:
    """A number in words or digits, and what it is then."""
    match kind:
        case F.RANK:
            return PLACES[round(number) - 1], number
        case F.AMPLITUDE:
            share = min(SHARES, key=lambda n: abs(1 / n - number))
            return SHARES[share], 1 / share
        case F.TURNS:
            return f"{round(number, -1):.0f}", float(round(number, -1))
        case F.FREQUENCY:
            return f"{number:.1f}", round(number, 1)
    whole = round(number) > 1 and abs(round(number) - number) < 0.2
    return (words.number(round(number)), float(round(number))) if whole else (f"{number:.1f}", round(number, 1))


def lower(text: str) -> str:
    """With its first letter in lower case."""
    return text[:1].lower() + text[1:]


def capital(text: str) -> str:
    """With its first letter in upper case."""
    return text[:1].upper() + text[1:]
