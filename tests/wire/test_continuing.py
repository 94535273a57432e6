from chat.wire.continuing import GO_ON, ask_to_go_on
from chat.wire.request import Turn


def test_the_rest_of_an_answer_is_asked_for_in_one_more_turn():
    turns = (Turn("user", "Count."), Turn("assistant", "One, t"))
    assert ask_to_go_on(turns) == (*turns, Turn("user", GO_ON))
