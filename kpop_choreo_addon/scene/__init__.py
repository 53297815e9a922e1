"""Everything that changes a Blender scene: plain functions, called by thin operators."""
