"""More outlines of published rig systems; see :mod:`tests.core.rig_outlines` for how to read them.

Rigs of motion capture have ``_End`` leaves as Blender's BVH importer does not make them: left out.
"""

UNREAL_4 = """
root +root
  pelvis =pelvis
    spine_01 =spine1
      spine_02 =spine2
        spine_03 =spine3
          neck_01 =neck
            head =head
          clavicle_~ =collar
            upperarm_~ =shoulder
              lowerarm_~ =elbow
                hand_~ =wrist
                  fingers *_#_~ thumb,index,middle,ring,pinky 01,02,03
                lowerarm_twist_01_~ +forearm_twist:0.6
              upperarm_twist_01_~ +upper_arm_twist:0.3
    thigh_~ =hip
      calf_~ =knee
        foot_~ =ankle
          ball_~ =foot
        calf_twist_01_~ +shin_twist:0.6
      thigh_twist_01_~ +thigh_twist:0.3
  ik_foot_root @ground
    ik_foot_~ @ankle
  ik_hand_root @ground
    ik_hand_gun @right_wrist
      ik_hand_~ @wrist
"""

METAHUMAN = """
root +root
  pelvis =pelvis
    spine_01 =spine1
      spine_02 @spine1/spine2:0.5
        spine_03 =spine2
          spine_04 @spine2/spine3:0.5
            spine_05 =spine3
              clavicle_~ =collar
                upperarm_~ =shoulder
                  lowerarm_~ =elbow
                    lowerarm_twist_02_~ +forearm_twist:0.33
                    lowerarm_twist_01_~ +forearm_twist:0.67
                    lowerarm_correctiveRoot_~ @elbow
                    hand_~ =wrist
                      wrist_inner_~ @wrist+0,0,-0.02
                      wrist_outer_~ @wrist+0,0,0.02
                      fingers *_#_~ thumb,index,middle,ring,pinky 01,02,03
                  upperarm_twist_01_~ +upper_arm_twist:0.33
                  upperarm_twist_02_~ +upper_arm_twist:0.67
                  upperarm_correctiveRoot_~ @shoulder
              neck_01 =neck
                neck_02 @neck/head:0.5
                  head =head
                    FACIAL_C_FacialRoot @head
                      FACIAL_~_Eye +eye
                      FACIAL_C_Jaw +jaw
    thigh_~ =hip
      calf_~ =knee
        calf_twist_02_~ +shin_twist:0.33
        calf_twist_01_~ +shin_twist:0.67
        calf_kneeBack_~ @knee+0,0.05,0
        foot_~ =ankle
          ankle_bck_~ @ankle+0,0.04,0
          ankle_fwd_~ @ankle+0,-0.04,0
          ball_~ =foot
            bigtoe_01_~ @toe_tip/foot:0.6
            littletoe_01_~ @foot+0.04,-0.02,0
      thigh_twist_01_~ +thigh_twist:0.33
      thigh_twist_02_~ +thigh_twist:0.67
"""

UNITY = """
Hips =pelvis
  Spine =spine1
    Chest =spine2
      UpperChest =spine3
        Neck =neck
          Head =head
            ~Eye +eye
            Jaw +jaw
        ~Shoulder =collar
          ~UpperArm =shoulder
            ~LowerArm =elbow
              ~Hand =wrist
                fingers ~*# Thumb,Index,Middle,Ring,Little Proximal,Intermediate,Distal
  ~UpperLeg =hip
    ~LowerLeg =knee
      ~Foot =ankle
        ~Toes =foot
"""

VRCHAT = """
Hips =pelvis
  Spine =spine1
    Chest =spine3
      Neck =neck
        Head =head
          ~Eye +eye
          Hair @head_top
      ~ shoulder =collar
        ~ arm =shoulder
          ~ elbow =elbow
            ~ wrist =wrist
              Thumb0_~ +thumb:1
                Thumb1_~ +thumb:2
                  Thumb2_~ +thumb:3
              fingers *Finger#_~ -,Index,Middle,Ring,Little 1,2,3
  ~ leg =hip
    ~ knee =knee
      ~ ankle =ankle
        ~ toe =foot
"""

BLENDER_HUMANOID = """
Armature +root
  Hips =pelvis
    Spine =spine1
      Chest =spine3
        Neck =neck
          Head =head
        Shoulder.~ =collar
          Upper_Arm.~ =shoulder
            Lower_Arm.~ =elbow
              Hand.~ =wrist
                Thumb_Proximal.~ +thumb:1
                  Thumb_Intermediate.~ +thumb:2
                    Thumb_Distal.~ +thumb:3
                Index_Proximal.~ +index:1
                  Index_Intermediate.~ +index:2
                    Index_Distal.~ +index:3
        Breast.~ @spine3+0.1,-0.05,0.05
    Upper_Leg.~ =hip
      Lower_Leg.~ =knee
        Foot.~ =ankle
          Toes.~ =foot
    Skirt_Front.~ @hip+0,-0.1,0
      Skirt_Front.~.001 @hip+0,-0.12,-0.3
"""

CHARACTER_CREATOR = """
CC_Base_BoneRoot +root
  CC_Base_Hip =pelvis
    CC_Base_Pelvis @pelvis
      CC_Base_~_Thigh =hip
        CC_Base_~_ThighTwist01 +thigh_twist:0.0
          CC_Base_~_ThighTwist02 +thigh_twist:0.5
        CC_Base_~_Calf =knee
          CC_Base_~_CalfTwist01 +shin_twist:0.0
            CC_Base_~_CalfTwist02 +shin_twist:0.5
          CC_Base_~_KneeShareBone @knee
          CC_Base_~_Foot =ankle
            CC_Base_~_ToeBaseShareBone @foot
            CC_Base_~_ToeBase =foot
              CC_Base_~_BigToe1 @toe_tip/foot:0.6
    CC_Base_Waist =spine1
      CC_Base_Spine01 =spine2
        CC_Base_Spine02 =spine3
          CC_Base_~_RibsTwist @spine3+0.06,-0.03,-0.05
            CC_Base_~_Breast @spine3+0.08,-0.1,0.05
          CC_Base_NeckTwist01 =neck
            CC_Base_NeckTwist02 @neck/head:0.5
              CC_Base_Head =head
                CC_Base_FacialBone @head
                  CC_Base_JawRoot +jaw
                  CC_Base_~_Eye +eye
                  CC_Base_UpperJaw @jaw
          CC_Base_~_Clavicle =collar
            CC_Base_~_Upperarm =shoulder
              CC_Base_~_UpperarmTwist01 +upper_arm_twist:0.0
                CC_Base_~_UpperarmTwist02 +upper_arm_twist:0.5
              CC_Base_~_Forearm =elbow
                CC_Base_~_ForearmTwist01 +forearm_twist:0.0
                  CC_Base_~_ForearmTwist02 +forearm_twist:0.5
                CC_Base_~_ElbowShareBone @elbow
                CC_Base_~_Hand =wrist
                  fingers CC_Base_~_*# Thumb,Index,Mid,Ring,Pinky 1,2,3
"""

DAZ_8 = """
hip =pelvis
  pelvis @pelvis+0,0,-0.02
    ~ThighBend =hip
      ~ThighTwist +thigh_twist:0.5
        ~Shin =knee
          ~Foot =ankle
            ~Metatarsals @ankle/foot:0.35
              ~Toe =foot
                ~BigToe @toe_tip/foot:0.6
                ~SmallToe4 @foot+0.04,-0.02,0
  abdomenLower =spine1
    abdomenUpper @spine1/spine2:0.5
      chestLower =spine2
        chestUpper =spine3
          ~Collar =collar
            ~ShldrBend =shoulder
              ~ShldrTwist +upper_arm_twist:0.5
                ~ForearmBend =elbow
                  ~ForearmTwist +forearm_twist:0.5
                    ~Hand =wrist
                      ~Thumb1 +thumb:1
                        ~Thumb2 +thumb:2
                          ~Thumb3 +thumb:3
                      ~Carpal1 @wrist/index1:0.3
                        ~Index1 +index:1
                          ~Index2 +index:2
                            ~Index3 +index:3
                      ~Carpal2 @wrist/middle1:0.3
                        ~Mid1 +middle:1
                          ~Mid2 +middle:2
                            ~Mid3 +middle:3
                      ~Carpal3 @wrist/ring1:0.3
                        ~Ring1 +ring:1
                          ~Ring2 +ring:2
                            ~Ring3 +ring:3
                      ~Carpal4 @wrist/little1:0.3
                        ~Pinky1 +little:1
                          ~Pinky2 +little:2
                            ~Pinky3 +little:3
          neckLower =neck
            neckUpper @neck/head:0.5
              head =head
                ~Eye +eye
                lowerJaw +jaw
          ~Pectoral @spine3+0.08,-0.08,0.05
"""

DAZ_9 = """
hip =pelvis
  pelvis @pelvis+0,0,-0.02
    ~_thigh =hip
      ~_thightwist1 +thigh_twist:0.3
      ~_thightwist2 +thigh_twist:0.6
      ~_shin =knee
        ~_foot =ankle
          ~_metatarsal @ankle/foot:0.35
          ~_toes =foot
            ~_bigtoe1 @toe_tip/foot:0.6
  spine1 =spine1
    spine2 @spine1/spine2:0.5
      spine3 =spine2
        spine4 =spine3
          ~_shoulder =collar
            ~_upperarm =shoulder
              ~_upperarmtwist1 +upper_arm_twist:0.3
              ~_upperarmtwist2 +upper_arm_twist:0.6
              ~_forearm =elbow
                ~_forearmtwist1 +forearm_twist:0.3
                ~_forearmtwist2 +forearm_twist:0.6
                ~_hand =wrist
                  ~_indexmetacarpal @wrist/index1:0.3
                    ~_index1 +index:1
                      ~_index2 +index:2
                        ~_index3 +index:3
                  fingers ~_*# thumb,-,mid,ring,pinky 1,2,3
          neck1 =neck
            neck2 @neck/head:0.5
              head =head
                ~_eye +eye
                lowerjaw +jaw
          ~_pectoral @spine3+0.08,-0.08,0.05
"""

MAKEHUMAN = """
root =pelvis
  pelvis.~ @pelvis+0.05,0,-0.03
    upperleg01.~ =hip
      upperleg02.~ +thigh_twist:0.5
        lowerleg01.~ =knee
          lowerleg02.~ +shin_twist:0.5
            foot.~ =ankle
              toe1-1.~ =foot
                toe1-2.~ @toe_tip
              toe5-1.~ @foot+0.05,0.02,0
  spine05 =spine1
    spine04 @spine1/spine2:0.5
      spine03 =spine2
        breast.~ @spine3+0.08,-0.08,0.05
        spine02 @spine2/spine3:0.5
          spine01 =spine3
            clavicle.~ =collar
              shoulder01.~ @collar/shoulder:0.7
                upperarm01.~ =shoulder
                  upperarm02.~ +upper_arm_twist:0.5
                    lowerarm01.~ =elbow
                      lowerarm02.~ +forearm_twist:0.5
                        wrist.~ =wrist
                          finger1-1.~ +thumb:1
                            finger1-2.~ +thumb:2
                              finger1-3.~ +thumb:3
                          metacarpal1.~ @wrist/index1:0.3
                            finger2-1.~ +index:1
                              finger2-2.~ +index:2
                                finger2-3.~ +index:3
                          metacarpal2.~ @wrist/middle1:0.3
                            finger3-1.~ +middle:1
                              finger3-2.~ +middle:2
                                finger3-3.~ +middle:3
                          metacarpal3.~ @wrist/ring1:0.3
                            finger4-1.~ +ring:1
                              finger4-2.~ +ring:2
                                finger4-3.~ +ring:3
                          metacarpal4.~ @wrist/little1:0.3
                            finger5-1.~ +little:1
                              finger5-2.~ +little:2
                                finger5-3.~ +little:3
            neck01 =neck
              neck02 @neck/head:0.4
                neck03 @neck/head:0.7
                  head =head
                    jaw +jaw
                    eye.~ +eye
"""

MMD_TOOLS = """
ParentNode +root
  Center =pelvis@ground+0,0,0.6
    UpperBody =spine1
      UpperBody2 =spine3
        Neck =neck
          Head =head
            Eye.~ +eye
            Eyes @head_top
        Shoulder.~ =collar
          Arm.~ =shoulder
            Elbow.~ =elbow
              Wrist.~ =wrist
                Thumb0.~ +thumb:1
                  Thumb1.~ +thumb:2
                    Thumb2.~ +thumb:3
                fingers *Finger#.~ -,Index,Middle,Ring,Little 1,2,3
    LowerBody @pelvis
      Leg.~ =hip
        Knee.~ =knee
          Ankle.~ =ankle
            ToeTip.~ =foot
  LegIK.~ @ankle
    ToeTipIK.~ @foot
"""

BIPED = """
Bip001 @pelvis
  Bip001 Pelvis =pelvis
    Bip001 Spine =spine1
      Bip001 ~ Thigh =hip
        Bip001 ~ Calf =knee
          Bip001 ~ Foot =ankle
            Bip001 ~ Toe0 =foot
      Bip001 Spine1 =spine2
        Bip001 Spine2 =spine3
          Bip001 Neck =neck
            Bip001 Head =head
            Bip001 ~ Clavicle =collar
              Bip001 ~ UpperArm =shoulder
                Bip001 ~ Forearm =elbow
                  Bip001 ~ ForeTwist +forearm_twist:0.5
                  Bip001 ~ Hand =wrist
                    Bip001 ~ Finger0 +thumb:1
                      Bip001 ~ Finger01 +thumb:2
                        Bip001 ~ Finger02 +thumb:3
                    Bip001 ~ Finger1 +index:1
                      Bip001 ~ Finger11 +index:2
                        Bip001 ~ Finger12 +index:3
                    Bip001 ~ Finger2 +middle:1
                      Bip001 ~ Finger21 +middle:2
                        Bip001 ~ Finger22 +middle:3
"""

HUMAN_IK = """
Reference +root
  Hips =pelvis
    Spine =spine1
      Spine1 @spine1/spine2:0.5
        Spine2 =spine2
          Spine3 =spine3
            Neck =neck
              Head =head
            ~Shoulder =collar
              ~Arm =shoulder
                ~ArmRoll +upper_arm_twist:0.5
                ~ForeArm =elbow
                  ~ForeArmRoll +forearm_twist:0.5
                  ~Hand =wrist
                    ~InHandIndex @wrist/index1:0.3
                      ~HandIndex1 +index:1
                        ~HandIndex2 +index:2
                          ~HandIndex3 +index:3
                    fingers ~Hand*# Thumb,-,Middle,Ring,Pinky 1,2,3,4
    ~UpLeg =hip
      ~UpLegRoll +thigh_twist:0.5
      ~Leg =knee
        ~LegRoll +shin_twist:0.5
        ~Foot =ankle
          ~ToeBase =foot
"""

ROKOKO = """
Root +root
  Hips =pelvis
    Spine1 =spine1
      Spine2 @spine1/spine2:0.5
        Spine3 =spine2
          Spine4 =spine3
            Neck =neck
              Head =head
            ~Shoulder =collar
              ~Arm =shoulder
                ~ForeArm =elbow
                  ~Hand =wrist
                    ~Finger1Metacarpal +thumb:1
                      ~Finger1Proximal +thumb:2
                        ~Finger1Distal +thumb:3
                    ~Finger2Metacarpal @wrist/index1:0.3
                      ~Finger2Proximal +index:1
                        ~Finger2Medial +index:2
                          ~Finger2Distal +index:3
    ~Thigh =hip
      ~Shin =knee
        ~Foot =ankle
          ~Toe =foot
"""

XSENS = """
Pelvis =pelvis
  L5 =spine1
    L3 @spine1/spine2:0.5
      T12 =spine2
        T8 =spine3
          Neck =neck
            Head =head
          ~Shoulder =collar
            ~UpperArm =shoulder
              ~ForeArm =elbow
                ~Hand =wrist
  ~UpperLeg =hip
    ~LowerLeg =knee
      ~Foot =ankle
        ~Toe =foot
"""

XSENS_BVH = """
Hips =pelvis
  Chest =spine1
    Chest2 @spine1/spine2:0.5
      Chest3 =spine2
        Chest4 =spine3
          Neck =neck
            Head =head
          ~Collar =collar
            ~Shoulder =shoulder
              ~Elbow =elbow
                ~Wrist =wrist
  ~Hip =hip
    ~Knee =knee
      ~Ankle =ankle
        ~Toe =foot
"""

OPTITRACK = """
Hip =pelvis
  Ab =spine1
    Chest =spine3
      Neck =neck
        Head =head
      ~Shoulder =collar
        ~UArm =shoulder
          ~FArm =elbow
            ~Hand =wrist
              fingers ~*# Thumb,Index,Middle,Ring,Pinky 1,2,3
  ~Thigh =hip
    ~Shin =knee
      ~Foot =ankle
        ~Toe =foot
"""

SMPL = """
root +root
  Pelvis =pelvis
    ~_Hip =hip
      ~_Knee =knee
        ~_Ankle =ankle
          ~_Foot =foot
    Spine1 =spine1
      Spine2 =spine2
        Spine3 =spine3
          Neck =neck
            Head =head
          ~_Collar =collar
            ~_Shoulder =shoulder
              ~_Elbow =elbow
                ~_Wrist =wrist
                  ~_Hand @hand_tip
"""

SMPL_X = """
root +root
  pelvis =pelvis
    ~_hip =hip
      ~_knee =knee
        ~_ankle =ankle
          ~_foot =foot
    spine1 =spine1
      spine2 =spine2
        spine3 =spine3
          neck =neck
            head =head
              jaw +jaw
              ~_eye_smplhf +eye
          ~_collar =collar
            ~_shoulder =shoulder
              ~_elbow =elbow
                ~_wrist =wrist
                  fingers ~_*# thumb,index,middle,ring,pinky 1,2,3
"""

DANCER = """
pelvis =pelvis
  ~_hip =hip
    ~_knee =knee
      ~_ankle =ankle
        ~_foot =foot
  spine1 =spine1
    spine2 =spine2
      spine3 =spine3
        neck =neck
          head =head
        ~_collar =collar
          ~_shoulder =shoulder
            ~_elbow =elbow
              ~_wrist =wrist
"""

CMU = """
Hips =pelvis
  LHipJoint @pelvis
    LeftUpLeg =left_hip
      LeftLeg =left_knee
        LeftFoot =left_ankle
          LeftToeBase =left_foot
  RHipJoint @pelvis
    RightUpLeg =right_hip
      RightLeg =right_knee
        RightFoot =right_ankle
          RightToeBase =right_foot
  LowerBack =spine1
    Spine =spine2
      Spine1 =spine3
        Neck =neck
          Neck1 @neck/head:0.5
            Head =head
        ~Shoulder =collar@spine3+0,0,0.1
          ~Arm =shoulder
            ~ForeArm =elbow
              ~Hand =wrist
                ~FingerBase @hand_tip
                  ~HandIndex1 @hand_tip+0.05,0,0
"""

CMU_ASF = """
root =pelvis
  ~hipjoint @pelvis
    ~femur =hip
      ~tibia =knee
        ~foot =ankle
          ~toes =foot
  lowerback =spine1
    upperback =spine2
      thorax =spine3
        lowerneck =neck
          upperneck @neck/head:0.5
            head =head
        ~clavicle =collar@spine3+0,0,0.1
          ~humerus =shoulder
            ~radius =elbow
              ~wrist =wrist
                ~hand @wrist/hand_tip:0.3
                  ~fingers @hand_tip
                ~thumb @wrist/thumb1:0.5
"""

QUATERNIUS = """
Root =pelvis@ground
  Hips @pelvis
    Abdomen =spine1
      Torso =spine2
        Chest =spine3
          Neck =neck
            Head =head
          Shoulder.~ =collar
            UpperArm.~ =shoulder
              LowerArm.~ =elbow
                Hand.~ =wrist
                  fingers *#.~ Thumb,Index,Middle,Ring,Pinky 1,2,3
  UpperLeg.~ =hip
    LowerLeg.~ =knee
      Foot.~ =ankle
"""

BLENDER_NAMES = """
rootJoint +root
  pelvis =pelvis
    tummy =spine1
      chest =spine3
        neck =neck
          head =head
            brow1.~ @head+0.03,-0.08,0.1
            HairBall_Center @head_top
        shoulder.~ =collar
          upper_arm.~ =shoulder
            lowerarm.~ =elbow
              hand.~ =wrist
                thumb.1.~ +thumb:1
                  thumb.2.~ +thumb:2
                    thumb.3.~ +thumb:3
                Finger.~ +index:1
                  Finger.001.~ +index:2
                    Finger.002.~ +index:3
                f2a.~ +middle:1
                  f2b.~ +middle:2
                    f2c.~ +middle:3
                f3a.~ +ring:1
                  f3b.~ +ring:2
                    f3c.~ +ring:3
        backpack @spine3+0,0.12,0
    thigh.~ =hip
      shin.~ =knee
        foot.~ =ankle
          toes.~ =foot
"""

RIGIFY = """
root +root
  DEF-spine =pelvis
    DEF-spine.001 =spine1
      DEF-spine.002 =spine2
        DEF-spine.003 =spine3
          DEF-spine.004 =neck
            DEF-spine.005 @neck/head:0.5
              DEF-spine.006 =head
  MCH-torso.parent @pelvis
    torso @pelvis
      hips @pelvis
      chest @spine3
        MCH-spine.003 @spine3
          tweak_spine.003 @spine3
            ORG-spine.003 @spine3
              shoulder.~ @collar
              ORG-shoulder.~ @collar
                DEF-shoulder.~ =collar
                upper_arm_parent.~ @shoulder
                  upper_arm_fk.~ @shoulder
                    forearm_fk.~ @elbow
                      hand_fk.~ @wrist
                DEF-upper_arm.~ =shoulder
                  DEF-upper_arm.~.001 +upper_arm_twist:0.5
                    DEF-forearm.~ =elbow
                      DEF-forearm.~.001 +forearm_twist:0.5
                        DEF-hand.~ =wrist
                          ORG-palm.01.~ @wrist/index1:0.4
                            fingers DEF-*.#.~ thumb,f_index,f_middle,f_ring,f_pinky 01,02,03
          neck @neck
            head @head
      MCH-spine @pelvis
        spine_fk @pelvis
          tweak_spine @pelvis
            ORG-spine @pelvis
              ORG-pelvis.~ @pelvis
                DEF-pelvis.~ @pelvis
              ORG-thigh.~ @hip
              DEF-thigh.~ =hip
                DEF-thigh.~.001 +thigh_twist:0.5
                  DEF-shin.~ =knee
                    DEF-shin.~.001 +shin_twist:0.5
                      DEF-foot.~ =ankle
                        DEF-toe.~ =foot
  MCH-foot_ik.parent.~ @ankle
    foot_ik.~ @ankle
  MCH-hand_ik.parent.~ @wrist
    hand_ik.~ @wrist
"""

AUTO_RIG_PRO = """
c_pos @ground
  c_traj +root
    root_ref.x @pelvis
      spine_01_ref.x @spine1
        spine_02_ref.x @spine2
          spine_03_ref.x @spine3
            neck_ref.x @neck
              head_ref.x @head
            shoulder_ref.~ @collar
              arm_ref.~ @shoulder
                forearm_ref.~ @elbow
                  hand_ref.~ @wrist
      thigh_ref.~ @hip
        leg_ref.~ @knee
          foot_ref.~ @ankle
            toes_ref.~ @foot
    c_root_master.x @pelvis
      c_root.x @pelvis
        root.x =pelvis
        c_thigh_b.~ @hip+0,0,0.06
          thigh.~ =hip
          thigh_twist.~ +thigh_twist:0.0
          c_thigh_ik.~ @hip
          thigh_ik.~ @hip
            leg_ik.~ @knee
          c_thigh_fk.~ @hip
            thigh_fk.~ @hip
            c_leg_fk.~ @knee
              leg_fk.~ @knee
              c_foot_fk_scale_fix.~ @ankle
                c_foot_fk.~ @ankle
                  foot_fk.~ @ankle
                  c_toes_fk.~ @foot
      c_spine_01.x @spine1
        spine_01.x =spine1
        c_spine_02.x @spine2
          spine_02.x =spine2
          c_spine_03.x @spine3
            spine_03.x =spine3
            c_neck.x @neck
              neck.x =neck
            c_shoulder.~ @collar
              shoulder.~ =collar
              arm.~ =shoulder
              arm_twist.~ +upper_arm_twist:0.0
              c_arm_ik.~ @shoulder
              arm_ik.~ @shoulder
                forearm_ik.~ @elbow
            c_arm_fk.~ @shoulder
              arm_fk.~ @shoulder
              c_forearm_fk.~ @elbow
                forearm_fk.~ @elbow
                  c_hand_fk_scale_fix.~ @wrist
                    c_hand_fk.~ @wrist
    head_scale_fix.x @head
      c_head.x @head
        head.x =head
          c_jawbone.x +jaw
    arm_stretch.~ +upper_arm_twist:0.5
    c_stretch_arm.~ @elbow
    c_stretch_arm_pin.~ @elbow+0,0.1,0
    forearm.~ =elbow
    forearm_stretch.~ +forearm_twist:0.0
      forearm_twist.~ +forearm_twist:0.5
    hand.~ =wrist
      fingers c_*#.~ thumb,index,middle,ring,pinky 1,2,3
    thigh_stretch.~ +thigh_twist:0.5
    c_stretch_leg.~ @knee
    leg.~ =knee
    leg_stretch.~ +shin_twist:0.0
      leg_twist.~ +shin_twist:0.5
    foot.~ =ankle
      toes_01.~ =foot
c_hand_ik.~ @wrist
c_arms_pole.~ @elbow
c_foot_ik.~ @ankle
  c_foot_roll_cursor.~ @ankle+0,0.15,0
  c_foot_heel.~ @ankle+0,0.05,-0.08
    c_toes_end.~ @toe_tip
      c_toes_ik.~ @foot
      c_foot_01.~ @foot
        foot_ik_target.~ @ankle
        foot_ik.~ @ankle
c_leg_pole.~ @knee
"""
