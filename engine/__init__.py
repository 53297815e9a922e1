"""K-Pop Choreo's engine: hears a song, reads a sentence, makes a dance. Never imports bpy."""

__version__ = "0.1.0"
