"""Everything that needs no Blender: plain Python and NumPy."""
