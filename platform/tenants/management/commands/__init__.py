"""The operator's commands about organisations."""
