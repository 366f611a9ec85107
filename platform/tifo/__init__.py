"""The Django project. Light on purpose: the supervisor imports it, and loads no Django."""

__version__ = "0.1.0"
