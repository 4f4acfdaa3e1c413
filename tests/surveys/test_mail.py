"""The mail: from a person, first question inside, true plain text, and two ways to end it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.queue import QueuedMail
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import rendering, store
from tests.directory import builders as directory
from tests.surveys import builders as build


def test_the_mail_comes_from_the_owner_and_replies_reach_the_owner(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world)
    (mail,) = build.send_mail(world)
    assert mail["From"] == '"Dana Keller (Northwind)" <partners@northwind.example>'
    assert mail["Reply-To"] == "Dana Keller <dana@northwind.example>"
    assert mail["To"] == "Inês Duarte <ines@acme.example>"
    assert mail["Subject"] == "DR-2291 approved: how did we do?"
    (queued,) = build.rows(engine, "mail")
    assert mail["Message-ID"] == f"<{queued.id.hex}@northwind.example>"


def test_without_an_owner_the_program_signs(engine: Engine) -> None:
    world = build.world(engine)
    lonely = directory.partner(engine, "lonely", name="Lonely")
    contact = directory.contact(engine, lonely, "eve@lonely.example")
    build.invite(build.World(engine, lonely, contact, world.owner, world.version))
    (mail,) = build.send_mail(world)
    assert mail["From"] == "Northwind Alliances <partners@northwind.example>"
    assert mail["Reply-To"] is None
    text, html = build.parts(mail)
    assert "Hello" not in text, "nobody is greeted by a name we do not know"
    assert "the partner team at Northwind" in html


@pytest.mark.parametrize(
    ("sender", "signs"), [("Northwind", ["Northwind"]), ("Partner team", ["Partner team", "Northwind"])]
)
def test_a_program_that_sends_under_its_own_name_signs_with_it_once(
    engine: Engine, sender: str, signs: list[str]
) -> None:
    world = build.world(engine)
    build.program(engine, sender={"name": sender, "email": "partners@northwind.example"})
    lonely = directory.partner(engine, "lonely", name="Lonely")
    contact = directory.contact(engine, lonely, "eve@lonely.example")
    build.invite(build.World(engine, lonely, contact, world.owner, world.version))
    (mail,) = build.send_mail(world)
    text, html = build.parts(mail)
    assert text.split("\n\nNot now")[0].split("\n\n")[-1].splitlines() == signs
    assert re.findall(r">(Partner team|Northwind)<", html) == signs


def test_every_mail_can_be_ended_by_one_click(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    (mail,) = build.send_mail(world)
    stop = world.links.address("unsubscribe", invitation, 0)
    assert mail["List-Unsubscribe"] == f"<{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for part in build.parts(mail):
        assert stop in part


def test_the_first_question_stands_inside_with_eleven_links_in_two_rows(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    (mail,) = build.send_mail(world)
    _, html = build.parts(mail)
    for score in range(11):
        assert f'href="{world.links.address("survey", invitation, 0, a=str(score))}"' in html
        assert f'aria-label="{score} of 10"' in html
    rows = re.findall(r"<tr>(?:<td width.*?</td>)+</tr>", html)
    assert [row.count("<a ") for row in rows] == [6, 5]
    assert html.count("line-height:48px") == 11
    assert "0 = not at all likely" in html
    assert "10 = extremely likely" in html


def test_the_mail_shows_no_picture_and_loads_nothing(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world)
    (mail,) = build.send_mail(world)
    _, html = build.parts(mail)
    tags = _tags(html)
    assert not tags & {"img", "script", "link", "iframe", "form", "object"}
    assert "url(" not in html
    assert 'bgcolor="#ffffff"' in html
    assert 'name="color-scheme" content="light dark"' in html


def test_the_name_of_a_touchpoint_keeps_its_own_direction_in_the_mail(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world)
    (mail,) = build.send_mail(world)
    _, html = build.parts(mail)
    assert "between your company and us: “<bdi>Deal registration approved</bdi>”, 9 March 2026." in html


def test_the_plain_text_says_the_same(engine: Engine) -> None:
    world = build.world(engine)
    invitation = build.invite(world)
    (mail,) = build.send_mail(world)
    text, _ = build.parts(mail)
    for words in (
        "Hello Inês,",
        "It was decided on 9 March 2026.",
        "How likely are you to recommend",
        "(0 = not at all likely, 10 = extremely likely)",
        world.links.address("survey", invitation, 0),
        "Nothing counts until you press Send on the next page. 1 minute, 2 questions, by 23 March 2026.",
        "Dana Keller",
        "Not now: ",
        "Stop these e-mails: ",
        "Why you: this happened between your company and us: “Deal registration approved”, 9 March 2026.",
        "Who reads it: Dana Keller and the partner team at Northwind.",
        "Northwind Alliances, Kade 12, 3011 Rotterdam",
    ):
        assert words in text
    assert "<" not in text
    assert "&amp;" not in text


def test_the_mail_is_written_in_the_contacts_language(engine: Engine) -> None:
    world = build.world(engine, language="it")
    build.invite(world)
    (mail,) = build.send_mail(world)
    text, html = build.parts(mail)
    assert mail["Subject"] == "DR-2291 approvata: come è andata?"
    assert '<html lang="it" dir="ltr">' in html
    assert "Non ora: " in text
    assert "0 = per nulla probabile" in text
    assert "entro il 23 marzo 2026" in text


def test_other_first_questions_are_one_link_a_line_or_one_button(engine: Engine) -> None:
    choice = build.EVERY_TYPE.replace(
        "  - {key: ease, type: ces, text: Northwind made it easy for me to solve my problem.}\n", ""
    )
    choice = choice.replace("  - {key: satisfied, type: csat, text: How satisfied are you?}\n", "")
    world = build.world(engine, choice)
    invitation = build.invite(world, survey="everything")
    (mail,) = build.send_mail(world)
    _, html = build.parts(mail)
    assert world.links.address("survey", invitation, 0, a="portal") in html
    assert "The people" in html


def test_one_mail_that_cannot_be_written_does_not_hold_up_the_others(engine: Engine) -> None:
    world = build.world(engine)
    build.invite(world, 1)
    invitation = build.invite(world, 2)
    with engine.work.read() as reading:
        mails = [_queued(row) for row in build.rows(engine, "mail")]
        rendered = rendering.render(engine, reading, mails)
    assert len(rendered) == 2
    with engine.work.begin(actor=SYSTEM) as uow:
        store.move_invitations(uow, [invitation], ("queued",), {"state": "cancelled", "reason": "x"})
    assert len(build.send_mail(world)) == 1


def _queued(row: object) -> QueuedMail:
    return QueuedMail(**{name: getattr(row, name) for name in QueuedMail.__dataclass_fields__})


def _tags(html: str) -> set[str]:
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)

    Reader().feed(html)
    return found
