"""One module per schema; import from it, so that only what is used is loaded."""
