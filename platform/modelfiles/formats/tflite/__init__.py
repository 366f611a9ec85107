"""TensorFlow Lite: the FlatBuffer, what stands in it, and what its weights count for."""

from modelfiles.formats.tflite.file import MAGIC, MAGIC_AT, read

__all__ = ["MAGIC", "MAGIC_AT", "read"]
