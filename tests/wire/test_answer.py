from chat.wire.answer import Answer
from chat.wire.deltas import Delta, Reasoning, Text


def said(*pieces: str) -> list[Delta]:
    """What an answer of text pieces gives."""
    answer, deltas = Answer(), list[Delta]()
    for piece in pieces:
        answer.add_text(piece, deltas)
    answer.close(deltas)
    return deltas


def test_a_piece_is_given_as_it_comes():
    assert said("Hello", "", " Grüße", " 😀") == [Text("Hello"), Text(" Grüße"), Text(" 😀")]


def test_a_character_in_two_pieces_is_joined():
    assert said("a", "b\ud83d", "\ude00c") == [Text("a"), Text("b"), Text("😀c")]


def test_half_a_character_at_the_end_is_replaced():
    assert said("a", "\ud83d") == [Text("a"), Text("\ufffd")]


def test_half_a_character_is_replaced_where_it_stood():
    assert said("a", "\ud83d", "b") == [Text("a"), Text("\ufffdb")]


def test_nul_is_replaced():
    assert said("a", "b\0") == [Text("a"), Text("b\ufffd")]


def test_tagged_reasoning_is_kept_apart():
    assert said("<th", "ink>a\ud83d", "\ude00</think>", "\nb") == [
        Reasoning("a"),
        Reasoning("😀"),
        Text("b"),
    ]


def test_reasoning_of_its_own_is_mended_apart_from_the_text():
    answer, deltas = Answer(), list[Delta]()
    answer.add_reasoning("\ud83d", deltas)
    answer.add_text("a\ud83d", deltas)
    answer.add_reasoning("\ude00", deltas)
    answer.add_reasoning("\ud83d", deltas)
    answer.close(deltas)
    assert deltas == [Text("a"), Reasoning("😀"), Reasoning("\ufffd"), Text("\ufffd")]
