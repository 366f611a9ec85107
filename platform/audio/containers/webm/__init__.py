"""WebM and Matroska, as browsers record: the packets of the first track of sound."""
