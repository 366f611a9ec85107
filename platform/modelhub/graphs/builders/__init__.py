"""How the graphs beside are made, by the package `onnx`, which only a checkout has.

`python -m modelhub.graphs.builders` writes them; `make check` says when one is not what this code
makes. Nothing here is imported where the platform runs.
"""
