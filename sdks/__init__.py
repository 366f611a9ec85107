"""The clients of the API: a generated core each, and a thin hand-written face."""
