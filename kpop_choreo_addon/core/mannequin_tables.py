"""The mannequin's measures: rings of trunk, limbs, shoes and hair, in metres.

Widths, depths and radii are those of the surface wanted after subdivision.
"""

from __future__ import annotations

BODY, OUTFIT = 0, 1
"""Numbers of the two materials."""

# Trunk and head, from the crotch to the crown: height, half width, depth to the front, depth to
# the back, y of the middle, material of the band above. Depths are those of the surface wanted.
TRUNK: tuple[tuple[float, float, float, float, float, int], ...] = (
    (0.885, 0.166, 0.082, 0.112, 0.005, OUTFIT),
    (0.935, 0.170, 0.092, 0.120, 0.005, OUTFIT),
    (0.985, 0.160, 0.095, 0.108, 0.006, OUTFIT),
    (1.035, 0.142, 0.093, 0.088, 0.008, BODY),
    (1.090, 0.124, 0.088, 0.076, 0.010, BODY),
    (1.150, 0.120, 0.088, 0.076, 0.012, BODY),
    (1.210, 0.128, 0.095, 0.082, 0.012, OUTFIT),
    (1.270, 0.141, 0.112, 0.092, 0.012, OUTFIT),
    (1.332, 0.156, 0.116, 0.098, 0.014, OUTFIT),
    (1.395, 0.172, 0.104, 0.098, 0.016, OUTFIT),
    (1.456, 0.162, 0.080, 0.082, 0.018, OUTFIT),
    (1.478, 0.108, 0.062, 0.068, 0.020, BODY),
    (1.502, 0.064, 0.052, 0.058, 0.020, BODY),
    (1.532, 0.053, 0.050, 0.053, 0.014, BODY),
    (1.552, 0.054, 0.076, 0.060, 0.004, BODY),
    (1.575, 0.064, 0.094, 0.078, -0.002, BODY),
    (1.615, 0.073, 0.099, 0.096, -0.002, BODY),
    (1.655, 0.079, 0.099, 0.106, -0.001, BODY),
    (1.690, 0.079, 0.095, 0.108, 0.001, BODY),
    (1.732, 0.066, 0.074, 0.090, 0.005, BODY),
    (1.757, 0.036, 0.038, 0.052, 0.009, BODY),
)
CROWN = (0.0, 0.012, 1.762)
SKULL = (0.0, 0.012, 1.660)
HAIR = (0.102, 0.132, 0.126)
"""Middle and radii of the hair, around the upper head."""
STRANDS = 20
HAIRLINE = ((0, 0.56), (28, 0.60), (44, 0.80), (56, 1.30), (72, 1.66), (90, 1.76), (180, 1.98))
"""Length of the hair by degrees from the front: 1 reaches down to the middle of the skull."""
HAIR_RINGS = (
    (0.97, 0.78),
    (1.0, 0.93),
    (0.97, 1.0),
    (0.82, 1.02),
    (0.64, 1.01),
    (0.46, 1.0),
    (0.29, 1.0),
    (0.12, 1.0),
)
"""From its inner edge to the crown: share of the length, and size of the ring."""
HOLE = (8, 9, 10)
"""Rows of the trunk between which the arms leave."""

# Arm: distance from the middle, radius front to back, radius up and down, material beyond.
ARM: tuple[tuple[float, float, float, int], ...] = (
    (0.190, 0.054, 0.053, OUTFIT),
    (0.220, 0.054, 0.053, OUTFIT),
    (0.258, 0.051, 0.051, OUTFIT),
    (0.300, 0.047, 0.048, BODY),
    (0.360, 0.043, 0.045, BODY),
    (0.415, 0.039, 0.040, BODY),
    (0.450, 0.038, 0.039, BODY),
    (0.485, 0.040, 0.039, BODY),
    (0.535, 0.041, 0.039, BODY),
    (0.600, 0.036, 0.033, BODY),
    (0.660, 0.029, 0.026, BODY),
    (0.700, 0.028, 0.022, BODY),
    (0.730, 0.036, 0.020, BODY),
    (0.765, 0.042, 0.018, BODY),
    (0.795, 0.041, 0.015, BODY),
)
PALM_END = 0.806

# Leg: height, radius side to side, radius front to back, y of the middle, material below.
LEG: tuple[tuple[float, float, float, float, int], ...] = (
    (0.825, 0.084, 0.094, 0.008, OUTFIT),
    (0.765, 0.078, 0.088, 0.006, OUTFIT),
    (0.700, 0.072, 0.080, 0.003, BODY),
    (0.630, 0.064, 0.071, 0.000, BODY),
    (0.560, 0.056, 0.062, -0.003, BODY),
    (0.515, 0.052, 0.057, -0.005, BODY),
    (0.480, 0.050, 0.055, -0.005, BODY),
    (0.445, 0.048, 0.052, 0.001, BODY),
    (0.390, 0.049, 0.055, 0.010, BODY),
    (0.330, 0.048, 0.055, 0.014, BODY),
    (0.260, 0.042, 0.047, 0.012, BODY),
    (0.190, 0.034, 0.038, 0.008, BODY),
    (0.120, 0.029, 0.033, 0.004, BODY),
)

# Shoe: height, half width, y of the toe, y of the heel.
SHOE: tuple[tuple[float, float, float, float], ...] = (
    (0.000, 0.042, -0.190, 0.064),
    (0.006, 0.046, -0.198, 0.070),
    (0.026, 0.047, -0.200, 0.072),
    (0.032, 0.045, -0.196, 0.069),
    (0.052, 0.043, -0.184, 0.067),
    (0.074, 0.040, -0.132, 0.060),
    (0.098, 0.039, -0.078, 0.054),
    (0.130, 0.041, -0.050, 0.052),
    (0.160, 0.044, -0.048, 0.056),
    (0.166, 0.039, -0.042, 0.050),
)

SOLE = 0.032
"""Up to this height a shoe has the colour of the body."""

# Fingers: y at the palm, y at the tip, x of the tip, radius.
FINGERS: tuple[tuple[float, float, float, float], ...] = (
    (-0.031, -0.036, 0.872, 0.0092),
    (-0.010, -0.011, 0.882, 0.0096),
    (0.010, 0.013, 0.874, 0.0092),
    (0.029, 0.036, 0.856, 0.0084),
)
