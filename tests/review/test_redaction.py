"""What is personal is found, and what only looks so is left: in English and in Russian."""

import re
import time
from random import Random

import pytest

from review.redaction import Redactor
from review.telephones import PROVEN

NAMES = ("Ivan Petrov", "Мария Кузнецова", "Алексей", "acme", "Elodie")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to jane.doe+lists@mail.example.org.", "Write to [mail]."),
        ("Почта: иван@пример.рф, пишите", "Почта: [mail], пишите"),
        ("Call +44 20 7946 0958 or (650) 253-0000!", "Call [phone] or [phone]!"),
        ("Звоните 8 (912) 345-67-89 или +7 495 123-45-67.", "Звоните [phone] или [phone]."),
        ("card 4111 1111 1111 1111, or 5500-0000-0000-0004", "card [card], or [card]"),
        ("Карта 2200123456789019 в банке", "Карта [card] в банке"),
        ("card 4111.1111.1111.1111.", "card [card]."),
        ("o'brien@example.com, 'ann@example.com'", "[mail], '[mail]'"),
        (
            "SSN 536-90-4399, СНИЛС 112-233-445 95, ИНН 500100732259.",
            "SSN [id], СНИЛС [id], ИНН [id].",
        ),
        ("IBAN DE89 3704 0044 0532 0130 00 bitte", "IBAN [iban] bitte"),
        ("to GB82WEST12345698765432.", "to [iban]."),
        ("from 203.0.113.7 and 2001:db8::8a2e:370:7334", "from [ip] and [ip]"),
        ("https://bob:hunter2@example.org/x", "https://[secret]@example.org/x"),
        ("postgres://app:p%40ss@db/main", "postgres://[secret]@db/main"),
        ("Ask Ivan Petrov, not Ivan.", "Ask [name], not Ivan."),
        ("Письмо Марии Кузнецовой от Алексея", "Письмо [name] от [name]"),
        ("Ivan Petrov Ivan Petrov, Élodie Ivan\nPetrov", "[name] [name], [name] [name]"),
        ("At ACME or Acme's shop", "At [name] or [name]'s shop"),
    ],
)
def test_personal_data_is_masked(text, masked):
    assert Redactor(names=NAMES).mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "On 2026-03-01 at 12:30:45 it was 1772366400000 ms.",
        "Order 4111 1111 1111 1112 is no card, nor is 3.14159265358979323846.",
        "Version v1.2.3.4 and 999.1.1.1; localhost is 127.0.0.1 or ::1.",
        "std::vector<int> and a::b, at 10:20.",
        "DE00 3704 0044 0532 0130 00 has a wrong check digit.",
        "@decorator, user@, a @ b, and see https://example.org/@bob.",
        "for i in range(1000000): total += 12345678",
        "В 2026 году население 146 028 325 человек, ГОСТ 7.32-2017.",
        "Иван и алексей: имя с маленькой буквы не имя из списка.",
        "Part 000-12-3456 and 112-233-445 96; 500100732258 is none, nor 1.500100732259.",
        "Число 1234567 и номер 100500.",
    ],
)
def test_what_only_looks_personal_stays(text):
    assert Redactor(names=NAMES).mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("tel:+55-11-2345-6789 8 (808) 123-45-67.", "tel:[phone] [phone]."),
        ("4111 1111 1111 1111 8 (800) 123-45-67", "[card] [phone]"),
        ("+44 20 7946 0958 4111 1111 1111 1111", "[phone] [card]"),
        ("2 cards: 2 4111 1111 1111 1111 8", "2 cards: 2 [card] 8"),
        (
            "From Moscow 8~10 44 20 7946 0958, within 8 495 123-45-67 доб. 3",
            "From Moscow [phone], within [phone]",
        ),
        ("٨ ٩١٢ ٣٤٥-٦٧-٨٩ or 650-253-0000x12", "[phone] or [phone]"),
    ],
)
def test_a_number_is_found_beside_another(text, masked):
    assert Redactor().mask(text) == masked


def test_numbers_are_of_the_regions_that_are_set():
    text = "020 7946 0958, 11 15 2345-6789, +49 30 123456"
    assert Redactor(("GB",)).mask(text) == "[phone], 11 15 2345-6789, [phone]"
    assert Redactor(("AR",)).mask(text) == "020 7946 0958, [phone], [phone]"
    assert Redactor(()).mask(text) == "020 7946 0958, 11 15 2345-6789, [phone]"
    assert Redactor(("XX",)).mask(text) == Redactor(()).mask(text)


@pytest.mark.parametrize("number", ["8 912 345-67-89", "89123456789", "(650) 253-0000"])
def test_no_number_stays_among_more_than_can_be_proven(number):
    card = "4111 1111 1111 1111"
    masked = Redactor().mask(f"{number} " * 2 * PROVEN + f"{card} {number}, {number}")
    assert not re.search(r"\d", masked)
    assert "[card]" in masked


LONG = 100_000  # characters
PIECES = ["a.", "1 ", "a@", "1:", "DE12 ", "x://", "4-", "Иван ", "89123456789 ", "9123456789/"]
PIECES += [
    "+7 912 345 67 8",
    "2024-01-02 08 ",
    "(912) ",
    "1.1.1.",
    "4111 1111 1111 1112 ",
    "o'",
    "123-45-6789-",
]


@pytest.mark.parametrize("piece", [*PIECES, "".join(Random(1).choices("0123456789 ", k=LONG))])
def test_no_text_takes_long(piece):
    text = (piece * (LONG // len(piece) + 1))[:LONG]
    plain = min(_seconds(lambda: [each for each in text if each == ""]) for _ in range(3))
    assert any(_seconds(lambda: Redactor(names=NAMES).mask(text)) < 400 * plain for _ in range(3))


def _seconds(work):
    began = time.process_time()
    work()
    return time.process_time() - began
