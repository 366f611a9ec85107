"""Models that stay loaded within a budget of memory."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from modelhub.runtimes.files import ModelUnloadable
from modelhub.runtimes.loaded import Loaded, MemoryFull, Sessions


class Shelf:
    """Sessions of letters, and how often each was loaded."""

    def __init__(self, budget: int) -> None:
        self.sessions: Sessions[str] = Sessions(budget)
        self.loads = ""

    def load(self, key: str) -> str:
        self.loads += key
        return key.upper()

    def use(self, keys: str, size: int = 1) -> None:
        for key in keys:
            with self.sessions.use(key, size=size, load=lambda key=key: self.load(key)) as kept:  # type: ignore[misc]
                assert kept == key.upper()

    def held(self) -> str:
        return "".join(each.key for each in self.sessions.loaded())


class TestSessions:
    @pytest.mark.parametrize(
        ("uses", "loads", "held"),
        [
            ("aaa", "a", "a"),
            ("abc", "abc", "cba"),
            ("abcd", "abcd", "dcb"),
            ("abcabc", "abc", "cba"),
            ("abcad", "abcd", "dac"),
            ("abcda", "abcda", "adc"),
        ],
    )
    def test_lose_the_least_recently_used(self, uses: str, loads: str, held: str) -> None:
        shelf = Shelf(3)
        shelf.use(uses)
        assert (shelf.loads, shelf.held()) == (loads, held)

    def test_make_as_much_room_as_is_wanted_and_no_more(self) -> None:
        shelf = Shelf(4)
        shelf.use("abcd")
        shelf.use("e", size=2)
        assert shelf.held() == "edc"
        assert shelf.sessions.loaded()[0] == Loaded("e", 2)

    def test_keep_what_is_in_use(self) -> None:
        shelf = Shelf(2)
        with shelf.sessions.use("a", size=1, load=lambda: "A"):
            shelf.use("bcd")
            assert shelf.held() == "da"
            with pytest.raises(MemoryFull):
                shelf.use("e", size=2)
            assert shelf.held() == "da"  # nothing was thrown out in vain
        shelf.use("e", size=2)
        assert shelf.held() == "e"

    def test_stay_in_use_until_the_last_lets_go(self) -> None:
        shelf = Shelf(1)
        with shelf.sessions.use("a", size=1, load=lambda: "A"):
            shelf.use("a")
            with pytest.raises(MemoryFull):
                shelf.use("b")

    def test_refuse_what_never_fits(self) -> None:
        with pytest.raises(ModelUnloadable) as refused:
            Shelf(3).use("a", size=4)
        assert refused.value.facts == {"reason": "too_large"}

    def test_keep_nothing_that_could_not_be_loaded(self) -> None:
        shelf = Shelf(1)
        with pytest.raises(ZeroDivisionError), shelf.sessions.use("a", size=1, load=lambda: 1 // 0):  # type: ignore[arg-type, return-value]
            pass
        assert shelf.held() == ""
        shelf.use("b")

    def test_let_go_of_what_failed_in_use(self) -> None:
        shelf = Shelf(1)
        with pytest.raises(KeyError), shelf.sessions.use("a", size=1, load=lambda: "A"):
            raise KeyError
        shelf.use("b")
        assert shelf.held() == "b"

    def test_are_loaded_once_for_all_who_come_together(self) -> None:
        shelf = Shelf(1)

        def slow() -> str:
            sleep(0.05)
            return shelf.load("a")

        def work(_: int) -> str:
            with shelf.sessions.use("a", size=1, load=slow) as kept:
                return kept

        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(work, range(8))) == ["A"] * 8
        assert shelf.loads == "a"

    def test_are_cleared_but_for_those_in_use(self) -> None:
        shelf = Shelf(3)
        shelf.use("ab")
        with shelf.sessions.use("c", size=1, load=lambda: "C"):
            shelf.sessions.clear()
            assert shelf.held() == "c"
