"""What the platform says of its own errors: each code has words of its own, and true ones."""

import ast
import functools
import inspect
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.test import Client

import tifo.urls  # noqa: F401  (with them every family's errors are loaded)
from apps.portal.errors import every_error, example
from foundation.errors import Retry, TifoError
from tests.checkout import ROOT
from tests.system.running import clean_environment

OURS = [error for error in every_error() if not error.__module__.startswith("tests.")]
BY_NAME = {error.__name__: error for error in OURS}
GENERAL = {"detail", "errors", "headers"}

ADVISING = ("jobs.", "modelhub.", "apps.model_registry.", "foundation.files.")
ADVISE_EACH = {
    "BadTensor", "ContractUnmet", "MalformedModel", "ModelCapExceeded", "ModelUnloadable",
    "MoreBytesNeeded", "NoSuchSession", "NotFetched", "NotRunnable", "UnsupportedModel",
    "VersionTaken",
}  # fmt: skip


def name(error: type[TifoError]) -> str:
    return error.code


class TestEveryError:
    @pytest.mark.parametrize("error", OURS, ids=name)
    def test_says_what_happened_and_what_to_do(self, error: type[TifoError]) -> None:
        for said in ("meaning", "remedy", "retry"):
            assert said in vars(error), (
                f"{error.__qualname__} needs a `{said}` of its own beside its title: what "
                "happened, what the caller does, whether the same request helps (see TifoError)"
            )
        for words in (error.meaning, error.remedy):
            assert len(words.split()) >= 6, f"{error.__qualname__} says too little: {words}"
            assert words.endswith(".")
        assert error.meaning != error.remedy

    def test_says_it_in_words_of_its_own(self) -> None:
        assert len({error.meaning for error in OURS}) == len({error.code for error in OURS})

    @pytest.mark.parametrize("error", OURS, ids=name)
    def test_of_jobs_models_and_files_says_in_its_detail_what_to_do(
        self, error: type[TifoError]
    ) -> None:
        """By the class, unless each of its details does by itself."""
        if error.__module__.startswith(ADVISING) and error.__name__ not in ADVISE_EACH:
            assert example(error)["detail"] == f"{error.title}. {error.advice}"
            assert len(error.advice.split()) >= 3
            assert error.advice[0].isupper()
            assert error.advice.endswith(".")

    @pytest.mark.parametrize("error", OURS, ids=name)
    def test_has_a_page_with_all_of_it(self, client: Client, error: type[TifoError]) -> None:
        page = client.get(f"/docs/errors/{error.code}").content.decode()
        told = [f"{error.status} ", f"<h1><code>{error.code}</code></h1>", "What to do"]
        for part in [*told, *(f"<code>{member}</code>" for member in error.members)]:
            assert part in page

    @pytest.mark.parametrize("code", ["mau-limit-reached", "payment-needed"])
    def test_about_payment_names_both_reasons(self, client: Client, code: str) -> None:
        page = client.get(f"/docs/errors/{code}").content.decode()
        assert "<code>no_payment_method</code> or <code>invoices_unpaid</code>" in page

    @pytest.mark.parametrize("error", OURS, ids=name)
    def test_has_an_example_that_is_a_problem_document(self, error: type[TifoError]) -> None:
        shown = example(error)
        assert list(shown)[:6] == ["type", "title", "status", "detail", "code", "request_id"]
        pointed = {"errors"} if error.pointed else set()
        assert set(shown) == set(list(shown)[:6]) | set(error.members) | pointed

    @pytest.mark.parametrize("error", OURS, ids=name)
    def test_that_sends_to_its_errors_shows_them(self, error: type[TifoError]) -> None:
        assert error.pointed or "`errors`" not in error.remedy

    def test_points_at_what_its_facts_speak_of(self) -> None:
        shown = example(BY_NAME["BadTensor"])
        [pointed] = shown["errors"]
        assert (pointed["pointer"], pointed["code"]) == ("/input/tensors/waveform", "bad-tensor")
        assert shown["expected"] in pointed["detail"]
        assert shown["found"] in pointed["detail"]

    @pytest.mark.parametrize("error", OURS, ids=name)
    def test_that_tells_a_wait_says_that_waiting_helps(self, error: type[TifoError]) -> None:
        if "retry_after_ms" in error.members or error.status == 503:
            assert error.retry is Retry.AFTER_WAIT

    def test_is_known_to_a_process_that_serves_rest_alone(self) -> None:
        """Its page is there that serves it, though the class may be met on sockets only."""
        asked = (
            "import tifo.wsgi, tifo.urls; from apps.portal.errors import every_error; "
            "print(*(error.code for error in every_error()))"
        )
        told = subprocess.run(
            [sys.executable, "-c", asked],
            env=clean_environment(DJANGO_SETTINGS_MODULE="tifo.settings.test"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert set(told.stdout.split()) == set(written())

    def test_stands_in_the_list(self, client: Client) -> None:
        page = client.get("/docs/errors").content.decode()
        for error in OURS:
            assert f'<td>{error.status}</td><td><a href="/docs/errors/{error.code}">' in page


class TestFacts:
    def test_that_are_raised_are_told(self) -> None:
        untold = [
            f"{error.__qualname__}({fact}=…)"
            for error, fact in raised()
            if fact not in error.members and fact not in GENERAL | own_arguments(error)
        ]
        assert not untold, "name them in `members` of the class, with an example"

    def test_are_found_by_this_test(self) -> None:
        facts = {(error.code, fact) for error, fact in raised()}
        assert ("plan-limit-reached", "resets_at") in facts
        assert ("too-large", "limit_bytes") in facts


def written() -> Iterator[str]:
    """The code of every error class in the source."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                names = {
                    target.id: each.value
                    for each in node.body
                    if isinstance(each, ast.Assign | ast.AnnAssign)
                    for target in (each.targets if isinstance(each, ast.Assign) else [each.target])
                    if isinstance(target, ast.Name)
                }
                code = names.get("code")
                if "title" in names and isinstance(code, ast.Constant):
                    yield str(code.value)


@functools.cache
def trees() -> list[ast.Module]:
    folders = ("platform", "apps", "billing")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    # The model inspection has errors of its own, some by the same name, which no caller meets.
    aside = {"migrations", "modelfiles"}
    return [ast.parse(path.read_text()) for path in paths if not aside & set(path.parts)]


def raised() -> Iterator[tuple[type[TifoError], str]]:
    """Every fact that the code gives to an error by name where it makes one."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                error = BY_NAME.get(node.func.id)
                for keyword in node.keywords if error else ():
                    if error and keyword.arg:
                        yield error, keyword.arg


def own_arguments(error: type[TifoError]) -> set[str]:
    return set(inspect.signature(error.__init__).parameters)
