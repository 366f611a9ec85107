"""Ogg (RFC 3533): pages in, packets counted, pages of our own out."""
