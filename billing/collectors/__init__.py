"""Who asks for the money: one protocol, and whoever needs no service of others to keep it."""
