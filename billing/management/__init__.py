"""The operator's commands about money."""
