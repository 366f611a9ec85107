"""`python -m modelhub.graphs.builders`: write every graph that the platform has, and no other."""

from modelhub.graphs import FOLDER
from modelhub.graphs.builders.catalogue import made

for old in FOLDER.glob("*/*.onnx"):
    old.unlink()
for path, content in made():
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
