"""Motion capture of several kinds to takes on the engine's body, the data that models learn from.

``python -m engine.training.collect DATA_DIR OUT_DIR`` makes them; :func:`.take.read_takes` reads
them.
"""
