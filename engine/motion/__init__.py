"""Bodies in motion: rotations, the skeleton, kinematics, model features and foot contacts."""
