"""What a statement says, how it is hashed and chained, and how each of it is recomputed."""
