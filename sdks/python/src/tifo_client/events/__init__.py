"""What happens, as it happens, over plain HTTP: server-sent events, heard again where they broke
off."""
