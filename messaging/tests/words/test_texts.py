import pytest

from messaging.words import texts

KNOWN = ["name", "when", "form_link"]


# --- What may be saved ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello {{name}}, see you {{ when }}.",
        "Your booking was cancelled. To stop by, come at the end of the day.",
        "Call us to cancel your visit, or for help.",
        "We start at nine and end at six.",
    ],
)
def test_problems_finds_none_in_plain_words(text):
    assert texts.problems(text, known=KNOWN) == []


def test_problems_names_an_unknown_placeholder_once_and_those_that_are_known():
    (problem,) = texts.problems("Dear {{nam}}, {{ nam }}", known=KNOWN)

    assert problem == "There is no {{nam}}. Known here: {{form_link}}, {{name}}, {{when}}."


@pytest.mark.parametrize("text", ["Hello {{name", "Hello name}}", "Hello {{name}", "{{na{me}}"])
def test_problems_finds_a_placeholder_that_is_not_closed(text):
    assert "A placeholder is not closed: write it as {{name}}." in texts.problems(text, known=KNOWN)


@pytest.mark.parametrize("text", ["{{}}", "{{ }}", "{{name|safe}}", "{{name.pk}}", "{% if name %}{{x}}"])
def test_problems_knows_no_other_template_language(text):
    assert texts.problems(text, known=KNOWN)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Reply STOP to hear nothing more.", "STOP"),
        ("Send CANCEL if you cannot come.", "CANCEL"),
        ("Text “cancel” to call it off.", "CANCEL"),
        ("Please reply with 'help'.", "HELP"),
        ("answer end", "END"),
        ("Reply opt out", "OPT OUT"),
        ("reply opt\nout", "OPT\nOUT"),
        ("Respond UNSUBSCRIBE", "UNSUBSCRIBE"),
        ("Anything but START", "START"),
    ],
)
def test_problems_refuses_words_that_phones_take_as_commands(text, word):
    (problem,) = texts.problems(text, known=KNOWN)

    assert problem.startswith(f"Do not ask for “{word}”")


def test_problems_does_not_take_a_placeholder_for_a_reserved_word():
    assert texts.problems("Reply {{STOP}}", known=["STOP"]) == []


# --- Filling in ---


def test_render_fills_in_and_ends_with_one_line_break():
    assert texts.render("Hello {{name}},\n\n{{ when }}\n\n\n", {"name": "Ada", "when": "Tue"}) == (
        "Hello Ada,\n\nTue\n"
    )


def test_render_leaves_out_a_line_whose_placeholders_are_all_empty_and_the_gap_before_it():
    text = "Hello {{name}},\n\nForm: {{form_link}}\n\nBye"

    assert texts.render(text, {"name": "Ada", "form_link": ""}) == "Hello Ada,\n\nBye\n"


def test_render_keeps_a_line_of_which_something_is_known():
    assert texts.render("{{name}}: {{form_link}}", {"name": "Ada"}) == "Ada:\n"


def test_render_never_evaluates_what_a_value_brings_along():
    rendered = texts.render("Hello {{name}}", {"name": "{{form_link}}", "form_link": "https://form.example/"})

    assert rendered == "Hello { {form_link}}\n"


def test_render_gives_a_value_one_line_without_links():
    values = {"name": "Ada\nBcc: x@y.example\r\nhttps://evil.example/ www.evil.example now"}

    assert texts.render("Hello {{name}}!", values) == "Hello Ada Bcc: x@y.example now!\n"


def test_render_keeps_the_links_that_are_ours():
    values = {"form_link": "https://form.example/a_b", "link": "https://care.example/alerts/1/"}

    assert texts.render("{{form_link}}\n{{link}}", values) == (
        "https://form.example/a_b\nhttps://care.example/alerts/1/\n"
    )


def test_render_line_is_one_line():
    assert texts.render_line("Hello\n  {{name}} ", {"name": "Ada"}) == "Hello Ada"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("Ada  King", "Ada King"),
        ("Ada\x00\x1b[0m", "Ada[0m"),
        ("Ada\u202eadA", "AdaadA"),
        ("Ada\u2028King", "Ada King"),
        ("Free money HTTPS://x.example/?a=b", "Free money"),
        (None, "None"),
        ("Žofie Øre 李", "Žofie Øre 李"),
    ],
)
def test_plain_makes_one_line_without_controls_and_links(value, plain):
    assert texts.plain(value) == plain


# --- What an SMS costs ---


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 0),
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # each takes two places
        ("€" * 80 + "a", 2),
        ("ñ@£Ç\n" * 32, 1),
        ("ş" * 70, 1),
        ("ş" * 71, 2),
        ("ş" * 134, 2),
        ("ş" * 135, 3),
        ("a" * 70 + "’", 2),  # one rarer character makes all of them dear
        ("😀" * 35, 1),  # two places each, as phones count
        ("😀" * 36, 2),
    ],
)
def test_sms_segments_counts_as_providers_charge(text, segments):
    assert texts.sms_segments(text) == segments


def test_rarer_names_what_not_every_phone_knows():
    assert texts.rarer("Ça va – ok? 20 €") == {"–"}
