"""Where a model may run: its placements under the caps of a tier."""
