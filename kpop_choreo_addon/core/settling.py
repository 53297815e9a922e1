"""What is put right between retargeting and keys: feet that stand, hands that touch."""

from __future__ import annotations

from dataclasses import dataclass

from .body_capsules import keep_hands_out
from .clip import Clip
from .contact import ground
from .posed import PosedRig


@dataclass(frozen=True)
class ContactOptions:
    """Which contacts of the clip's dancer the rig has to keep."""

    lock_feet: bool = True
    clear_body: bool = True


def settled(posed: PosedRig, clip: Clip, member: int, options: ContactOptions) -> PosedRig:
    """``posed`` as it was retargeted, with the contacts that ``options`` ask for."""
    if options.lock_feet:
        posed = ground(posed, clip, member)
    if options.clear_body:
        posed = keep_hands_out(posed, clip, member)
    return posed
