"""Reading what a model is out of its file's header."""
