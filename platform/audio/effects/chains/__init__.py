"""The named chains, a module for each thing they do to the sound."""
