"""Pure decisions of a live session: its window, its frames, its pace, its scores and roll-ups."""
