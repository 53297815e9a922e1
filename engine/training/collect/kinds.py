"""Which bone of each kind of source moves which joint of ours: tables, no logic.

A hinge is the axis, in the source's zero pose, about which knee or elbow bends (right-hand rule,
bending positive); for a wrist it is the direction of the thumb. Hinges were measured as the main
axis of the joints' local turns; in all four families knees and elbows leave it by less than 3
degrees at the median. No source moves its shoulder girdle apart from the chest.
"""

from __future__ import annotations

from dataclasses import dataclass

Axis = tuple[float, float, float]


@dataclass(frozen=True)
class Limb:
    """A bone whose direction is known: from the joint ``start`` to the joint ``end``."""

    bone: str
    start: str
    end: str
    hinge: Axis


@dataclass(frozen=True)
class Kind:
    """A family of sources with the same bones and axes."""

    name: str
    limbs: dict[str, Limb]
    """Our hips, knees, shoulders, elbows and wrists."""
    trunk: dict[str, tuple[str, str, float]]
    """Our pelvis, spine, neck and head: a bone, another, and the way between them (0..1)."""
    feet: dict[str, tuple[str, str]]
    """Our ankles: the bone of the foot and the joint at the ball of the foot."""
    toes: dict[str, str]
    """Our feet: the bone of the toes, where there is one."""
    drop_first: bool
    """Whether the first frame is a T-pose and no motion."""
    upright: bool
    """Whether trunk and soles are exactly upright and level in the zero pose (a robot's are)."""
    one_camera: bool
    """Whether all takes were danced to the same side."""
    rolls: bool = False
    """Whether limbs also roll about themselves, so that knees and elbows are no hinges."""
    authored: bool = False
    """Whether takes were made by hand: the floor is exactly level and the same for all of them, and
    their front is +Z."""


COS20, SIN20 = 0.93969, 0.34202
COS30, SIN30 = 0.86603, 0.5
UP, AHEAD = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def limbs_of(names: dict[str, str], knees: Axis, elbows: Axis, thumbs: Axis) -> dict[str, Limb]:
    """Both sides from the left's hinges; ``names`` are those of legs and arms."""
    limbs: dict[str, Limb] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        # Seen in a mirror across X an axis of rotation keeps its x and turns its y and z round.
        knee = (knees[0], sign * knees[1], sign * knees[2])
        elbow = (elbows[0], sign * elbows[1], sign * elbows[2])
        part = {key.removeprefix(side + "_"): name for key, name in names.items() if side in key}
        chain = {
            "hip": (part["hip"], part.get("hip_start", part["hip"]), part["knee"], knee),
            "knee": (part["knee"], part["knee"], part["ankle"], knee),
            "shoulder": (
                part["shoulder"],
                part.get("shoulder_start", part["shoulder"]),
                part["elbow"],
                elbow,
            ),
            "elbow": (part["elbow"], part["elbow"], part["forearm_end"], elbow),
            "wrist": (part["wrist"], part["wrist"], part["hand_end"], thumbs),
        }
        limbs |= {f"{side}_{joint}": Limb(*row) for joint, row in chain.items()}
    return limbs


def _cmu(name: str, words: str, trunk: tuple[str, ...], elbows: Axis, drop_first: bool) -> Kind:
    """CMU's skeleton under one set of names; ``{}`` stands for the side in two spellings."""
    keys = ["hip", "knee", "ankle", "ball", "shoulder", "elbow"]
    keys += ["forearm_end", "wrist", "hand_end"]
    names = {
        f"{side}_{key}": word.format(s=side[0], S=side[0].upper(), Side=side.title())
        for side in ("left", "right")
        for key, word in zip(keys, words.split(), strict=True)
    }
    pelvis, spine1, spine2, spine3, neck, upper, head = trunk
    return Kind(
        name=name,
        limbs=limbs_of(names, (COS20, SIN20, 0.0), elbows, AHEAD),
        trunk={
            "pelvis": (pelvis, pelvis, 0.0),
            "spine1": (spine1, spine1, 0.0),
            "spine2": (spine2, spine2, 0.0),
            "spine3": (spine3, spine3, 0.0),
            "neck": (neck, upper, 0.5),
            "head": (head, head, 0.0),
        },
        feet={f"{s}_ankle": (names[f"{s}_ankle"], names[f"{s}_ball"]) for s in ("left", "right")},
        toes={f"{side}_foot": names[f"{side}_ball"] for side in ("left", "right")},
        drop_first=drop_first,
        upright=False,
        one_camera=False,
    )


ASF = _cmu(
    "asf",
    "{s}femur {s}tibia {s}foot {s}toes {s}humerus {s}radius {s}wrist {s}hand {s}fingers",
    ("root", "lowerback", "upperback", "thorax", "lowerneck", "upperneck", "head"),
    (0.0, -COS30, SIN30),
    drop_first=False,
)
CGSPEED = _cmu(
    "cgspeed",
    "{Side}UpLeg {Side}Leg {Side}Foot {Side}ToeBase "
    "{Side}Arm {Side}ForeArm {Side}Hand {Side}FingerBase {Side}HandIndex1",
    ("Hips", "LowerBack", "Spine", "Spine1", "Neck", "Neck1", "Head"),
    (0.0, -COS30, SIN30),
    drop_first=True,
)
ARMS_DOWN = _cmu(
    "arms_down",
    "{Side}Hip {Side}Knee {Side}Ankle {Side}Toe "
    "{Side}Shoulder {Side}Elbow {Side}Wrist {s}hand {S}Fingers",
    ("Hips", "lowerback", "Chest", "Chest2", "lowerneck", "Neck", "Head"),
    (-COS30, 0.0, SIN30),
    drop_first=False,
)

_SIDES = (("left", "l"), ("right", "r"))
INDIAN = Kind(
    name="indian",
    limbs=limbs_of(
        {
            f"{side}_{key}": s + bone
            for side, s in _SIDES
            for key, bone in {
                "hip": "Thigh",
                "knee": "Shin",
                "ankle": "Foot",
                "shoulder": "Shldr",
                "elbow": "ForeArm",
                "forearm_end": "Hand",
                "wrist": "Hand",
                "hand_end": "Mid1",
            }.items()
        },
        (1.0, 0.0, 0.0),
        (-0.121, -0.858, 0.5),
        AHEAD,
    ),
    trunk={
        "pelvis": ("hip", "hip", 0.0),
        "spine1": ("hip", "abdomen", 0.5),
        "spine2": ("abdomen", "abdomen", 0.0),
        "spine3": ("chest", "chest", 0.0),
        "neck": ("neck", "neck", 0.0),
        "head": ("head", "head", 0.0),
    },
    feet={f"{side}_ankle": (f"{s}Foot", f"{s}Foot_end") for side, s in _SIDES},
    toes={},
    drop_first=True,
    upright=False,
    one_camera=False,
)
G1 = Kind(
    name="g1",
    limbs=limbs_of(
        {
            f"{side}_{key}": f"{side}_{link}"
            for side in ("left", "right")
            for key, link in {
                "hip": "hip_yaw_link",
                "hip_start": "hip_roll_link",
                "knee": "knee_link",
                "ankle": "ankle_roll_link",
                "shoulder": "shoulder_yaw_link",
                "shoulder_start": "shoulder_roll_link",
                "elbow": "elbow_link",
                "forearm_end": "wrist_yaw_link",
                "wrist": "wrist_yaw_link",
                "hand_end": "wrist_yaw_link_end",
            }.items()
        },
        (1.0, 0.0, 0.0),
        (-1.0, 0.0, 0.0),
        UP,
    ),
    trunk={
        "pelvis": ("pelvis", "pelvis", 0.0),
        "spine1": ("pelvis", "torso_link", 1 / 3),
        "spine2": ("pelvis", "torso_link", 2 / 3),
        "spine3": ("torso_link", "torso_link", 0.0),
    },
    feet={
        f"{side}_ankle": (f"{side}_ankle_roll_link", f"{side}_ankle_roll_link_toe")
        for side in ("left", "right")
    },
    toes={},
    drop_first=False,
    upright=True,
    one_camera=True,
)
