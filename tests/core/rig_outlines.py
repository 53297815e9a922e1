"""Outlines of published rig systems: names and hierarchy, and what each bone is.

A line is a bone, indented by two spaces below its parent: ``NAME =joint``, ``NAME +role`` or
``NAME @place`` for helpers. ``~`` stands for either side; ``=joint@place`` puts the bone of a
joint elsewhere. Places: a landmark; ``a/b:0.5`` is halfway from a to b; ``a+x,y,z`` is off by
metres (left, back, up). A twist's number is how far down its limb it is, a finger's which
phalanx. ``fingers PATTERN NAMES NUMBERS`` are five chains: ``*`` the finger, ``#`` the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.core import rig_outlines_more as more

Axes = Mapping[str, str | tuple[str, str]]


@dataclass(frozen=True)
class Outline:
    """A rig system."""

    text: str
    sides: tuple[str, str] = ("L", "R")
    prefix: str = ""
    pose: str = "T"
    scale: float = 1.0
    """Armature units for a metre."""
    y_up: bool = False
    facing: float = 0.0
    """Degrees by which the body is turned about the vertical, away from facing -Y."""
    axes: Axes = field(default_factory=lambda: {"trunk": "+y+z"})
    """Own axes by group of bones: along the limb, and to the front; left and right may differ."""
    arms: float = 1.0
    legs: float = 1.0
    trunk: float = 1.0
    """Factors on the lengths of our own dancer."""


MIXAMO = """
Hips =pelvis
  Spine =spine1
    Spine1 =spine2
      Spine2 =spine3
        Neck =neck
          Head =head
            HeadTop_End @head_top
            ~Eye +eye
        ~Shoulder =collar
          ~Arm =shoulder
            ~ForeArm =elbow
              ~Hand =wrist
                fingers ~Hand*# Thumb,Index,Middle,Ring,Pinky 1,2,3,4
  ~UpLeg =hip
    ~Leg =knee
      ~Foot =ankle
        ~ToeBase =foot
          ~Toe_End @toe_tip
"""

UNREAL_5 = """
root +root
  pelvis =pelvis
    spine_01 =spine1
      spine_02 @spine1/spine2:0.5
        spine_03 =spine2
          spine_04 @spine2/spine3:0.5
            spine_05 =spine3
              neck_01 =neck
                neck_02 @neck/head:0.5
                  head =head
              clavicle_~ =collar
                upperarm_~ =shoulder
                  lowerarm_~ =elbow
                    lowerarm_twist_02_~ +forearm_twist:0.33
                    lowerarm_twist_01_~ +forearm_twist:0.67
                    lowerarm_correctiveRoot_~ @elbow
                      lowerarm_in_~ @elbow+0,-0.04,0
                      lowerarm_out_~ @elbow+0,0.04,0
                    hand_~ =wrist
                      index_metacarpal_~ @wrist/index1:0.4
                        index_01_~ +index:1
                          index_02_~ +index:2
                            index_03_~ +index:3
                      middle_metacarpal_~ @wrist/middle1:0.4
                        middle_01_~ +middle:1
                          middle_02_~ +middle:2
                            middle_03_~ +middle:3
                      ring_metacarpal_~ @wrist/ring1:0.4
                        ring_01_~ +ring:1
                          ring_02_~ +ring:2
                            ring_03_~ +ring:3
                      pinky_metacarpal_~ @wrist/little1:0.4
                        pinky_01_~ +little:1
                          pinky_02_~ +little:2
                            pinky_03_~ +little:3
                      thumb_01_~ +thumb:1
                        thumb_02_~ +thumb:2
                          thumb_03_~ +thumb:3
                  upperarm_twist_01_~ +upper_arm_twist:0.33
                    upperarm_twistCor_01_~ @shoulder/elbow:0.33
                  upperarm_twist_02_~ +upper_arm_twist:0.67
                    upperarm_tricep_~ @shoulder/elbow:0.67
                  upperarm_correctiveRoot_~ @shoulder
                    upperarm_bck_~ @shoulder+0,0.04,0
                    upperarm_fwd_~ @shoulder+0,-0.04,0
                clavicle_out_~ @shoulder+0,0,0.04
                clavicle_scap_~ @shoulder+-0.03,0.06,0
              clavicle_pec_~ @collar+0.04,-0.08,-0.1
              spine_04_latissimus_~ @spine3+0.12,0.05,0
    thigh_~ =hip
      calf_~ =knee
        foot_~ =ankle
          ball_~ =foot
        calf_twist_02_~ +shin_twist:0.33
        calf_twist_01_~ +shin_twist:0.67
        calf_correctiveRoot_~ @knee
      thigh_twist_01_~ +thigh_twist:0.33
      thigh_twist_02_~ +thigh_twist:0.67
      thigh_correctiveRoot_~ @hip
        thigh_fwd_~ @hip+0,-0.06,0
        thigh_out_~ @hip+0.06,0,0
  ik_foot_root @ground
    ik_foot_~ @ankle
  ik_hand_root @ground
    ik_hand_gun @right_wrist
      ik_hand_~ @wrist
  interaction @ground
  center_of_mass @ground
"""

VROID = """
Root +root
  J_Bip_C_Hips =pelvis
    J_Bip_C_Spine =spine1
      J_Bip_C_Chest =spine2
        J_Bip_C_UpperChest =spine3
          J_Bip_C_Neck =neck
            J_Bip_C_Head =head
              J_Adj_~_FaceEye +eye
              J_Sec_Hair1_01 @head+0,-0.09,0.15
                J_Sec_Hair2_01 @head+0,-0.11,0.09
                  J_Sec_Hair3_01 @head+0,-0.11,0.03
              J_Sec_Hair1_02 @head+0.06,0.08,0.15
                J_Sec_Hair2_02 @head+0.06,0.1,-0.05
                  J_Sec_Hair3_02 @head+0.06,0.1,-0.3
              J_Sec_Hair1_03 @head+-0.06,0.08,0.15
                J_Sec_Hair2_03 @head+-0.06,0.1,-0.05
                  J_Sec_Hair3_03 @head+-0.06,0.1,-0.3
          J_Bip_~_Shoulder =collar
            J_Bip_~_UpperArm =shoulder
              J_Bip_~_LowerArm =elbow
                J_Bip_~_Hand =wrist
                  fingers J_Bip_~_*# Thumb,Index,Middle,Ring,Little 1,2,3
              J_Sec_~_TopsUpperArmInside_01 @shoulder/elbow:0.4
          J_Sec_~_Bust1 @spine3+0.07,-0.08,0.05
            J_Sec_~_Bust2 @spine3+0.07,-0.13,0.05
    J_Bip_~_UpperLeg =hip
      J_Bip_~_LowerLeg =knee
        J_Bip_~_Foot =ankle
          J_Bip_~_ToeBase =foot
      J_Sec_~_CoatSkirtBack1_01 @hip+0,0.1,0
        J_Sec_~_CoatSkirtBack2_01 @hip+0,0.12,-0.25
    J_Sec_~_SkirtFront1_01 @hip+0,-0.1,0
      J_Sec_~_SkirtFront2_01 @hip+0,-0.12,-0.3
"""

RIGIFY_META = """
spine =pelvis
  spine.001 =spine1
    spine.002 =spine2
      spine.003 =spine3
        spine.004 =neck
          spine.005 @neck/head:0.5
            spine.006 =head
              face @head
                nose @head+0,-0.1,0.06
                jaw +jaw
                ear.~ @head+0.07,0,0.06
                teeth.T @head+0,-0.08,0.03
                eye.~ +eye
                cheek.T.~ @head+0.05,-0.07,0.06
        shoulder.~ =collar
          upper_arm.~ =shoulder
            forearm.~ =elbow
              hand.~ =wrist
                palm.01.~ @wrist/index1:0.4
                  f_index.01.~ +index:1
                    f_index.02.~ +index:2
                      f_index.03.~ +index:3
                  thumb.01.~ +thumb:1
                    thumb.02.~ +thumb:2
                      thumb.03.~ +thumb:3
                palm.02.~ @wrist/middle1:0.4
                  f_middle.01.~ +middle:1
                    f_middle.02.~ +middle:2
                      f_middle.03.~ +middle:3
                palm.03.~ @wrist/ring1:0.4
                  f_ring.01.~ +ring:1
                    f_ring.02.~ +ring:2
                      f_ring.03.~ +ring:3
                palm.04.~ @wrist/little1:0.4
                  f_pinky.01.~ +little:1
                    f_pinky.02.~ +little:2
                      f_pinky.03.~ +little:3
        breast.~ @spine3+0.1,-0.05,0.05
  pelvis.~ @pelvis
  thigh.~ =hip
    shin.~ =knee
      foot.~ =ankle
        toe.~ =foot
        heel.02.~ @ankle+-0.04,0.05,-0.08
"""

RIGIFY_DEFORM = """
root +root
  DEF-spine =pelvis
    DEF-spine.001 =spine1
      DEF-spine.002 =spine2
        DEF-spine.003 =spine3
          DEF-spine.004 =neck
            DEF-spine.005 @neck/head:0.5
              DEF-spine.006 =head
                DEF-jaw +jaw
                DEF-ear.~ @head+0.07,0,0.06
          DEF-shoulder.~ =collar
            DEF-upper_arm.~ =shoulder
              DEF-upper_arm.~.001 +upper_arm_twist:0.5
                DEF-forearm.~ =elbow
                  DEF-forearm.~.001 +forearm_twist:0.5
                    DEF-hand.~ =wrist
                      DEF-palm.01.~ @wrist/index1:0.4
                      DEF-palm.02.~ @wrist/middle1:0.4
                      fingers DEF-*.#.~ thumb,f_index,f_middle,f_ring,f_pinky 01,02,03
          DEF-breast.~ @spine3+0.1,-0.05,0.05
    DEF-pelvis.~ @pelvis
    DEF-thigh.~ =hip
      DEF-thigh.~.001 +thigh_twist:0.5
        DEF-shin.~ =knee
          DEF-shin.~.001 +shin_twist:0.5
            DEF-foot.~ =ankle
              DEF-toe.~ =foot
"""

AUTO_RIG_PRO = """
root +root
  root.x =pelvis
    spine_01.x =spine1
      spine_02.x =spine2
        spine_03.x =spine3
          neck.x =neck
            head.x =head
              jawbone.x +jaw
              eye.~ +eye
          shoulder.~ =collar
            arm_stretch.~ =shoulder
              arm_twist.~ +upper_arm_twist:0.0
              forearm_stretch.~ =elbow
                forearm_twist.~ +forearm_twist:0.5
                hand.~ =wrist
                  fingers *#.~ thumb,index,middle,ring,pinky 1,2,3
          breast_01.~ @spine3+0.1,-0.05,0.05
    thigh_stretch.~ =hip
      thigh_twist.~ +thigh_twist:0.0
      leg_stretch.~ =knee
        leg_twist.~ +shin_twist:0.5
        foot.~ =ankle
          toes_01.~ =foot
    bot_bend.~ @hip+0,0.08,0
"""

MMD = """
全ての親 +root
  センター @ground+0,0,0.6
    グルーブ @ground+0,0,0.62
      腰 =pelvis
        上半身 =spine1
          上半身2 =spine3
            首 =neck
              頭 =head
                ~目 +eye
                両目 @head_top+0,0,0.1
                前髪1 @head+0,-0.09,0.15
                  前髪2 @head+0,-0.11,0.08
                ツインテ~1 @head+0.1,0.05,0.12
                  ツインテ~2 @head+0.15,0.08,-0.2
                    ツインテ~3 @head+0.17,0.08,-0.5
            ~肩P @collar
              ~肩 =collar
                ~肩C @shoulder
                  ~腕 =shoulder
                    ~腕捩 +upper_arm_twist:0.6
                      ~ひじ =elbow
                        ~手捩 +forearm_twist:0.6
                          ~手首 =wrist
                            ~親指０ +thumb:1
                              ~親指１ +thumb:2
                                ~親指２ +thumb:3
                            ~人指１ +index:1
                              ~人指２ +index:2
                                ~人指３ +index:3
                            ~中指１ +middle:1
                              ~中指２ +middle:2
                                ~中指３ +middle:3
                            ~薬指１ +ring:1
                              ~薬指２ +ring:2
                                ~薬指３ +ring:3
                            ~小指１ +little:1
                              ~小指２ +little:2
                                ~小指３ +little:3
                            ~ダミー @wrist/middle1:0.8
            ~胸 @spine3+0.07,-0.1,0.05
        下半身 @pelvis
          ~足 =hip
            ~ひざ =knee
              ~足首 =ankle
                ~つま先 =foot
          ~足D @hip
            ~ひざD @knee
              ~足首D @ankle
                ~足先EX @foot
          スカート_前~ @hip+-0.03,-0.1,0
          スカート_後~ @hip+-0.03,0.1,0
  ~足IK親 @ankle+0,0,-0.08
    ~足ＩＫ @ankle
      ~つま先ＩＫ @foot
"""

_UNREAL_AXES: Axes = {
    "trunk": "+x+y",
    "arm": ("+x+y", "-x-y"),
    "hand": ("+x-z", "-x+z"),
    "leg": ("-x+y", "+x-y"),
    "foot": ("-x-z", "+x+z"),
}

_DAZ_AXES: Axes = {
    "trunk": "+y+z",
    "arm": ("+x+z", "-x+z"),
    "hand": ("+x+y", "-x+y"),
    "leg": "-y+z",
}

SYSTEMS: dict[str, Outline] = {
    "mixamo": Outline(MIXAMO, sides=("Left", "Right"), prefix="mixamorig:", scale=100.0, y_up=True),
    "unreal-5": Outline(UNREAL_5, sides=("l", "r"), pose="A45", scale=100.0, axes=_UNREAL_AXES),
    "vroid": Outline(VROID, axes={"trunk": "y-up world"}, trunk=0.92, legs=1.05),
    "rigify-meta": Outline(RIGIFY_META, pose="A35", axes={"trunk": "+y-z", "foot": "+y-z"}),
    "rigify-deform": Outline(RIGIFY_DEFORM, pose="A35", axes={"trunk": "+y-z", "foot": "+y-z"}),
    "auto-rig-pro": Outline(
        AUTO_RIG_PRO, sides=("l", "r"), pose="A45", axes={"trunk": "+y+z", "leg": "+y-z"}
    ),
    "mmd": Outline(
        MMD,
        sides=("左", "右"),
        pose="A35",
        scale=12.5,
        axes={"trunk": "+y-z", "arm": ("+y-x", "+y+x")},
        trunk=0.9,
        arms=0.85,
    ),
    "unreal-4": Outline(more.UNREAL_4, ("l", "r"), pose="A45", scale=100.0, axes=_UNREAL_AXES),
    "metahuman": Outline(more.METAHUMAN, ("l", "r"), pose="A45", scale=100.0, axes=_UNREAL_AXES),
    "unity": Outline(more.UNITY, ("Left", "Right"), axes={"trunk": "+y+z"}, y_up=True),
    "vrchat": Outline(more.VRCHAT, ("Left", "Right"), axes={"trunk": "+y-z"}, trunk=0.9),
    "blender-humanoid": Outline(more.BLENDER_HUMANOID, pose="A35", axes={"trunk": "+y-z"}),
    "character-creator": Outline(
        more.CHARACTER_CREATOR, pose="A35", scale=100.0, axes={"trunk": "+y+z", "foot": "+y-z"}
    ),
    "daz-8": Outline(more.DAZ_8, ("l", "r"), pose="A35", scale=100.0, y_up=True, axes=_DAZ_AXES),
    "daz-9": Outline(more.DAZ_9, ("l", "r"), pose="A45", scale=100.0, axes=_DAZ_AXES),
    "makehuman": Outline(more.MAKEHUMAN, pose="A45", scale=10.0, axes={"trunk": "+y-z"}),
    "mmd-tools": Outline(
        more.MMD_TOOLS, pose="A35", axes={"trunk": "+y-z", "arm": ("+y-x", "+y+x")}, arms=0.85
    ),
    "biped": Outline(
        more.BIPED, axes={"trunk": "+x-y", "arm": ("+x+y", "+x-y"), "leg": "+x+y"}, scale=39.37
    ),
    "human-ik": Outline(more.HUMAN_IK, ("Left", "Right"), prefix="Character1_", y_up=True),
    "rokoko": Outline(more.ROKOKO, ("Left", "Right"), axes={"trunk": "y-up world"}),
    "xsens": Outline(more.XSENS, ("Left", "Right"), y_up=True, facing=90.0),
    "xsens-bvh": Outline(more.XSENS_BVH, ("Left", "Right"), scale=100.0, axes={"trunk": "world"}),
    "optitrack": Outline(more.OPTITRACK, prefix="Bob_", axes={"trunk": "y-up world"}),
    "smpl": Outline(more.SMPL, prefix="m_avg_", axes={"trunk": "world"}, facing=90.0),
    "smpl-x": Outline(more.SMPL_X, ("left", "right"), axes={"trunk": "y-up world"}),
    "dancer": Outline(more.DANCER, ("left", "right"), axes={"trunk": "+y+z"}),
    "cmu": Outline(more.CMU, ("Left", "Right"), scale=20.0, axes={"trunk": "world"}),
    "cmu-asf": Outline(more.CMU_ASF, ("l", "r"), scale=0.01, axes={"trunk": "world"}),
    "quaternius": Outline(more.QUATERNIUS, scale=0.01, y_up=True, axes={"trunk": "+y+z"}),
    "blender-names": Outline(
        more.BLENDER_NAMES, ("l", "r"), facing=180.0, axes={"trunk": "y-up world"}, trunk=0.8
    ),
    "arms-forward": Outline(
        more.UNITY, ("Left", "Right"), prefix="Hero|", pose="forward", axes={"trunk": "+y+z"}
    ),
}

CONTROLLED: dict[str, Outline] = {
    "rigify": Outline(more.RIGIFY, pose="A35", axes={"trunk": "+y-z", "foot": "+y-z"}),
    "auto-rig-pro-controls": Outline(
        more.AUTO_RIG_PRO,
        sides=("l", "r"),
        pose="ready",
        axes={"trunk": "+y+z", "arm": ("+y+x", "+y-x"), "leg": "+y+x"},
    ),
}
"""Rigs whose deforming bones hang from controls, so that no motion can be put on them alone."""
