"""Names of the models that come with the engine; imports nothing, so that a command starts fast."""

DEFAULT_MODEL = "kpop-mdm-3"
DEBUG_MODEL = "debug"
TEXT_MODEL = "all-MiniLM-L6-v2"
