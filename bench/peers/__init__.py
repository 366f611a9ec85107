"""What others use, set up as well as it can be."""
