"""`tifo up`: the private services, the processes of the platform, and the one loop that minds them.

Nothing here imports Django: the supervisor must be up before the settings can be read.
"""
