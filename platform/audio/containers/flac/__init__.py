"""FLAC (RFC 9639): frame headers found, the chain of true ones, and a header that fits them."""
