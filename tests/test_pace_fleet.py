"""One rate for a fleet, in a real server on loopback; skipped by name where none can be had."""

from __future__ import annotations

import random
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from servers import RedisServer, redis_server
from testferry.dialects import Window
from testferry.errors import TryLater
from testferry.pace.fleet import RETRY, Fleet, _is_reservation, part
from testferry.pace.limits import MARGIN
from testferry.pace.members import read as read_members
from testferry.pace.server import Place, connected
from testferry.pace.shared import Budget
from testferry.pace.slots import Memory

TWO = [Window(2, 60.0)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def place(server: RedisServer) -> Place:
    if not server.runs:
        server.start()
    server.client().flushall()
    return Place.of(server.url)


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def fleet(place: Place, scope: str = "https://x", clock: Hand | None = None) -> Fleet:
    hand = clock or Hand()
    return Fleet(place, scope, Memory(), clock=hand)


def test_processes_share_one_limit_whatever_their_clocks_say(place: Place) -> None:
    first, second = fleet(place), fleet(place)
    assert first.take(TWO, 0.0) == 0.0
    assert second.take(TWO, 1e6) == 0.0
    assert first.take(TWO, 5.0) == pytest.approx(MARGIN), "only an answer can make room"
    first.complete(5.0)
    second.complete(-600.0)
    assert 59.0 < first.take(TWO, 7.0) <= 60.0 + MARGIN


def test_services_do_not_share(place: Place) -> None:
    one, other = fleet(place), fleet(place, "https://y")
    for each in (one, other, one, other):
        assert each.take(TWO, 0.0) == 0.0
    assert one.take(TWO, 0.0) > 0


def test_several_windows_hold_at_once(place: Place) -> None:
    one = fleet(place)
    windows = [Window(10, 1.0), Window(2, 3600.0)]
    for _ in range(2):
        assert one.take(windows, 0.0) == 0.0
        one.complete(0.0)
    assert one.take(windows, 0.0) == pytest.approx(3600 + MARGIN, abs=1.0)


def test_who_asked_first_goes_first(place: Place) -> None:
    holder, early, late = fleet(place), fleet(place), fleet(place)
    window = [Window(1, 0.3)]
    assert holder.take(window, 0.0) == 0.0
    assert early.take(window, 0.0) > 0
    assert late.take(window, 0.0) > 0
    holder.give_back()
    assert late.take(window, 0.0) > 0, "the slot is the other one's"
    assert early.take(window, 0.0) == 0.0


def test_one_that_leaves_the_queue_holds_nobody_up(place: Place) -> None:
    holder, early, late = fleet(place), fleet(place), fleet(place)
    window = [Window(1, 0.3)]
    assert holder.take(window, 0.0) == 0.0
    assert early.take(window, 0.0) > 0
    assert late.take(window, 0.0) > 0
    early.close(0.0)
    holder.give_back()
    assert late.take(window, 0.0) == 0.0


def test_the_narrower_windows_hold_and_are_told_once(place: Place) -> None:
    wide, narrow = fleet(place), fleet(place)
    assert narrow.take([Window(1, 60.0)], 0.0) == 0.0
    assert wide.take([Window(9, 60.0)], 0.0) > 0
    assert wide.take([Window(9, 60.0)], 0.0) > 0
    (told,) = wide.news()
    assert "narrower" in told
    assert wide.news() == narrow.news() == []
    narrow.complete(0.0)
    narrow.close(0.0)
    assert wide.take([Window(9, 60.0)], 0.0) == 0.0, "who is gone narrows nothing"


def test_a_pause_holds_everybody(place: Place) -> None:
    hand = Hand()
    one, other = fleet(place, clock=hand), fleet(place)
    one.pause(hand() + 30.0)
    assert 29.0 < other.take(TWO, 0.0) <= 30.0
    assert 29.0 < other.paused(0.0) <= 30.0


def test_a_slot_that_is_not_needed_is_given_back(place: Place) -> None:
    one = fleet(place)
    for _ in range(5):
        assert one.take(TWO, 0.0) == 0.0
        one.give_back()
    one.give_back()
    one.complete(0.0)


def test_scripts_may_be_flushed(place: Place, server: RedisServer) -> None:
    one = fleet(place)
    assert one.take(TWO, 0.0) == 0.0
    server.client().script_flush()
    assert one.take(TWO, 0.0) == 0.0
    assert one.take(TWO, 0.0) > 0
    assert one.news() == []


def test_a_server_that_was_emptied_costs_a_window(place: Place, server: RedisServer) -> None:
    one = fleet(place)
    assert one.take(TWO, 0.0) == 0.0
    server.client().flushall()
    assert one.take(TWO, 0.0) > 59.0
    assert fleet(place).take(TWO, 0.0) > 58.0, "for everybody"


def test_what_a_dead_process_had_out_counts_until_its_lease_ends_and_a_window(
    place: Place, server: RedisServer
) -> None:
    dead, other = fleet(place), fleet(place)
    assert dead.take(TWO, 0.0) == 0.0
    client = server.client()
    (key,) = client.keys("testferry:*:out")
    (member,) = client.zrange(key, 0, -1)
    seconds, _ = client.time()
    client.zadd(key, {member: (seconds - 30) * 1000})
    assert other.take(TWO, 0.0) == 0.0
    assert 28.0 < other.take(TWO, 0.0) <= 31.0, "it counts a window from the end of its lease"
    client.zadd(key, {member: 1})


def test_a_servers_clock_that_is_set_back_makes_nobody_wait_longer(
    place: Place, server: RedisServer
) -> None:
    one = fleet(place)
    for _ in range(2):
        assert one.take(TWO, 0.0) == 0.0
        one.complete(0.0)
    client = server.client()
    (key,) = client.keys("testferry:*:done")
    for member in client.zrange(key, 0, -1):
        client.zincrby(key, 3_600_000, member)
    assert one.take(TWO, 0.0) <= 60.0 + MARGIN


def test_an_outage_is_told_once_and_a_part_of_the_limit_is_left(
    place: Place, server: RedisServer
) -> None:
    hand = Hand()
    one = fleet(place, clock=hand)
    windows = [Window(8, 60.0)]
    assert one.take(windows, hand.at) == 0.0
    server.freeze()
    one.complete(hand.at)
    assert one.take(windows, hand.at) == 0.0, "two of eight, less what is out already"
    assert one.take(windows, hand.at) > 0.0
    (told,) = one.news()
    assert f"at {place.shown} does not answer" in told
    assert "25% of the limit" in told
    assert one.news() == []
    server.thaw()
    hand.at += RETRY
    one.complete(hand.at)
    assert one.take(windows, hand.at) == 0.0
    assert one.news() == [f"the shared budget at {place.shown} is back"]
    held = server.client()
    (done,) = held.keys("testferry:*:done")
    assert held.zcard(done) == 2, "what left without it was told to it"


def test_a_server_that_starts_again_with_nothing_costs_a_window(
    place: Place, server: RedisServer
) -> None:
    hand = Hand()
    one = fleet(place, clock=hand)
    assert one.take(TWO, hand.at) == 0.0
    server.kill()
    one.complete(hand.at)
    assert one.take(TWO, hand.at) > 0.0
    server.start()
    hand.at += RETRY
    assert one.take(TWO, hand.at) == pytest.approx(60 + MARGIN, abs=1.0)


def test_it_is_never_without_a_limit(tmp_path: Path) -> None:
    nowhere = Fleet(Place.of("redis://127.0.0.1:1"), "https://x", Memory(), clock=Hand())
    assert nowhere.take(TWO, 1000.0) == 0.0
    for at in range(20):
        assert nowhere.take(TWO, 1001.0 + at) > 0.0
    nowhere.close(1010.0)
    file = Fleet(
        Place.of("redis://127.0.0.1:1"), "https://x", Budget.of(tmp_path, "https://x"), clock=Hand()
    )
    assert file.take(TWO, 1000.0) == 0.0
    assert file.take(TWO, 1000.0) > 0.0


@pytest.mark.parametrize("seed", range(3))
def test_no_window_ever_holds_more_than_the_limit(place: Place, seed: int) -> None:
    """Several processes with clocks of their own, in real time on a short window."""
    chance = random.Random(seed)
    windows = [Window(6, 0.4)]
    members = [fleet(place, clock=Hand()) for _ in range(4)]
    sent: list[float] = []
    import time

    ends = time.monotonic() + 2.0
    while time.monotonic() < ends:
        member = chance.choice(members)
        skew = chance.choice([-600.0, 0.0, 1.5, 600.0])
        if member.take(windows, time.monotonic() + skew) == 0.0:
            sent.append(time.monotonic())
            member.complete(time.monotonic() + skew)
        time.sleep(0.002)
    for at, moment in enumerate(sent):
        assert sum(1 for other in sent[at:] if other - moment < 0.4) <= 6
    assert len(sent) >= 12, "and it is used"


# --- a turn, and what was found


def test_one_turn_at_a_time(place: Place) -> None:
    one, other = fleet(place), fleet(place)
    assert one.claim("k", 60.0)
    assert one.claim("k", 60.0), "it is his already"
    assert not other.claim("k", 60.0)
    assert other.claim("another", 60.0)
    other.release("k")
    assert not other.claim("k", 60.0), "nobody gives back what is not his"
    one.release("k")
    assert other.claim("k", 0.05)
    import time

    time.sleep(0.1)
    assert one.claim("k", 60.0), "the lease of a dead one ends"


def test_a_turn_is_kept_while_slots_are_taken_and_outlives_a_restart(place: Place) -> None:
    hand = Hand()
    one, other, again = fleet(place, clock=hand), fleet(place), fleet(place)
    assert one.claim("k", 60.0, "upload")
    assert not other.claim("k", 60.0)
    client = connected(place)
    (key,) = client.keys("*turn:k")
    client.pexpire(key, 15_000)
    hand.at += 19.0
    one.take(TWO, 0.0)
    assert client.pttl(key) <= 15_000, "it was not long ago"
    hand.at += 1.0
    one.take(TWO, 0.0)
    assert client.pttl(key) > 55_000
    assert again.claim("k", 60.0, "upload"), "killed, and started again"
    again.release("k", after=5.0)
    assert not other.claim("k", 60.0)
    assert 0 < client.pttl(key) <= 5_000, "what was sent last may still be applied"
    client.delete(key)
    assert other.claim("k", 60.0)
    hand.at += 20.0
    one.take(TWO, 0.0)
    other.release("k")
    hand.at += 20.0
    one.take(TWO, 0.0)
    assert not client.exists(key), "what another one has got meanwhile is ours no more"
    client.close()


def test_what_one_found_all_know(place: Place) -> None:
    one, other = fleet(place), fleet(place)
    assert other.heard("k") == ""
    one.tell("k", "101")
    assert other.heard("k") == "101"


def test_without_the_server_nobody_waits_for_a_turn() -> None:
    nowhere = Fleet(Place.of("redis://127.0.0.1:1"), "https://x", Memory())
    assert nowhere.claim("k", 60.0)
    nowhere.tell("k", "101")
    nowhere.release("k")
    assert nowhere.heard("k") == ""


# --- servers that cannot be used


def test_a_server_with_a_password(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--requirepass", "hunter2") as server:
        without = Fleet(Place.of(server.url), "https://x", Memory())
        assert without.take(TWO, 0.0) == 0.0
        (told,) = without.news()
        assert "refuses the password" in told
        known = server.url.replace("//", "//:hunter2@")
        assert fleet(Place.of(known)).take(TWO, 0.0) == 0.0


def test_a_server_that_is_full_or_read_only_or_no_redis(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--maxmemory", "1") as server:
        full = Fleet(Place.of(server.url), "https://x", Memory())
        assert full.take(TWO, 0.0) == 0.0
        assert "is full" in full.news()[0]
        server.client().config_set("maxmemory", 0)
        server.client().replicaof("127.0.0.1", "1")
        replica = Fleet(Place.of(server.url), "https://x", Memory())
        replica.take(TWO, 0.0)
        assert "read-only replica" in replica.news()[0]


def test_a_part_of_a_small_window_is_a_longer_one() -> None:
    assert part(Window(8, 60.0), 0.25) == Window(2, 60.0)
    assert part(Window(2, 60.0), 0.25) == Window(1, 120.0)


def test_what_all_have_sent_before_an_outage_is_waited_for(
    place: Place, server: RedisServer
) -> None:
    hand = Hand()
    one = fleet(place, clock=hand)
    for _ in range(8):
        assert one.take([Window(8, 60.0)], hand.at) == 0.0
        one.complete(hand.at)
    server.kill()
    assert one.take([Window(8, 60.0)], hand.at) > 0.0, "a part of it is ours"


class Waiting(socketserver.ThreadingTCPServer):
    """It does not wait for those who still listen."""

    daemon_threads = True


ODD_ANSWERS = {
    "texts": b"*4\r\n" + b"$3\r\nnan\r\n" * 4,
    "a number": b":7\r\n",
    "nothing": b"*0\r\n",
    "lists without an end": b"*1\r\n" * 20_000,
    "of another kind": b"*4\r\n:1\r\n$1\r\nx\r\n*0\r\n:1\r\n",
}


@pytest.mark.parametrize("answer", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_a_server_that_speaks_otherwise_is_as_good_as_none(answer: bytes) -> None:
    """It is no defect of ours: the machine goes on alone, and says so once."""
    pytest.importorskip("redis")

    class Odd(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline():
                with suppress(OSError):
                    self.wfile.write(answer)

    with Waiting(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = Place.of(f"redis://127.0.0.1:{server.server_address[1]}")
        fleet = Fleet(place, "https://x", Memory(), clock=Hand())
        assert fleet.take([Window(8, 60.0)], 0.0) == 0.0
        assert sum("keeps to 25% of the limit" in line for line in fleet.news()) == 1
        with pytest.raises(TryLater, match="the shared budget at 127"):
            read_members(place, "https://x", 0.0, 60.0)
        fleet.close()
        server.shutdown()


def test_a_reservation_is_four_values() -> None:
    assert _is_reservation([0, b"1-2", 0, 3])
    for odd in (
        None,
        [],
        [0, b"1", 0],
        [0, b"1", 0, b"x"],
        [0.5, b"1", 0, 1],
        [[], b"1", 0, 1],
        "x",
    ):
        assert not _is_reservation(odd)
