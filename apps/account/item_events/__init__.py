"""Usage told item by item: read from our own form or as CloudEvents, each item judged alone."""
