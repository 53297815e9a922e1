"""Figures of a motion model, each beside its control: one module for each thing that is asked."""
