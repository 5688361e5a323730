#!/usr/bin/env python3
"""Every row of the control catalogue against what the library does with it.

usage: rows.py CONTROLS ROOT

CONTROLS is the page whose section 3 lists, control by control, the settings of kind `profile`, `DDM` and `CSP`. A row is kept where a
golden of `ROOT/tests/cases/controls/<control>` holds its key, declaration key or node with all its ADMX elements (and the value, where
the row gives one for good), or where the control's file guards it, reads it, or names it in a gap. What is left has a reason in
EXCUSED, and every reason must be needed. Prints each row that is neither; exit 1 where there is one, 3 where PyYAML is absent.
"""
import glob
import html
import json
import os
import plistlib
import re
import sys
import xml.etree.ElementTree as ET

try:
    import yaml
except ImportError:
    sys.exit(3)

# (control, end of the setting) → why no artefact of the control's case holds it.
EXCUSED = {
    ("passcode", "allowPasscodeModification"): "the rule passcode-cannot-be-set watches it",
    ("removable-media-encryption", "RemovableDiskDenyWriteAccess"): "the rule removable-media-contradiction watches it",
    ("removable-media-encryption", "RemovableDrivesExcludedFromEncryption"): "the rule removable-media-contradiction watches it",
    ("app-allowlist", "whitelistedAppBundleIDs"): "not to be used; the rule mutually-exclusive finds it beside the list",
    ("ai-tools", "StoreApps/Policy"): "a gap of block-apps: no schema gives the package's name",
}
KINDS = {"profile", "DDM", "CSP"}


def rows(page):
    """(control, kind, owner, path, elements, literal) of each row of section 3."""
    section = page.split("\n## 3 ", 1)[1].split("\n## 4 ", 1)[0]
    for part in section.split("\n### ")[1:]:
        control = part.split(" — ", 1)[0].strip()
        for line in part.splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            if len(cells) < 5 or cells[0] not in KINDS:
                continue
            setting, value = cells[1].strip("`"), " | ".join(cells[3:-1])
            elements = re.findall(r'<data id="([^"]+)"', value)
            if cells[0] == "CSP":
                yield control, cells[0], setting, (), elements, literal(value)
            else:
                owner, path = setting.split(" · ", 1)
                keys = path.split(" › ") if cells[0] == "profile" else path.split(".")
                yield control, cells[0], owner, tuple(keys), elements, literal(value)


def literal(value):
    """The value that a row gives for good: what stands before the dash, without conditions or parameters."""
    said = value.split(" — ", 1)[0].strip().strip("`")
    if said in ("<enabled/>", "<disabled/>"):
        return said[1:-2]
    return said if re.fullmatch(r"true|false|[0-9]+|Always(On|Off)|ReadOnly|On|off|OUT", said) else None


def leaves(value, path=()):
    """Every key path of a dictionary with what it holds; the items of an array count as what the array holds."""
    if isinstance(value, dict):
        yield path, "a dictionary"
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        yield path, value
        for inner in value:
            if isinstance(inner, (dict, list)):
                yield from leaves(inner, path)
    else:
        yield path, value


def said(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def held(folder):
    """What the artefacts of a folder hold: (owner, path) → values, and LocURI → values, ADMX elements under (LocURI, id)."""
    found = {}

    def note(address, value):
        found.setdefault(address, set()).add(said(value))

    for path in glob.glob(os.path.join(folder, "**", "*"), recursive=True):
        if path.endswith(".mobileconfig"):
            with open(path, "rb") as file:
                profile = plistlib.load(file)
            for payload in profile.pop("PayloadContent"):
                for keys, value in leaves(payload):
                    note((payload["PayloadType"], keys), value)
            for keys, value in leaves(profile):
                note(("TopLevel", keys), value)
        elif os.path.basename(path) in ("index.json", "expected.json"):
            continue
        elif path.endswith(".json"):
            with open(path, encoding="utf-8") as file:
                declaration = json.load(file)
            for keys, value in leaves(declaration["Payload"]):
                note((declaration["Type"], keys), value)
        elif path.endswith(".xml"):
            with open(path, encoding="utf-8") as file:
                root = ET.fromstring(f"<fragment>{file.read()}</fragment>")
            for item in root.iter("Item"):
                uri, data = item.findtext("Target/LocURI"), item.findtext("Data")
                note((uri, ()), {"<enabled/>": "enabled", "<disabled/>": "disabled"}.get((data or "").split(" ")[0].split("<data")[0], data))
                for element, value in re.findall(r'<data id="([^"]+)" value="([^"]*)"', data or ""):
                    note((uri, (element,)), html.unescape(value))
    return found


def values(found, owner, path):
    """Every value of an address; a name in braces stands for any, and Windows does not mind capitals."""
    if not owner.startswith("./"):
        return found.get((owner, path))
    pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in owner.split("/"))
    every = [given for (uri, element), given in found.items() if element == path and re.fullmatch(pattern, uri, re.I)]
    return set().union(*every) if every else None


def spoken(entries):
    """Addresses that guards and observations name."""
    for entry in entries or []:
        for form in entry.get("either", [entry]):
            owner = form.get("payload") or form.get("declaration")
            if owner:
                for keys, _ in leaves(form.get("keys", {})):
                    yield owner, keys
            for node in [*form.get("nodes", {}), *form.get("admx", {})]:
                yield f"{form['csp'].rstrip('/')}/{node}", ()


def texts(gaps):
    if isinstance(gaps, dict):
        for inner in gaps.values():
            yield from texts(inner)
    elif gaps:
        yield str(gaps)


def main(page, root):
    with open(page, encoding="utf-8") as file:
        every = list(rows(file.read()))
    library = {}
    for path in glob.glob(os.path.join(root, "src/control/library/*/*.yaml")):
        with open(path, encoding="utf-8") as file:
            library[os.path.basename(path)[:-5]] = yaml.safe_load(file)
    counts = dict.fromkeys(["emitted", "guarded or read", "gaps", "excused"], 0)
    faults, needed = [], set()
    artefacts = {}
    for control, kind, owner, path, elements, wanted in every:
        row = f"{control}: {kind} {owner}{' · ' + '.'.join(path) if path else ''}"
        if control not in library:
            faults.append(f"{row}: there is no such control")
            continue
        if control not in artefacts:
            artefacts[control] = held(os.path.join(root, "tests/cases/controls", control, "golden"))
        found = artefacts[control]
        given = values(found, owner, path)
        lacking = [element for element in elements if values(found, owner, (element,)) is None]
        name = path[-1] if path else owner.rsplit("/", 1)[-1]
        own = library[control]
        if given is not None and not lacking and (wanted is None or wanted in given):
            counts["emitted"] += 1
        elif (owner, path) in set(spoken(own.get("guard"))) | set(spoken(own.get("observe"))):
            counts["guarded or read"] += 1
        elif any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts(own.get("gaps"))):
            counts["gaps"] += 1
        else:
            reason = next((key for key in EXCUSED if key[0] == control and f"{owner} {'.'.join(path)}".strip().endswith(key[1])), None)
            if reason:
                needed.add(reason)
                counts["excused"] += 1
            else:
                what = "is emitted nowhere" if given is None else f"lacks {', '.join(lacking)}" if lacking else f"is {sorted(given)}, never {wanted}"
                faults.append(f"{row}: {what}")
    faults.extend(f"{control}: no row needs the reason for {name}" for control, name in EXCUSED if (control, name) not in needed)
    print("\n".join(faults))
    print(f"{len(every)} rows: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if faults or len(every) < 300 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
