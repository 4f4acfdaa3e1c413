"""A small installation with one of everything, made through the real doors, and an example of every page of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import requests

from alerts import reading as alerts
from alerts import service as cases
from alerts.notices import choices as notice_choices
from alerts.notices import endpoints, trials
from alerts.notices.rules import Choices
from alerts.promises import reading as promise_reading
from alerts.promises.flow import MakePromise
from alerts.reading import CaseView
from alerts.settling.links import path_of
from alerts.silences import writing as silences
from feedback_engine.app import program_files
from feedback_engine.directory import service as directory
from feedback_engine.directory.views import PartnerView, StaffView
from feedback_engine.foundation.definitions import load
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor
from feedback_engine.outer_loop import reading as outer_loop
from feedback_engine.outer_loop import service as initiatives
from tests.alerts.furnished_thread import furnish_thread
from tests.browser.people import links_of
from tests.directory import builders
from tests.installation import Installation, cloud_event

PAGES: Mapping[str, tuple[str, ...]] = {
    "/": ("/", "/?days=365"),
    "/account": ("/account",),
    "/account/notices": ("/account/notices",),
    "/admin": ("/admin",),
    "/admin/keys/new": ("/admin/keys/new",),
    "/admin/notices": ("/admin/notices", "/admin/notices?view=given_up"),
    "/admin/staff/<uuid:staff_id>": ("/admin/staff/{dana}", "/admin/staff/{gone}"),
    "/admin/staff/new": ("/admin/staff/new",),
    "/admin/unmatched-mail": ("/admin/unmatched-mail", "/admin/unmatched-mail?state=settled"),
    "/admin/webhooks": ("/admin/webhooks",),
    "/admin/webhooks/<uuid:endpoint_id>": ("/admin/webhooks/{webhook}",),
    "/c/<token>": ("{settle}?a=no", "{italian_settle}", "{disputed_settle}", "/c/forged"),
    "/cases/<ref>": (
        "/cases/{open_case}",
        "/cases/{closed_case}?view=closed",
        "/cases/{thanks_case}",
        "/cases/{disputed_case}",
    ),
    "/cases/<ref>/mediation": ("/cases/{disputed_case}/mediation",),
    "/contacts/<uuid:contact_id>": ("/contacts/{contact}", "/contacts/{stopped_contact}"),
    "/docs": ("/docs",),
    "/docs/<key>": ("/docs/cases", "/docs/operating", "/docs/notices", "/docs/benchmarks", "/docs/changelog"),
    "/import": ("/import",),
    "/import/<uuid:upload_id>": ("/import/{planned_upload}", "/import/{done_upload}"),
    "/import/<uuid:upload_id>/columns": ("/import/{new_upload}/columns",),
    "/inbox": ("/inbox", "/inbox?view=team", "/inbox?view=closed", "/inbox?view=team&severity=high&q=alder"),
    "/initiatives": ("/initiatives",),
    "/initiatives/<ref>": ("/initiatives/{initiative}",),
    "/initiatives/themes/<uuid:theme_id>": ("/initiatives/themes/{theme}",),
    "/journeys": ("/journeys", "/journeys?view=table"),
    "/journeys/<journey>/<touchpoint>": (
        "/journeys/sales_cycle/deal.registration_decided",
        "/journeys/support/ticket.closed",
    ),
    "/launch": ("/launch",),
    "/my": ("/my",),
    "/outbox": ("/outbox", "/outbox?state=sent"),
    "/outbox/<uuid:mail_id>": ("/outbox/{mail}", "/outbox/{waiting_mail}"),
    "/outbox/<uuid:mail_id>/html": ("/outbox/{mail}/html", "/outbox/{waiting_mail}/html"),
    "/partner/<uuid:partner_id>/contacts": ("/partner/{partner_id}/contacts",),
    "/partner/<uuid:partner_id>/edit": ("/partner/{partner_id}/edit",),
    "/partner/<uuid:partner_id>/event": ("/partner/{partner_id}/event",),
    "/partner/<uuid:partner_id>/merge": (
        "/partner/{partner_id}/merge",
        "/partner/{partner_id}/merge?into=kestrel",
        "/partner/{partner_id}/merge?into=tagus",
    ),
    "/partner/new": ("/partner/new",),
    "/partners": ("/partners", "/partners?q=nobody+of+this+name"),
    "/partners/<path:key>": ("/partners/{partner}", "/partners/{bare_partner}"),
    "/program": ("/program",),
    "/program/alerts/bench": ("/program/alerts/bench?days=365",),
    "/program/alerts/bench/rule": ("/program/alerts/bench/rule",),
    "/r/<token>": ("{receipt}", "{italian_receipt}", "/r/forged"),
    "/s/<token>": ("{survey}?a=3", "{italian_survey}", "{arabic_survey}", "{answered_survey}", "/s/forged"),
    "/s/<token>/not-now": ("{survey}/not-now", "{arabic_survey}/not-now"),
    "/sampling": ("/sampling",),
    "/sampling/explain": ("/sampling/explain", "/sampling/explain?email=ines@tagus.example"),
    "/sign-in": ("/sign-in",),
    "/sign-in/<token>": ("/sign-in/{sign_in}", "/sign-in/forged"),
    "/silences": ("/silences", "/silences?partner=quill"),
    "/style": ("/style",),
    "/surveys": ("/surveys",),
    "/surveys/<key>": ("/surveys/sales_cycle",),
    "/surveys/<key>/mail": ("/surveys/sales_cycle/mail", "/surveys/sales_cycle/mail?l=ar"),
    "/surveys/<key>/page": ("/surveys/sales_cycle/page",),
    "/team": ("/team",),
    "/handover": ("/handover",),
    "/transfers": ("/transfers", "/transfers?from={dana}&to={luis}", "/transfers?to={luis}&partners=nowhere"),
    "/u/<token>": ("{stop}", "{italian_stop}"),
    "/waves": ("/waves",),
    "/waves/<key>": ("/waves/{draft_wave}", "/waves/{sent_wave}"),
    "/waves/new": ("/waves/new",),
}
"""Addresses of each page, by its rule in the URL map; words in braces stand for what `furnish` made."""

NOT_PAGES = (
    "/api/",  # for programs
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/import/<uuid:upload_id>/refused.csv",  # a download
    "/cases/<ref>/files/",  # downloads too
    "/cases/<ref>/meetings/",
    "/admin/unmatched-mail/",
    "/find",  # leads on
)
"""Where rules begin that lead to no page."""

GONE = ("/s/forged", "/r/forged", "/c/forged", "/sign-in/forged")
"""Addresses whose page says, with status 404, that there is nothing."""

_ARABIC = "ما مدى احتمال أن توصي زميلًا لك بالعمل معنا؟"
_SURVEY = "surveys/sales_cycle.yaml"

PEOPLE = (
    # partner, name, score, root cause ("" stays open, None says nothing)
    ("tagus", "Tagus Freight Systems", 3, "slow_decision"),
    ("kestrel", "Kestrel Networks", 2, "slow_decision"),
    ("baltic", "Baltic Edge", 4, "slow_decision"),
    ("corvid", "Corvid Cloudworks", 6, "channel_conflict"),
    ("harbour", "Harbour Logistics and Warehousing of the Upper Rhine Valley", 1, "channel_conflict"),
    ("lumen", "Lumen Integrators", 5, "channel_conflict"),
    ("alder", "Alder Partners", 0, ""),
    ("vela", "Vela Software", 10, ""),
    ("quill", "Quill Software", 8, None),
)
NAMES = (
    *(name for _, name, *_ in PEOPLE),
    *(
        "Priya Raman",
        "Henrik Solberg",
        "Dana Keller",
        "Luis Ferro",
        "Aoife Byrne",
        "Giulia Ricci",
        "Inês Carvalho",
        "Kai Lang",
    ),
    *("Alliances", "Autumn reading", "Spring reading", "Deal desk decides in 3 days", "Data warehouse", "CRM"),
    *("Deal registration decided", "Quarterly review held", "Quote delivered", "Deal closed", "Ticket closed"),
    *("Sales cycle", "Deal registration", "Platinum", "Gold", "Silver", "EMEA", "sales manager"),
)
"""Names of partners, people, touchpoints and whatever else somebody may call as they like."""

_CHOSEN = re.compile(r'<select[^>]* name="(column/\d+)".*?<option value="([^"]*)" selected>', re.DOTALL)
_DIGEST = re.compile(r'name="digest" value="([^"]+)"')
CHAT = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
ASKED = {
    "settle": "tagus",
    "italian_settle": "lumen",
    "disputed_settle": "harbour",
}
"""The pages that ask whether a case is settled, by whose case it is."""

LETTER = cases.Letter(
    "Your request waited six days for one reviewer on leave. Nobody stood in for him.",
    "Every registration has a second reviewer after two days. The deal itself we could not bring back.",
)
COMMENT = "Nine working days for a yes. By then the customer had signed with somebody else, and nobody had told us why."


def furnish(installation: Installation) -> dict[str, str]:
    """Fill an installation without content; returns the words for the braces of PAGES.

    Priya is its admin. Dana answers for every partner but one, Luis for none, Aoife only looks.
    """
    starter = program_files.starter_texts()
    installation.publish({**starter, _SURVEY: _in_arabic_too(starter[_SURVEY])})
    staff = _staff(installation)
    partners = _partners(installation, staff["dana"])
    _answer_all(installation)
    names = {
        **{name: str(member.id) for name, member in staff.items()},
        "partner": "tagus",
        "partner_id": str(partners["tagus"].id),
        "bare_partner": "bare",
        **_contacts(installation, partners["tagus"]),
        **_links(installation),
        **_work_on_cases(installation, staff["dana"], partners),
        **furnish_thread(installation, staff["dana"], partners["tagus"]),
        **_outer_loop(installation, staff["henrik"]),
        **_waves(installation),
        **_uploads(installation),
        **_outbox(installation),
    }
    _silence(installation, staff["dana"])
    # Somebody who may be invited to a call, by another clock and in a language of which mail about calls has no text.
    abroad = {"name": "Kai Lang", "role": "engineer", "language": "de", "time_zone": "Asia/Tokyo"}
    builders.contact(installation.engine, partners["tagus"], "kai@tagus.example", **abroad)
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        names["sign_in"] = directory.issue_sign_in_link(uow, installation.engine.keys, staff["aoife"].id)
        names["webhook"] = str(cases.add_endpoint(uow, "CRM", installation.hooks.url, allow_private=True).id)
        directory.add_api_key(uow, "Data warehouse", ["responses:read", "decisions:read"])
    _notices(installation, staff["priya"], UUID(names["webhook"]))
    return names


def _in_arabic_too(text: str) -> str:
    """A survey that can be read from right to left as well."""

    def add(value: Any) -> Any:
        if isinstance(value, dict):
            added = {"ar": _ARABIC} if {"en", "it"} <= value.keys() else {}
            return {key: add(inner) for key, inner in value.items()} | added
        return [add(inner) for inner in value] if isinstance(value, list) else value

    return program_files.to_yaml(add(load(text, name=_SURVEY).value))


def _notices(installation: Installation, admin: StaffView, webhook_id: UUID) -> None:
    """The admin has chosen how to be told and has a chat and a webhook; a test has reached the program that listens."""
    with installation.engine.work.begin(actor=Actor("staff", str(admin.id), admin.name)) as uow:
        topics = {"new_case": "digest", "moved": "off"}
        chosen = Choices(admin.time_zone, topics, "weekly", quiet_from=20 * 60, quiet_until=7 * 60)
        notice_choices.save_choices(uow, admin.id, chosen)
        notice_choices.add_chat(uow, admin.id, CHAT, ("slack",), allow_private=False)
        endpoints.set_own_endpoint(uow, admin.id, installation.hooks.url, allow_private=True)
    trials.try_endpoint(installation.engine, SYSTEM, webhook_id)


def addresses_of(rule: str, names: Mapping[str, str]) -> list[str]:
    """The example addresses of a page."""
    return [address.format(**names) for address in PAGES[rule]]


def _staff(installation: Installation) -> dict[str, StaffView]:
    team = builders.team(installation.engine, "Alliances")
    made = {
        "priya": installation.staff("Priya Raman", "admin", time_zone="Europe/Rome"),
        "henrik": installation.staff("Henrik Solberg", "program_owner"),
        "dana": installation.staff("Dana Keller", "alliance_manager", team=team, time_zone="Europe/Rome"),
        "luis": installation.staff("Luis Ferro", "alliance_manager"),
        "aoife": installation.staff("Aoife Byrne", "viewer"),
        "gone": installation.staff("Gone Away", "viewer"),
        "giulia": installation.staff("Giulia Ricci", "admin", locale="it", time_zone="Europe/Rome"),
    }
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        directory.disable_staff(uow, made["gone"].id)
    return made


def _partners(installation: Installation, dana: StaffView) -> dict[str, PartnerView]:
    engine = installation.engine
    made = {}
    for number, (key, name, _, _) in enumerate(PEOPLE):
        fields = {"name": name, "kind": "channel", "tier": ("Platinum", "Gold", "Silver")[number % 3], "region": "EMEA"}
        made[key] = builders.partner(engine, key, country="PT", time_zone="Europe/Lisbon", **fields)
        language = {"kestrel": "ar", "lumen": "it"}.get(key, "en")
        person = {"name": "Inês Carvalho", "role": "sales manager", "phone": "+351 21 555 0142", "language": language}
        builders.contact(engine, made[key], email_of(key), **person)
    builders.owned(engine, dana, *made.values())
    builders.partner(engine, "bare", name="Bare Ltd")
    return made


def email_of(partner: str) -> str:
    """The address of the one who answers at a partner."""
    return f"ines@{partner}.example"


def _answer_all(installation: Installation) -> None:
    """Everybody is asked about a deal, and all but Quill answer."""
    key = installation.api_key("events:write")
    for number, (partner, *_) in enumerate(PEOPLE):
        event = cloud_event(number, partner, email_of(partner), installation.clock.now(), hours_to_decide=216.5)
        installation.post_event(key, event)
    installation.settle()
    installation.later(minutes=61)
    for partner, _, score, cause in PEOPLE:
        if cause is not None:
            form = {
                "q-nps": str(score),
                "q-comment": COMMENT if score < 7 else "",
                "q-call": "yes" if score == 0 else "",
            }
            answer = requests.post(link_to(installation, partner, "/s/"), form, timeout=30)
            assert answer.status_code == 200, answer.text
    installation.settle()


def link_to(installation: Installation, partner: str, beginning: str) -> str:
    """The first link of the mail to a partner whose path begins like this, without its query."""
    mail = installation.letters(email_of(partner))[0]
    found = next(link for link in links_of(mail) if urlsplit(link).path.startswith(beginning))
    return found.partition("?")[0]


def _contacts(installation: Installation, tagus: PartnerView) -> dict[str, str]:
    stopped = builders.contact(installation.engine, tagus, "bo@tagus.example", name="Bo", role="engineer")
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        directory.suppress(uow, stopped.person, directory.ALL, "opted_out")
        asked = directory.upsert_contact(
            uow, installation.engine.keys, tagus, directory.read_contact({"email": email_of("tagus")})
        )
    return {"contact": str(asked.id), "stopped_contact": str(stopped.id)}


def _links(installation: Installation) -> dict[str, str]:
    """The partner pages: Quill has not answered; the others see what they said."""
    paths = {}
    for name, partner, beginning in (
        ("survey", "quill", "/s/"),
        ("italian_survey", "lumen", "/s/"),
        ("arabic_survey", "kestrel", "/s/"),
        ("answered_survey", "tagus", "/s/"),
        ("stop", "quill", "/u/"),
        ("italian_stop", "lumen", "/u/"),
    ):
        paths[name] = urlsplit(link_to(installation, partner, beginning)).path
    for name, partner in (("receipt", "tagus"), ("italian_receipt", "lumen")):
        form = {"q-nps": "3", "q-comment": COMMENT}
        receipt = requests.post(link_to(installation, partner, "/s/"), form, timeout=30).url
        paths[name] = urlsplit(receipt).path
    return paths


def _work_on_cases(installation: Installation, dana: StaffView, partners: Mapping[str, PartnerView]) -> dict[str, str]:
    """Two hours later Dana talks to those whose case has a cause, then closes it; she leaves the others alone."""
    installation.later(hours=2)
    by, work = Actor("staff", str(dana.id), dana.name), installation.engine.work
    with work.read() as reading:
        rows = alerts.cases_of_partners(reading, [partner.id for partner in partners.values()], limit=50)
    by_partner = {case.partner.key: case for case in rows}
    for partner, _, _, cause in PEOPLE:
        if cause:
            case = by_partner[partner]
            promised = MakePromise("The list of prices", _in_a_week(installation)) if partner == "tagus" else None
            words = "They accept a decision in three days."
            cases.log_contact(work, by, case.id, text=words, sentiment="relieved", promised=promised)
            installation.later(minutes=65)  # the mail of the case before leaves
            letter = LETTER if partner in ASKED.values() else None
            cases.close(work, by, case.id, outcome="settled", root_cause=cause, text="Agreed.", letter=letter)
    _promise(installation, by, by_partner)
    installation.settle()
    refs = {"open_case": "alder", "closed_case": "tagus", "thanks_case": "vela", "disputed_case": "harbour"}
    names = {name: by_partner[partner].ref for name, partner in refs.items()}
    return names | _replies(installation, {name: by_partner[partner].id for name, partner in ASKED.items()})


def _replies(installation: Installation, asked: Mapping[str, UUID]) -> dict[str, str]:
    """The pages on which partners say whether it is settled: one has said no."""
    engine = installation.engine
    with engine.work.read() as reading:
        keys = {name: alerts.case_views(reading, [case_id])[case_id].settlement_id for name, case_id in asked.items()}
    paths = {name: path_of(engine.keys, key) for name, key in keys.items() if key is not None}
    words = {"verdict": "no", "words": "Three days were agreed, and it took nine again."}
    answer = requests.post(installation.address + paths["disputed_settle"], words, timeout=30)
    assert answer.status_code == 200, answer.text
    installation.settle()
    return paths


def _in_a_week(installation: Installation) -> date:
    return installation.clock.now().date() + timedelta(days=7)


def _promise(installation: Installation, by: Actor, by_partner: Mapping[str, CaseView]) -> None:
    """Of two promises in an open case, one was kept."""
    work, due_on = installation.engine.work, installation.clock.now().date() + timedelta(days=3)
    for text in ("A yes or no to the registration", "Somebody who stands in for Dana"):
        cases.promise(work, by, by_partner["alder"].id, text, due_on)
    with work.read() as reading:
        kept = promise_reading.promises_of_case(reading, by_partner["alder"].id)[0]
    cases.settle_promise(work, by, kept.case_id, kept.id, "kept")


def _silence(installation: Installation, dana: StaffView) -> None:
    """Quill moves house, and Dana keeps its alerts quiet for a while."""
    until = installation.clock.now() + timedelta(days=20)
    with installation.engine.work.begin(actor=Actor("staff", str(dana.id), dana.name)) as uow:
        silences.add_silence(uow, dana, silences.NewSilence("quill", "", "", until, "They move house until April."))


def _outer_loop(installation: Installation, henrik: StaffView) -> dict[str, str]:
    """One theme has become an initiative that was started, the other waits."""
    work = installation.engine.work
    with work.read() as reading:
        themes = {theme.root_cause: theme.id for theme in outer_loop.open_themes(reading)}
    proposal = initiatives.Proposal("Deal desk decides in 3 days", "Partners lose customers.", "Deal desk", henrik.id)
    with work.begin(actor=SYSTEM) as uow:
        accepted = initiatives.accept_theme(uow, themes["slow_decision"], proposal)
        initiatives.move(uow, accepted.ref, accepted.revision, "started", "A second person joins the deal desk.")
    return {"initiative": accepted.ref, "theme": str(themes["channel_conflict"])}


def _waves(installation: Installation) -> dict[str, str]:
    """One wave is being prepared, one was sent and waits in the hold."""
    browser = installation.signed_in("henrik@northwind.example")
    names = {"draft_wave": "Autumn reading", "sent_wave": "Spring reading"}
    keys = {key: installation.make_wave(browser, name, "qbr.held") for key, name in names.items()}
    installation.press(browser, f"/waves/{keys['sent_wave']}/send")
    installation.settle()
    return keys


def _uploads(installation: Installation) -> dict[str, str]:
    """Priya has imported one file, looked at what a second would change, and just chosen a third."""
    browser = installation.signed_in("priya@northwind.example")
    names = {}
    for number, name in enumerate(("done_upload", "planned_upload", "new_upload")):
        row = f"Tern Cloudworks {number},tess{number}@tern.example,Tom Nobody,x"
        rows = f"Partner,E-mail,Owner,Note\n{row}\nZephyr,zoe@,,\n"
        page = installation.press(browser, "/import", files={"file": ("partners.csv", rows)})
        names[name] = urlsplit(page.url).path.split("/")[2]
        if name != "new_upload":
            columns = dict(_CHOSEN.findall(page.text))
            page = installation.press(browser, f"/import/{names[name]}/columns", **columns)
        if name == "done_upload":
            digest = _DIGEST.search(page.text)
            assert digest is not None
            installation.press(browser, f"/import/{names[name]}", digest=digest[1])
    return names


def _outbox(installation: Installation) -> dict[str, str]:
    """An invitation that has left, and a mail that waits."""
    with installation.engine.work.read() as reading:
        sent = [mail for mail in queue.recent(reading, "sent") if mail.kind == "invitation"]
        [*_, waiting] = queue.recent(reading, "queued")
    return {"mail": str(sent[0].id), "waiting_mail": str(waiting.id)}
