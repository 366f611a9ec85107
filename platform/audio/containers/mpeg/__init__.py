"""MPEG audio: frame headers, the tag that counts them, and streams without a header."""
