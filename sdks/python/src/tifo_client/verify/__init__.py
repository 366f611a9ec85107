"""`python -m tifo_client.verify export.json`: recompute statements without their server."""
