"""Controls of the world: what goes wrong, what people do and when, how facts travel, and who is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from simulator.studio import phrases
from simulator.studio.controls import Control
from simulator.studio.drafts import Draft, Plain
from simulator.studio.person import field_control, later, shown, span
from simulator.studio.problems import Refused
from simulator.words.quantities import parse_percent

USUAL_DELAY: Final = "5 min"
"""How long a fact takes over a link that somebody adds."""
_OF_NOBODY: Final = ("id",)


def world_controls(draft: Draft) -> Iterator[Control]:
    """Everything about the world that can be turned."""
    yield from _acts(draft)
    yield from _faults(draft)
    yield from _absences(draft)
    yield from _links(draft)


# ------------------------------------------------------------------------------------------------------ faults


def _faults(draft: Draft) -> Iterator[Control]:
    for number, written in enumerate(draft.faults):
        says = phrases.fault(written)
        label = f"{says[:1].upper()}{says[1:]}"
        when = f"from {written['from']} until {written.get('until', 'the end')}" if "from" in written else "always"
        yield Control(
            f"fault.{number}", "world", label, "toggle", True, partial(_keep_fault, draft, number, says), hint=when
        )
        for key, name in (("from", "from"), ("until", "until")):
            if key in written:
                yield Control(
                    f"fault.{number}.{key}", "world", f"{label}: {name}", "instant", _minute(str(written[key])),
                    partial(_set_fault, draft, number, key, f"{says} {name}"),
                )  # fmt: skip
        if "by" in written:
            yield Control(
                f"fault.{number}.by", "world", f"{label}: by", "duration", written["by"],
                partial(_set_fault, draft, number, "by", f"{says} by"),
            )  # fmt: skip
        if "share" in written:
            yield Control(
                f"fault.{number}.share", "world", f"{label}: share", "percent", parse_percent(written["share"]),
                partial(_set_share, draft, number, says), unit="%",
            )  # fmt: skip


def _keep_fault(draft: Draft, number: int, says: str, stays: bool) -> str:
    if not stays:
        draft.faults[number] = None
    return says if stays else f"it does not happen that {says}"


def _set_fault(draft: Draft, number: int, key: str, says: str, value: str) -> str:
    if draft.faults[number] is not None:
        draft.faults[number][key] = value
    return f"{says} {value}"


def _set_share(draft: Draft, number: int, says: str, value: float) -> str:
    if draft.faults[number] is not None:
        draft.faults[number]["share"] = f"{value:g} %"
    return f"{says}: {value:g} %"


def _minute(text: str) -> str:
    """An instant as a page shows it: a bare day is its first minute."""
    return f"{text} 00:00" if len(text) == 10 else text


# -------------------------------------------------------------------------------------------------------- acts


def _acts(draft: Draft) -> Iterator[Control]:
    for number, act in enumerate(draft.story):
        data = act.get("with", {})
        label = f"{phrases.event(act['event'])}{phrases.known(data)}"
        when = f"at {act['at']}" if "at" in act else f"{act.get('after', 'at once')} after: {act['when']}"
        yield Control(
            f"act.{number}", "world", label, "toggle", True, partial(_keep_act, draft, number, label), hint=when
        )
        if "at" in act:
            yield Control(
                f"act.{number}.moved", "world", f"{label}: days later", "number", 0,
                partial(_move_act, draft, number, label), min=-3650, max=3650, unit="days",
            )  # fmt: skip
        else:
            yield Control(
                f"act.{number}.after", "world", f"{label}: how much later", "duration", act.get("after", "0 min"),
                partial(_set_after, draft, number, label), hint=f"After: {act['when']}",
            )  # fmt: skip
        yield from _data(draft, number, label, data)


def _data(draft: Draft, number: int, label: str, data: Mapping[str, Any]) -> Iterator[Control]:
    references = {thing["key"] for thing in draft.organisation.get("objects", {}).values()}
    for name, value in data.items():
        kind = draft.kind_of(name)
        if name in references or kind.kind in _OF_NOBODY:
            continue
        now = _minute(str(value)) if kind.kind == "instant" else shown(draft, value, kind)
        yield field_control(
            draft, f"act.{number}.{name}", "world", f"{label}: {phrases.words(name)}", kind, now,
            partial(_set_data, draft, number, name, label), more=kind.kind not in ("date", "instant"),
        )  # fmt: skip


def _keep_act(draft: Draft, number: int, label: str, stays: bool) -> str:
    if not stays:
        draft.story[number] = None
    return label if stays else f"this does not happen: {label}"


def _move_act(draft: Draft, number: int, label: str, days: int) -> str:
    act = draft.story[number]
    if act is not None:
        act["at"] = moved(act["at"], int(days))
    return f"{label}: {later(days)}"


def moved(text: str, days: int) -> str:
    """An instant as it is written, so many days later at the same time of day."""
    day = date.fromisoformat(text[:10]) + timedelta(days=days)
    return f"{day.isoformat()}{text[10:]}"


def _set_after(draft: Draft, number: int, label: str, value: str) -> str:
    if draft.story[number] is not None:
        draft.story[number]["after"] = span(value)
    return f"{label}: {value} after what causes it"


def _set_data(draft: Draft, number: int, name: str, label: str, value: Any) -> str:
    if draft.story[number] is not None:
        percent = draft.kind_of(name).kind == "percent"
        draft.story[number].setdefault("with", {})[name] = f"{value:g} %" if percent else value
    said = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    return f"{label}: {phrases.words(name)} is {said}"


# ----------------------------------------------------------------------------------------------------- absences


def _absences(draft: Draft) -> Iterator[Control]:
    """Each system, desk and channel may be away for a while, and each desk may be late."""
    organisation = draft.organisation
    for system in organisation["systems"]:
        targets = _targets(draft, system)
        if targets:
            named = "The automation stands still" if system == organisation["automation"] else f"{system} is offline"
            yield Control(
                f"system.{system}.offline", "world", named, "window", None, partial(_take_away, draft, targets, named),
                optional=True, hint="From when until when.",
            )  # fmt: skip
    for desk in organisation.get("desks", {}):
        spoken = phrases.words(desk)
        label = f"{spoken[:1].upper()}{spoken[1:]} is away"
        yield Control(
            f"desk.{desk}.offline", "world", label, "window", None,
            partial(_take_away, draft, partial(_only, f"desk {desk}"), label), optional=True, more=True,
        )  # fmt: skip
        yield Control(
            f"desk.{desk}.late", "world", f"{spoken[:1].upper()}{spoken[1:]} takes longer by", "duration", "0 min",
            partial(_delay_desk, draft, desk), more=True,
        )  # fmt: skip
    for name in organisation.get("channels", {}):
        label = f"No {phrases.channel(name)} is delivered"
        yield Control(
            f"channel.{name}.offline", "world", label, "window", None,
            partial(_take_away, draft, partial(_only, f"channel {name}"), label), optional=True, more=True,
        )  # fmt: skip


def _targets(draft: Draft, system: str) -> Callable[[], list[str]] | None:
    """What of a system can be struck, looked up when it is: an edit before may have taken links away."""

    def found() -> list[str]:
        organisation = draft.organisation
        if system == organisation["automation"]:
            return ["backend"]
        links = [name for name, link in organisation.get("links", {}).items() if link != "absent"]
        desks = [name for name, desk in organisation.get("desks", {}).items() if desk["system"] == system]
        of_links = [f"link {name}" for name in links if system in name.split(" to ")]
        return [*of_links, *(f"desk {name}" for name in desks)]

    return found if found() else None


def _only(target: str) -> list[str]:
    return [target]


def _take_away(draft: Draft, targets: Callable[[], list[str]], label: str, window: Mapping[str, str] | None) -> str:
    if window is None:
        return f"{label}: never"
    for target in targets():
        draft.faults.append({"fault": "down", "of": target, **window})
    return f"{label} from {window['from']} until {window['until']}"


def _delay_desk(draft: Draft, desk: str, by: str) -> str:
    text = span(by)
    if text.startswith("-"):
        raise Refused(200, f"{phrases.words(desk)} takes longer by: write a duration without '-'.")
    if text != "0 min":
        draft.faults.append({"fault": "late", "of": f"desk {desk}", "by": text})
    return f"{phrases.words(desk)} takes {text} longer"


# ------------------------------------------------------------------------------------------------------- links


def _links(draft: Draft) -> Iterator[Control]:
    links = draft.organisation.get("links", {})
    for name, link in links.items():
        yield from _link(draft, name, link)
    systems = draft.organisation["systems"]
    others = [f"{a} to {b}" for a in systems for b in systems if a != b and f"{a} to {b}" not in links]
    for name in others:
        yield Control(
            f"link.{name}", "world", f"{_way(name)}", "toggle", False, partial(_link_is_there, draft, name), more=True
        )


def _way(name: str) -> str:
    source, _, target = name.partition(" to ")
    return f"{target} hears from {source}"


def _link(draft: Draft, name: str, link: Plain | str) -> Iterator[Control]:
    there = isinstance(link, dict)
    label = _way(name)
    yield Control(f"link.{name}", "world", label, "toggle", there, partial(_link_is_there, draft, name))
    if not isinstance(link, dict):
        return
    if "batch" in link:
        yield Control(
            f"link.{name}.batch", "world", f"{label}: when", "text", link["batch"],
            partial(_set_link, draft, name, "batch"), more=True, hint="Such as: daily at 02:00",
        )  # fmt: skip
    else:
        yield Control(
            f"link.{name}.delay", "world", f"{label}: after", "duration", link.get("delay", "0 min"),
            partial(_set_link, draft, name, "delay"),
        )  # fmt: skip
    waits = link.get("retry", "never") == "until delivered"
    yield Control(
        f"link.{name}.retry", "world", f"{label}: later, if it cannot at once", "toggle", waits,
        partial(_set_retry, draft, name), more=True, hint="Off: what sets out while the way is down is lost.",
    )  # fmt: skip
    yield Control(
        f"link.{name}.offline", "world", f"{label}: not in this time", "window", None,
        partial(_take_away, draft, partial(_only, f"link {name}"), f"the way from {name} is down"), more=True,
        optional=True,
    )  # fmt: skip


def _link_is_there(draft: Draft, name: str, there: bool) -> str:
    links = draft.organisation.setdefault("links", {})
    source, _, target = name.partition(" to ")
    if there:
        if not isinstance(links.get(name), dict):
            links[name] = {"delay": USUAL_DELAY}
        return f"{target} hears from {source}"
    links[name] = "absent"
    for number, fault in enumerate(draft.faults):
        if fault is not None and fault["of"] == f"link {name}":
            draft.faults[number] = None
    return f"{target} hears nothing from {source}"


def _present(draft: Draft, name: str) -> Plain:
    link = draft.organisation.get("links", {}).get(name)
    if not isinstance(link, dict):
        raise Refused(200, f"there is no way from {name} any more: let it be there first.")
    return link


def _set_link(draft: Draft, name: str, key: str, value: str) -> str:
    link = _present(draft, name)
    link[key] = span(value) if key == "delay" else value
    source, _, target = name.partition(" to ")
    return f"{target} hears from {source} {'after ' if key == 'delay' else ''}{value}"


def _set_retry(draft: Draft, name: str, waits: bool) -> str:
    _present(draft, name)["retry"] = "until delivered" if waits else "never"
    source, _, target = name.partition(" to ")
    what = "is told later" if waits else "is lost"
    return f"what {target} cannot hear from {source} at once {what}"
