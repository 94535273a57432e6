"""Holes that other chat servers shipped, S1 to S36, and the tests that show that they are not here.

A test that is renamed or deleted is missed here.
"""

import pytest

from tests.test_known_failures import PROJECT, names

SHARES = "chat/taking/test_shares.py::"
HOSTILE = "browser/page/test_hostile.py::"
SOCKETS = "security/test_sockets.py::"
OWNER = "accounts/test_owner.py::"
STANDING = "security/test_standing.py::"

HOLES = {
    "S1": (
        "No limit of a WebSocket's frames and messages.",
        f"{SOCKETS}test_s01_two_megabytes_close_the_socket_and_are_kept_nowhere",
        f"{SOCKETS}test_s01_a_command_over_its_own_limit_is_refused_and_the_socket_stays",
        "server/test_sockets.py::test_s01_a_message_over_the_limit_drops_the_socket_before_it_arrives",
        "server/test_flow.py::test_a_flood_of_messages_to_a_busy_application_is_paused",
        "server/test_flow.py::test_a_flood_of_tiny_messages_is_paused_too",
        "server/test_flow.py::test_a_flood_of_frames_beside_messages_ends_the_socket",
        "security/test_flood.py::test_a_flood_from_one_person_slows_another_less_than_twice",
        "security/test_flood.py::test_a_flood_of_pages_slows_another_less_than_twice",
        "security/test_flood.py::test_a_flood_of_who_is_signed_out_slows_another_less_than_twice",
        "wire/test_commands.py::test_a_frame_has_room_for_the_longest_turn",
    ),
    "S2": (
        "Control bytes split the headers of the upgrade.",
        "server/test_requests.py::test_s02_a_control_byte_in_a_header_is_a_bad_request",
        "server/test_requests.py::test_s02_so_is_a_control_byte_in_the_address",
        "server/test_requests.py::test_s02_a_header_that_could_be_read_in_two_ways_is_a_bad_request",
    ),
    "S3": (
        "One request sees another's session.",
        f"{SOCKETS}test_s03_two_people_at_once_never_see_each_others_session",
    ),
    "S4": (
        "A stream can be read by its id.",
        f"{SOCKETS}test_s04_a_run_of_anothers_is_not_there_in_any_state",
        "security/test_permissions.py::test_each_role_may_say_what_the_table_says",
    ),
    "S5": (
        "A replay is not bound to its stream.",
        f"{SOCKETS}test_s05_a_position_of_one_run_yields_nothing_of_another",
        f"{SOCKETS}test_s05_rows_of_a_live_run_are_read_without_anothers",
    ),
    "S6": (
        "Any conversation's id is taken.",
        f"{SOCKETS}test_s06_nobody_says_into_what_is_anothers",
        "security/test_permissions.py::test_each_role_may_do_what_the_table_says",
    ),
    "S7": (
        "What a person may do is asked once, at the connect.",
        f"{STANDING}test_s07_live_sockets_follow_the_account",
        f"{STANDING}test_s07_what_writes_for_who_is_shut_out_stops",
        "chat/test_socket.py::test_s07_every_command_asks_again_whether_its_person_may_be_here",
        "chat/test_two_processes.py::test_s07_a_socket_at_b_follows_what_was_done_at_a",
    ),
    "S8": (
        "Who may read may write.",
        f"{SHARES}test_s8_a_reader_of_a_share_cannot_write",
        f"{SOCKETS}test_s08_who_reads_a_share_writes_nothing_by_it",
    ),
    "S9": (
        "A handshake can be replayed.",
        f"{STANDING}test_s09_a_session_that_was_ended_opens_no_socket",
        f"{STANDING}test_s09_a_handshake_of_anothers_that_is_sent_again_opens_nothing_of_theirs",
    ),
    "S10": (
        "The socket's Origin is not looked at.",
        f"{SOCKETS}test_s10_a_page_of_another_site_opens_no_socket",
        "test_same_origin.py::test_another_port_scheme_or_name_is_another_site",
    ),
    "S11": (
        "Something is done before it is checked whether it may be.",
        f"{SOCKETS}test_s11_a_refused_delete_leaves_the_run_running",
    ),
    "S12": (
        "Shared once, and readable everywhere and for ever.",
        f"{SHARES}test_s12_a_share_is_a_copy_from_then",
        f"{SHARES}test_s12_a_share_is_not_guessable_and_its_link_is_not_stored",
        f"{SHARES}test_s12_a_share_ends_when_it_is_revoked",
        f"{SHARES}test_s12_a_share_is_not_indexed_and_tells_nobody_its_link",
    ),
    "S15": (
        "Cleaned before it was rendered.",
        f"{HOSTILE}test_s15_no_hostile_text_runs_fetches_or_leaves_its_message",
    ),
    "S16": (
        "HTML or SVG of a person's is served by our origin.",
        f"{HOSTILE}test_s16_a_page_or_drawing_in_an_answer_is_saved_and_never_opened",
    ),
    "S17": (
        "An event of the model server's ran as script.",
        f"{HOSTILE}test_s17_what_no_chat_knows_in_a_stream_is_dropped",
        f"{HOSTILE}test_s17_hostile_reasoning_and_titles_do_nothing_either",
    ),
    "S18": (
        "A prompt is put in as HTML.",
        f"{HOSTILE}test_s18_what_is_pasted_and_stored_is_text",
    ),
    "S19": (
        "An image fetches a secret address.",
        f"{HOSTILE}test_s19_an_image_is_a_link_and_is_never_fetched",
    ),
    "S20": (
        "The server fetches an address that a person gave.",
        f"{SOCKETS}test_s20_no_address_that_a_person_gives_is_fetched",
        "security/test_connections.py::test_s20_no_page_file_or_import_connects_to_anything",
    ),
    "S21": (
        "What looks an address over reads it otherwise than what fetches it.",
        f"{SOCKETS}test_s21_nor_one_that_can_be_read_in_two_ways",
    ),
    "S22": (
        "A fetch is led on to another address.",
        "backends/test_failures.py::test_s22_a_redirect_is_refused_and_never_followed",
    ),
    "S23": (
        "An address means this machine in another way.",
        f"{SOCKETS}test_s23_nor_one_that_means_this_machine_in_another_way",
    ),
    "S26": (
        "Slashes lead to another site.",
        "accounts/test_sign_in.py::test_s26_sign_in_leads_to_no_other_site",
        "accounts/test_sign_in.py::test_s26_who_is_signed_in_already_is_led_to_no_other_site",
        "accounts/test_oidc.py::test_s26_it_leads_to_no_other_site",
        "languages/test_choice.py::test_s26_a_choice_of_language_leads_to_no_other_site",
    ),
    "S27": (
        "One jar of cookies for all model servers.",
        "backends/test_network.py::test_s27_a_servers_cookies_are_never_sent_back",
        "backends/test_h2o.py::test_s27_two_runs_never_share_a_session",
    ),
    "S28": (
        "A missing field ends the process.",
        "security/test_fuzz.py::test_s28_no_command_makes_the_server_stumble",
        "security/test_fuzz.py::test_s28_no_address_makes_the_site_stumble",
    ),
    "S29": (
        "Who comes first is admin, and so are two at once.",
        f"{OWNER}test_s29_of_many_at_once_one_becomes_owner",
        f"{OWNER}test_s29_nobody_becomes_owner_without_the_token",
        f"{OWNER}test_a_link_dies_at_its_first_use",
    ),
    "S30": (
        "A token in an address is logged.",
        f"{SHARES}test_s30_no_log_tells_a_link",
        f"{OWNER}test_the_token_is_in_no_log_whatever_happens",
        f"{OWNER}test_a_link_dies_after_an_hour",
        "server/test_access_log.py::test_each_request_is_one_line_without_its_secrets",
    ),
    "S31": (
        "A traceback tells keys and messages.",
        "security/test_canaries.py::test_s31_what_lets_somebody_in_is_looked_for_in_every_log",
        "security/test_canaries.py::test_s31_nothing_that_is_taken_along_tells_a_secret",
        "security/test_canaries.py::test_s31_a_log_of_everything_tells_no_secret_either",
        "security/test_canaries.py::test_s31_a_page_of_an_error_tells_no_secret",
        "security/test_canaries.py::test_s31_a_fault_amid_a_form_tells_no_password",
        "security/test_canaries.py::test_s31_no_log_tells_a_key_a_session_or_a_prompt",
    ),
    "S32": (
        "A negative or huge parameter reaches the model.",
        "wire/test_parameters.py::test_s32_every_parameter_is_bounded",
        "wire/test_parameters.py::test_s32_every_parameter_has_its_bounds_tried_here",
        "chat/taking/test_imports.py::test_parameters_that_no_server_may_get_are_not_kept",
    ),
    "S33": (
        "The model server fetches addresses of the prompt.",
        f"{SOCKETS}test_s33_an_address_in_a_prompt_goes_upstream_as_words",
    ),
    "S34": (
        "The sizes of tokens can be read through TLS.",
        "security/test_line.py::test_s34_words_are_gathered_and_padding_hides_their_lengths",
    ),
    "S35": (
        "A cell of an export runs as a formula.",
        "security/test_cells.py::test_s35_no_module_writes_cells_that_a_spreadsheet_runs",
    ),
    "S36": (
        "A search finds what is another's.",
        "search/test_find.py::test_s36_nobody_finds_what_is_not_theirs_however_alike_it_is",
        "search/test_find.py::test_deleted_and_temporary_conversations_are_never_found",
    ),
}

MISSING = {13, 14, 24, 25}  # no rows of the list


def test_all_of_them_are_here():
    assert list(HOLES) == [f"S{number}" for number in range(1, 37) if number not in MISSING]


@pytest.mark.parametrize("hole", HOLES)
def test_each_has_a_test_by_its_name(hole):
    number = int(hole.removeprefix("S"))
    names_of_it = {f"test_s{number:02}_", f"test_s{number}_"}
    named = [test.split("::")[1] for test in HOLES[hole][1:]]
    assert any(name.startswith(tuple(names_of_it)) for name in named)


@pytest.mark.parametrize("hole", HOLES)
def test_each_has_tests_that_exist(hole):
    for test in HOLES[hole][1:]:
        path, name = test.split("::")
        assert name in names(PROJECT / "tests" / path), f"{hole} has lost {test}"
