"""One module per file format: bytes in, counted weights out; nothing is loaded."""
