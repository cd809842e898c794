"""Loading: which scenarios are meant, where documents are found, how a variant is merged, and what a Scenario holds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from simulator.model.data import data_folder
from simulator.model.loading import AS_WRITTEN, Source, discover, from_document, load
from simulator.model.scenarios import Scenario
from simulator.words.clock import from_iso
from simulator.words.errors import InvalidDocuments, LimitReached, UsageError
from simulator.words.vocabulary import Money
from tests.unit.small import SMALLEST

SHIPPED = data_folder("scenarios").parent
PROJECT = Path(__file__).parents[1] / "golden" / "invalid" / "project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the little project that the malformed documents are made of."""
    return Path(shutil.copytree(PROJECT, tmp_path / "project"))


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text).lstrip(), encoding="utf-8")
    return file


def only(path: Path) -> Source:
    (source,) = discover([path], SHIPPED, None)
    return source


def edit(project: Path, name: str, before: str, after: str) -> None:
    (file,) = project.rglob(name)
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def loaded(project: Path, variant: str = "good", seed: int = 1, customers: int = 0) -> Scenario:
    return load(only(project / "scenarios"), variant, seed=seed, customers=customers)


def refusal(project: Path, variant: str = "good") -> str:
    with pytest.raises(InvalidDocuments) as refused:
        loaded(project, variant)
    return str(refused.value)


# ------------------------------------------------------------------------------------------------------ discovering


def test_the_shipped_scenarios_are_found_when_nothing_is_named() -> None:
    found = discover([], SHIPPED, None)
    assert {source.family for source in found} >= {"late-birthday"}
    assert all(source.shown.startswith("scenarios/") for source in found)
    assert "engines" not in {source.family for source in found}


def test_the_current_project_goes_before_the_shipped_scenarios(project: Path) -> None:
    (source,) = discover([], SHIPPED, project)
    assert (source.family, source.name) == ("birthday", "birthday")
    assert source.variants == ("good", "late", "no-cap")
    assert source.title == "A birthday in a shop"
    assert source.shown == "scenarios/birthday/birthday.scenario.yaml"


def test_engines_are_only_run_when_named(project: Path) -> None:
    write(project, "scenarios/engines/real.scenario.yaml", SMALLEST)
    assert [source.family for source in discover([], SHIPPED, project)] == ["birthday"]
    assert [source.family for source in discover([project / "scenarios"], SHIPPED, None)] == ["birthday"]
    assert [source.family for source in discover([project], SHIPPED, None)] == ["birthday"]
    assert [source.family for source in discover(["engines"], SHIPPED, project)] == ["engines"]
    assert [source.family for source in discover([project / "scenarios" / "engines"], SHIPPED, None)] == ["engines"]


@pytest.mark.parametrize("word", ["late-birthday", "late-birthday/late-birthday"])
def test_a_family_or_a_scenario_of_it_is_found_by_name(word: str) -> None:
    found = discover([word], SHIPPED, None)
    assert {source.family for source in found} == {"late-birthday"}


def test_a_file_that_is_named_twice_is_run_once(project: Path) -> None:
    file = project / "scenarios" / "birthday" / "birthday.scenario.yaml"
    assert len(discover([file, project / "scenarios", "birthday"], SHIPPED, project)) == 1


def test_an_unknown_family_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"family 'late-birthdy' \(did you mean 'late-birthday'\?\)"):
        discover(["late-birthdy"], SHIPPED, None)


def test_a_folder_without_scenarios_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no"):
        discover([tmp_path], SHIPPED, None)


def test_all_broken_files_are_told_at_once(project: Path) -> None:
    write(project, "scenarios/a/a.scenario.yaml", "scenari: x\n")
    write(project, "scenarios/b/b.scenario.yaml", "scenario: [\n")
    with pytest.raises(InvalidDocuments) as refused:
        discover([project / "scenarios"], SHIPPED, None)
    assert [problem.place.file for problem in refused.value.problems] == [
        "scenarios/a/a.scenario.yaml",
        "scenarios/b/b.scenario.yaml",
    ]


def test_an_unknown_variant_is_told_with_the_nearest_one(project: Path) -> None:
    with pytest.raises(UsageError, match=r"no variant 'god' \(did you mean 'good'\?\)"):
        load(only(project / "scenarios"), "god")


# --------------------------------------------------------------------------------------------- where documents are


def test_twelve_lines_are_a_scenario(tmp_path: Path) -> None:
    file = write(tmp_path, "welcome.scenario.yaml", SMALLEST)
    assert len([line for line in file.read_text().splitlines() if line]) == 12
    source = only(file)
    assert (source.shown, source.variants) == ("welcome.scenario.yaml", (AS_WRITTEN,))
    scenario = load(source, AS_WRITTEN)
    assert list(scenario.people) == ["anna"]
    assert list(scenario.checks) == ["welcomed"]
    assert scenario.check_places == {"welcomed": "welcome.scenario.yaml:8"}
    assert scenario.end - scenario.start == 3 * 86_400_000
    assert scenario.briefing.programs[0].nodes[0].line == "fixtures/journeys/welcome.journey.yaml:5"


def test_a_document_beside_the_scenario_goes_before_the_project_and_that_before_ours(project: Path) -> None:
    assert loaded(project).organisation.organisation == "A shop"
    text = (project / "fixtures/organisations/shop.organisation.yaml").read_text().replace("A shop", "Another")
    write(project, "scenarios/birthday/shop.organisation.yaml", text)
    assert loaded(project).organisation.organisation == "Another"
    edit(project, "birthday.scenario.yaml", "policy: rules\n", "policy: plain\n")
    edit(project, "birthday.scenario.yaml", "  no-cap:\n    with: {policy.caps.weekly.limit: 9}\n", "")
    assert loaded(project).briefing.policy.caps == {}


def test_everything_may_stand_in_one_file(tmp_path: Path) -> None:
    folder = PROJECT / "fixtures"
    files = sorted(folder.rglob("*.yaml"))
    parts = [file.read_text().replace("\n", f"\nid: {file.name.split('.')[0]}\n", 1) for file in files]
    checks = PROJECT / "scenarios/birthday/birthday.checks.yaml"
    scenario = PROJECT / "scenarios/birthday/birthday.scenario.yaml"
    named = scenario.read_text().replace("\n", "\nid: any-name\n", 1)
    text = "---\n".join([*parts, checks.read_text(), named])
    file = write(tmp_path, "birthday.scenario.yaml", text)
    assert only(file).name == "any-name"
    assert list(load(only(file), "late").violates) == ["greeted"]


def test_two_documents_of_one_id_in_a_file_are_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "x.scenario.yaml", "policy: a\n---\npolicy: b\n---\n" + dedent(SMALLEST).lstrip())
    with pytest.raises(InvalidDocuments, match=r"x\.scenario\.yaml:3:1: .*two documents of kind policy"):
        only(file)


def test_a_plan_may_be_a_table_of_comma_separated_values(project: Path) -> None:
    plan(project, "plan: year.csv")
    write(
        project,
        "fixtures/plans/year.csv",
        """
        campaign,message,from,until,channel
        spring,offer,2026-03-01,2026-04-01,email
        summer,offer,2026-06-01,2026-06-30,email
        """,
    )
    scenario = loaded(project)
    assert list(scenario.campaigns) == ["spring", "summer"]
    assert scenario.campaigns["spring"]["from"] == "2026-03-01"


def plan(project: Path, said: str) -> None:
    edit(project, "birthday.scenario.yaml", "journeys: [birthday]", f"journeys: [campaign]\n{said}")
    write(
        project,
        "fixtures/journeys/campaign.journey.yaml",
        """
        journey: One campaign of the plan
        for_each: campaign in plan
        purpose: marketing
        trigger: {segment: coat-people, from: campaign.from, until: campaign.until}
        steps:
          - wait_until: 10:00 local on campaign.from
          - {send: campaign, channel: campaign.channel}
        """,
    )


def test_a_journey_runs_once_for_each_campaign_of_a_plan(project: Path) -> None:
    plan(project, "plan: year")
    write(
        project,
        "fixtures/plans/year.plan.yaml",
        """
        plan: Two campaigns
        columns: [campaign, from, until, channel]
        campaigns:
          - [offer, 2026-03-01, 2026-04-01, email]
          - [reminder, 2026-06-01, 2026-06-30, email]
        """,
    )
    assert "year.plan.yaml:5:6: there is no message 'reminder'" in refusal(project)
    write(project, "fixtures/messages/reminder.message.yaml", "message: m\ntext: Hello\n")
    first, second = loaded(project).briefing.programs
    assert (first.id, second.id) == ("campaign:offer", "campaign:reminder")
    assert second.journey.trigger.from_ == "2026-06-01"
    assert second.nodes[1].step.send == "reminder"
    assert second.nodes[1].line == "fixtures/journeys/campaign.journey.yaml:7"
    assert second.campaign == {"campaign": "reminder", "from": "2026-06-01", "until": "2026-06-30", "channel": "email"}


def test_a_column_that_the_plan_lacks_is_told(project: Path) -> None:
    plan(project, "plan: {columns: [campaign, from, until], campaigns: [[offer, 2026-03-01, 2026-04-01]]}")
    assert "campaign.journey.yaml:7:31: the plan has no column 'channel'" in refusal(project)


def test_people_are_persons_documents_and_crowds(project: Path) -> None:
    assert list(loaded(project).people) == ["anna", "crowd-0001", "crowd-0002", "crowd-0003"]
    edit(project, "birthday.scenario.yaml", "people: [anna, crowd]", "people: people")
    assert len(loaded(project).people) == 4
    edit(project, "birthday.scenario.yaml", "people: people", "people: [anna, {like: anna, count: 2}]")
    assert list(loaded(project).people) == ["anna", "crowd-0001", "crowd-0002"]
    edit(project, "birthday.scenario.yaml", "[anna, {like: anna, count: 2}]", "[anna, born-29-february]")
    assert list(loaded(project).people) == ["anna", "background-born-29-february"]


def test_an_edge_in_a_variant_is_drawn_around_the_crowd_of_the_scenario(project: Path) -> None:
    edit(project, "birthday.scenario.yaml", "  good:\n", "  good:\n    people: accents\n    story: none\n")
    assert list(loaded(project).people) == ["crowd-accents"]


def test_a_document_of_the_project_is_not_hidden_by_a_person_that_we_bring_along(project: Path) -> None:
    write(project, "fixtures/people/camille.people.yaml", "people: Ours\nzoe: {name: Zoe Example}\n")
    edit(project, "birthday.scenario.yaml", "people: [anna, crowd]", "people: [anna, camille]")
    assert list(loaded(project).people) == ["anna", "zoe"]


def test_one_name_in_two_people_documents_is_refused(project: Path) -> None:
    write(project, "fixtures/people/others.people.yaml", "people: others\nanna: {name: Anna Bianchi}\n")
    said = refusal(project)
    assert "birthday.scenario.yaml:3:10: 'anna' stands in fixtures/people/others.people.yaml and in" in said


# ------------------------------------------------------------------------------------------------------- variants


def test_story_and_faults_are_appended_and_none_empties_them(project: Path) -> None:
    assert [fault.kind for fault in loaded(project, "late").faults] == ["down", "down"]
    assert [fault.target for fault in loaded(project, "late").faults] == ["link", "backend"]
    edit(project, "birthday.scenario.yaml", "  good:\n", "  good:\n    story: none\n    faults: none\n")
    scenario = loaded(project)
    assert (scenario.story, scenario.faults) == ((), ())


def test_organisations_and_policies_merge_by_key(project: Path) -> None:
    edit(
        project,
        "birthday.scenario.yaml",
        "  good:\n",
        "  good:\n"
        "    organisation:\n"
        "      links: {till to crm: absent, crm to helpdesk: {delay: 1 h}}\n"
        "      channels: {email: {latency: 2 h}}\n"
        "    policy: {caps: absent}\n"
        "    faults: none\n",
    )
    scenario = loaded(project)
    assert set(scenario.organisation.routes) == {("crm", "esp"), ("crm", "helpdesk")}
    assert scenario.organisation.absent_routes == {("till", "crm")}
    assert scenario.organisation.channels["email"].latency.ms == 7_200_000
    assert scenario.briefing.policy.caps == {}
    assert len(loaded(project, "late").briefing.policy.caps) == 1


def test_one_value_is_set_by_its_path(project: Path) -> None:
    assert loaded(project, "no-cap").briefing.policy.caps["weekly"].limit == 9
    before = "with: {policy.caps.weekly.limit: 9}"
    after = (
        "with: {policy.consent.checked: at scheduling, journeys.birthday.reentry: always, messages.offer.subject: Hi}"
    )
    edit(project, "birthday.scenario.yaml", before, after)
    briefing = loaded(project, "no-cap").briefing
    assert briefing.policy.consent is not None
    assert briefing.policy.consent.checked == "at scheduling"
    assert briefing.programs[0].journey.reentry == "always"
    assert briefing.messages["offer"].subject == "Hi"


def test_a_variant_may_violate_what_another_one_does(project: Path) -> None:
    edit(project, "birthday.scenario.yaml", "  no-cap:\n", "  no-cap:\n    violates: as late\n")
    assert loaded(project, "no-cap").violates == loaded(project, "late").violates


def test_expectations_are_resolved(project: Path) -> None:
    violated = "greeted: {who: [anna, crowd], at: 2026-05-17 10:00, late: 14 h, count: 1 .. 3, share: 20 % .. 60 %}"
    edit(project, "birthday.scenario.yaml", "greeted: {who: anna, late: 14 h}", violated)
    expected = loaded(project, "late").violates["greeted"]
    assert expected.who == ("anna", "crowd-0001", "crowd-0002", "crowd-0003")
    assert expected.at == (from_iso("2026-05-17T10:00:00+02:00"),)
    assert (expected.late_ms, expected.count, expected.share) == (14 * 3_600_000, (1, 3), (20, 60))


# ---------------------------------------------------------------------------------------------- what a Scenario holds


def test_acts_know_when_where_and_with_what(project: Path) -> None:
    order, question = loaded(project).story
    assert order.time == from_iso("2026-03-02T10:00:00+01:00")
    assert order.who == ("anna",)
    assert order.system == "till"
    assert order.data == {"order_id": "o-1", "item": "coat", "amount": Money(14900, "EUR")}
    assert question.time is None
    assert question.when is not None
    assert (question.when.event, question.after.days, question.system) == ("Order Completed", 2, "helpdesk")
    assert question.data["needed_by"] == from_iso("2026-03-10T00:00:00+01:00")


def test_an_act_at_a_desk_is_recorded_in_its_system(project: Path) -> None:
    edit(project, "shop.organisation.yaml", "    system: helpdesk\n", "    system: helpdesk\n    place: boutique\n")
    assert loaded(project).story[0].system == "helpdesk"


def test_conditions_are_typed(project: Path) -> None:
    rule = loaded(project).checks["priced"]
    assert rule.expect.right.value == Money(100, "EUR")


def test_the_dictionary_knows_what_a_message_names(project: Path) -> None:
    edit(project, "offer.message.yaml", "names:\n", "names:\n  place_name: customer.shop.name\n")
    dictionary = loaded(project).dictionary
    assert str(dictionary.fields["place_name"]) == "text"
    assert str(dictionary.fields["discount"]) == "percent"
    assert "offer" in dictionary.words["message"]


def test_a_field_whose_type_is_an_object_is_an_id(project: Path) -> None:
    edit(project, "shop.organisation.yaml", "fields: {about: text", "fields: {asked_of: order, about: text")
    assert str(loaded(project).dictionary.fields["asked_of"]) == "id"


def test_coupons_are_known_where_a_journey_grants_them(project: Path) -> None:
    coupon = "  coupon: {key: coupon_id, home: esp, fields: {discount: percent, status: choice of unused used}}\n"
    edit(project, "shop.organisation.yaml", coupon, "")
    dictionary = loaded(project).dictionary
    assert dictionary.objects["coupon"].home == "esp"
    assert str(dictionary.fields["coupon_id"]) == "id"


def test_the_automation_starts_with_the_rows_that_have_a_way_to_it(project: Path) -> None:
    assert len(loaded(project).briefing.profiles) == 4
    edit(project, "shop.organisation.yaml", "  crm to esp: {batch: daily at 04:00}\n", "")
    assert loaded(project).briefing.profiles == ()


def test_a_fault_at_the_start_alters_what_the_automation_knows_but_not_what_is_true(project: Path) -> None:
    fault = "  - {fault: altered, of: link crm to esp, field: customer.birth_date, by: 1 day}\n"
    edit(project, "birthday.scenario.yaml", "variants:\n", f"{fault}variants:\n")
    scenario = loaded(project)
    assert scenario.people["anna"].fields["birth_date"] == "1990-05-17"
    assert scenario.briefing.profiles[0].fields["birth_date"] == "1990-05-18"


@pytest.mark.parametrize(("identity", "groups"), [("known", 1), ("never", 0), ("3 days", 0)])
def test_rows_of_one_human_are_linked_when_the_identity_system_knows(project: Path, identity: str, groups: int) -> None:
    edit(project, "shop.organisation.yaml", "automation: esp\n", f"automation: esp\nidentity: {identity}\n")
    edit(project, "birthday.scenario.yaml", "people: [anna, crowd]", "people: anna")
    row = "    - {system: crm, email: anna@example.org, consent: email}\n"
    edit(project, "people.people.yaml", row, row + "    - {system: till, email: anna.rossi@example.org}\n")
    briefing = loaded(project).briefing
    assert len(briefing.profiles) == 2
    assert len(briefing.linked) == groups


def test_customers_join_in_the_background_and_move_nobody(project: Path) -> None:
    before, after = loaded(project), loaded(project, customers=20)
    assert len(after.people) == len(before.people) + 20
    assert all(after.people[id] == person for id, person in before.people.items())


def test_a_seed_moves_the_crowd_and_never_a_protagonist(project: Path) -> None:
    one, two = loaded(project, seed=1), loaded(project, seed=2)
    assert one.people["anna"] == two.people["anna"]
    assert one.people["crowd-0001"] != two.people["crowd-0001"]


def test_more_people_than_the_limit_are_refused(project: Path) -> None:
    edit(project, "birthday.scenario.yaml", "checks: birthday\n", "checks: birthday\nlimits: {people: 10}\n")
    with pytest.raises(LimitReached, match=r"limits: \{people"):
        loaded(project, customers=20)


def test_documents_that_change_are_read_again(project: Path) -> None:
    assert loaded(project).title == "A birthday in a shop"
    edit(project, "birthday.scenario.yaml", "A birthday in a shop", "Another birthday")
    assert loaded(project).title == "Another birthday"


# ----------------------------------------------------------------------------------------- from a result alone


@pytest.mark.parametrize("variant", ["good", "late", "no-cap"])
def test_a_scenario_is_built_again_from_its_document_alone(project: Path, variant: str) -> None:
    scenario = loaded(project, variant, seed=7, customers=3)
    document = json.loads(json.dumps(scenario.document))
    shutil.rmtree(project)
    again = from_document(document)
    assert again.document == scenario.document
    for name in ("people", "story", "faults", "checks", "states", "check_places", "violates", "start", "end", "seed"):
        assert getattr(again, name) == getattr(scenario, name), name
    assert again.briefing.programs == scenario.briefing.programs
    assert again.briefing.profiles == scenario.briefing.profiles
    assert again.briefing.policy == scenario.briefing.policy


def test_a_document_of_another_format_is_refused(project: Path) -> None:
    document = {**loaded(project).document, "format": 99}
    with pytest.raises(InvalidDocuments, match="'format' is 99, not 1"):
        from_document(document)
    with pytest.raises(InvalidDocuments, match="lacks people"):
        from_document({key: value for key, value in loaded(project).document.items() if key != "people"})


def test_every_shipped_scenario_loads_in_every_variant() -> None:
    for source in discover([], SHIPPED, None):
        for variant in source.variants:
            assert load(source, variant).checks


def test_shipped_scenarios_are_built_again_from_their_documents() -> None:
    for source in discover([], SHIPPED, None):
        document = load(source, source.variants[0]).document
        assert from_document(json.loads(json.dumps(document))).document == document
