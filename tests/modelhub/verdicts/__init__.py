"""Well-known models by their public configurations, and what becomes of them under the caps."""
