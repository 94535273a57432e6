"""What breaks other chats, F1 to F24, and the tests that show that it does not break this one.

Each is named where it stands, so that a reader of a failure finds its proof; a test that is
renamed or deleted is missed here.
"""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

FAILURES = {
    "F1": (
        "A reload amid an answer loses text or settings.",
        "browser/test_failures.py::test_f01_a_reload_amid_an_answer_keeps_the_text_and_the_settings",
    ),
    "F2": (
        "A live event arrives before the replay has ended.",
        "chat/test_failures.py::test_f02_what_happens_while_a_late_reader_catches_up_comes_after_it",
    ),
    "F3": (
        "An event is extended after a reader's position was taken, and its text comes twice.",
        "chat/test_failures.py::test_f03_an_event_is_the_same_whoever_reads_it_and_when",
    ),
    "F4": (
        "Rows become visible out of order, and a reader skips one for ever.",
        "chat/test_journal.py::test_the_rows_of_a_run_are_in_order_and_whole",
        "chat/test_any_order.py::test_whatever_happens_in_whatever_order_readers_see_what_is_stored",
    ),
    "F5": (
        "An empty or stale snapshot wipes newer text.",
        "chat/test_failures.py::test_f05_a_snapshot_of_an_older_state_wipes_nothing",
        "js/reply.test.mjs::an ignored event gives the same reply",
    ),
    "F6": (
        "Events of one turn are shown in the next.",
        "chat/test_failures.py::test_f06_events_of_one_turn_change_no_other",
        "js/replies.test.mjs::events of a run that nobody reads are left alone",
    ),
    "F7": (
        "Stop is pressed where the run does not live.",
        "chat/test_two_processes.py::test_what_b_writes_a_shows_resumes_and_stops",
    ),
    "F8": (
        "A slow first token is taken for a dead stream.",
        "browser/page/test_turns.py::test_stop_works_before_the_first_word",
    ),
    "F9": (
        "A socket is half-open: the browser says OPEN, and nothing arrives.",
        "browser/test_failures.py::test_f09_a_half_open_socket_is_found_and_replaced",
        "js/connection.test.mjs::a half-open socket is left within 15 s",
    ),
    "F10": (
        "A reconnect drops the last piece until the page is loaded again.",
        "browser/test_failures.py::test_f10_what_came_while_the_line_was_cut_is_there_without_a_reload",
    ),
    "F11": (
        "A stale tab's next message wipes or forks what happened since.",
        "browser/test_failures.py::test_f11_a_tab_that_is_behind_wipes_nothing",
    ),
    "F12": (
        "Two tabs save the same conversation, and one wins.",
        "chat/test_failures.py::test_f12_two_tabs_that_say_at_once_make_two_branches",
    ),
    "F13": (
        "A row says that it streams for ever after a crash.",
        "chat/test_liveness.py::test_a_reader_sees_the_end_within_the_lease",
        "chat/test_liveness.py::test_a_process_that_has_the_database_to_itself_settles_at_once",
        "chat/test_liveness.py::test_a_run_of_this_process_that_nobody_writes_is_settled",
    ),
    "F14": (
        "Reasoning is lost on replay.",
        "chat/test_runs.py::test_reasoning_is_part_of_the_log_and_kept_apart",
    ),
    "F15": (
        "One oversized piece ends the answer.",
        "chat/test_journal.py::test_an_oversized_piece_is_split",
    ),
    "F16": (
        "An aborted request leaks a database connection.",
        "chat/test_failures.py::test_f16_readers_and_runs_that_are_left_leave_nothing_behind",
    ),
    "F17": (
        "The first message, sent while the page loads, is lost.",
        "browser/page/test_turns.py::test_what_is_sent_before_the_page_is_ready_is_sent_once",
    ),
    "F18": (
        "An empty answer is stored and sent again, and every later turn is refused.",
        "chat/test_runs.py::test_a_failed_empty_answer_is_left_out_of_the_prompt",
    ),
    "F19": (
        "The page reconnects several times a second.",
        "browser/test_failures.py::test_f19_a_server_that_is_away_is_asked_ever_less_often",
        (
            "js/connection.test.mjs"
            "::it comes back by itself, later each time, and never with two sockets"
        ),
    ),
    "F20": (
        "Redis came back, and sockets hang until a restart.",
        "chat/test_two_processes.py::test_without_redis_readers_go_on_and_with_it_at_once",
    ),
    "F21": (
        "The database is locked or full while an answer streams.",
        "chat/test_journal.py::test_a_locked_database_delays_the_text_and_loses_none",
        "chat/test_journal.py::test_a_slow_database_makes_the_model_wait_instead_of_filling_memory",
        "chat/test_failures.py::test_f21_a_full_disk_delays_the_text_and_loses_none",
        "browser/test_failures.py::test_f21_the_page_says_what_holds_an_answer_up_while_it_does",
        "js/turns.test.mjs::what holds an answer up is told once, until something of it comes",
    ),
    "F22": (
        "The model server refuses, resets, stalls, sends garbage or never ends.",
        "backends/test_failures.py::test_a_lost_connection_keeps_the_text_and_is_not_tried_again",
        "backends/test_failures.py::test_silence_amid_an_answer_has_a_limit_of_its_own",
        "backends/test_failures.py::test_garbage_amid_an_answer_is_a_failure_that_keeps_the_text",
        "backends/test_failures.py::test_a_line_of_ten_megabytes_is_a_failure_in_little_memory",
        "backends/test_failures.py::test_a_stream_that_never_ends_is_ended",
        "backends/test_retry.py::test_a_status_that_may_pass_is_tried_three_times",
        "chat/test_runs.py::test_every_end_is_told",
    ),
    "F23": (
        "A laptop sleeps amid an answer.",
        "browser/test_failures.py::test_f23_after_a_sleep_the_whole_answer_is_there",
    ),
    "F24": (
        "A clock steps back or forward.",
        "chat/test_liveness.py::test_a_beat_that_moves_means_life_whatever_any_clock_says",
        "chat/test_liveness.py::test_silence_means_death_whatever_any_clock_says",
    ),
}


def test_all_of_them_are_here():
    assert list(FAILURES) == [f"F{number}" for number in range(1, 25)]


@pytest.mark.parametrize("failure", FAILURES)
def test_each_has_tests_that_exist(failure):
    for test in FAILURES[failure][1:]:
        path, name = test.split("::")
        assert name in names(PROJECT / "tests" / path), f"{failure} has lost {test}"


def names(path: Path) -> set[str]:
    """The tests in a file, of Python or of JavaScript."""
    pattern = r"^(?:async )?def (test_\w+)" if path.suffix == ".py" else r'^test\("(.+?)",'
    return set(re.findall(pattern, path.read_text(), re.MULTILINE))
