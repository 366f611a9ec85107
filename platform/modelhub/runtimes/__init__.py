"""Running models: ONNX Runtime over whatever a machine has to compute on.

This folder alone imports onnxruntime, and only where it is used: the process that serves the web
pays nothing for it. It belongs into a worker's child process. A process that has touched CUDA must
never be forked, so nothing here is for the parent of others, not even the list of devices.
"""
