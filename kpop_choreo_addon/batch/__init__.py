"""Batches without a window: jobs become files, several at a time; see docs/headless.md."""
