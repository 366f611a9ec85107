"""`python -m sdks.generate`: the Python client's core, from `openapi/openapi.yaml`.

The same document gives the same bytes; nothing of it is edited by hand, or kept in git. The
client's build runs this (`python/hatch_build.py`), and make does when anything that it is made from
has changed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "openapi" / "openapi.yaml"
SETTINGS = ROOT / "openapi" / "python-client.yaml"
TEMPLATES = ROOT / "openapi" / "python-client"
PACKAGE = ROOT / "sdks" / "python" / "src" / "tifo_client"

# Where libyaml is at hand it is ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ANY, DRY_RUN = "*/*", "application/vnd.tifo.dry-run+json"
STREAM = "text/event-stream"
CLOUD_EVENTS = "application/cloudevents"
MODEL = re.compile(r"^(?:class (\w+):|(\w+) = Literal\[)", re.MULTILINE)
ABOUT_SHAPES = '"""Every shape of the API by name, for annotations. Written by `sdks.generate`."""'
ABOUT_MODELS = '"""One module per schema; import from it, so that only what is used is loaded."""\n'
# What the generator writes, and what stands there instead: a pattern, its replacement.
MENDS = {
    "api": [
        # A constant boundary may stand in an uploaded file; httpx draws one.
        (r'\n +headers\["Content-Type"\] = "multipart/form-data; boundary=\+\+\+"\n', ""),
        # An answer of another shape must raise a TifoError that knows the answer.
        (
            r"parsed=_parse_response\(client=client, response=response\)",
            "parsed=read(_parse_response, client, response)",
        ),
        (r"\nimport httpx\n", "\nimport httpx\n\nfrom tifo_client.answers import read\n"),
    ],
    "models": [
        # An older server knows less than this client: what may be null may be missing.
        (r'(= _parse_\w+\(d\.pop\("\w+")\)\)', r"\1, None))"),
        (r'(?m)^        (error|result) = d\.pop\("\1"\)$', r'        \1 = d.pop("\1", None)'),
        # Secrets are told once, and to nobody who prints the answer.
        (
            r"(?m)^    (secret|credential|live_key|test_key|ticket|url): str$",
            r"    \1: str = _attrs_field(repr=False)",
        ),
        (
            r"(?s)(from attrs import define as _attrs_define\n)(?!from attrs)(?=.*_attrs_field)",
            r"\1from attrs import field as _attrs_field\n",
        ),
    ],
}


def main() -> int:
    core, names = PACKAGE / "_gen", PACKAGE / "shapes.py"
    with tempfile.TemporaryDirectory() as scratch:
        made = generate(Path(scratch) / "_gen")
        named = shapes(made)
        beside, former = PACKAGE / f"_gen.{os.getpid()}.new", PACKAGE / f"_gen.{os.getpid()}.old"
        shutil.copytree(made, beside)
        names.unlink(missing_ok=True)  # written last: make takes its time for that of the whole
        if core.exists():
            core.rename(former)
        beside.rename(core)  # at once: whoever imports it meanwhile finds the one or the other
        shutil.rmtree(former, ignore_errors=True)
    names.write_text(named)
    print(f"Generated {len(list(core.rglob('*.py')))} modules into {core.relative_to(ROOT)}.")
    return 0


def generate(target: Path, document: Path = DOCUMENT) -> Path:
    """Generate the core into the new folder `target`; raises RuntimeError with what it says."""
    plain = target.with_name("plain.json")  # which is read many times as fast as YAML
    plain.write_text(simplified(document.read_text()))
    _run(
        "openapi_python_client",
        "generate",
        f"--path={plain}",
        f"--config={SETTINGS}",
        f"--custom-template-path={TEMPLATES}",
        "--meta=none",
        f"--output-path={target}",
        "--fail-on-warning",
    )
    plain.unlink()
    shutil.rmtree(target / ".ruff_cache", ignore_errors=True)
    _mend(target)
    return target


def simplified(document: str) -> str:
    """The document as JSON, without the header that asks for another answer, and that answer.

    `client.limits.would` sends it by itself; here it would double every type of an answer. Of a
    body's forms our own stays: for CloudEvents there are clients, and the generator's fails. What
    answers with a stream is left out: generated functions read an answer to its end.
    """
    described = yaml.load(document, Loader=LOADER)  # noqa: S506  (either is a safe one)
    for path in described.get("paths", {}).values():
        for method, operation in list(path.items()):
            if STREAM in operation["responses"].get("200", {}).get("content", {}):
                del path[method]
                continue
            asked = operation.get("parameters", ())
            operation["parameters"] = [each for each in asked if each["name"] != "Tifo-Dry-Run"]
            forms = operation.get("requestBody", {}).get("content", {})
            for form in [form for form in forms if form.startswith(CLOUD_EVENTS)]:
                del forms[form]
            answers = operation["responses"]
            for status, answer in list(answers.items()):
                content = answer.get("content", {})
                if ANY in content:  # which the generator does not know
                    content["application/octet-stream"] = content.pop(ANY)
                if content.pop(DRY_RUN, None) and not content:
                    del answers[status]
    described.get("components", {}).get("schemas", {}).pop("DryRun", None)
    return json.dumps(described, default=str)  # moments in examples


def shapes(core: Path) -> str:
    """A module that names every model and enumeration of the core, without its private path."""
    found = [
        (module.stem, named[1] or named[2])
        for module in sorted((core / "models").glob("[a-z]*.py"))
        if (named := MODEL.search(module.read_text()))
    ]
    lines = [f"from tifo_client._gen.models.{stem} import {name}" for stem, name in found]
    names = "".join(f'    "{name}",\n' for name in sorted(name for _, name in found))
    text = "\n".join([ABOUT_SHAPES, "", *lines, "", f"__all__ = [\n{names}]\n"])
    return _run("ruff", "format", "--isolated", "--line-length=100", "-", given=text)


def _run(tool: str, *arguments: str, given: str = "") -> str:
    """What a tool of this environment writes; raises RuntimeError with its complaint.

    As a module: where pip builds the client, the programs stand in a folder of their own.
    """
    tools = Path(sys.executable).parent  # the generator calls ruff by its name
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", tool, *arguments],
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def _mend(core: Path) -> None:
    (core / "models" / "__init__.py").write_text(ABOUT_MODELS)
    for folder, mends in MENDS.items():
        modules = {path: path.read_text() for path in (core / folder).rglob("*.py")}
        for pattern, instead in mends:
            mended = {path: re.sub(pattern, instead, text) for path, text in modules.items()}
            if mended == modules:
                raise RuntimeError(f"The generator no longer writes {pattern!r} in {folder}.")
            modules = mended
        for path, text in modules.items():
            path.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
