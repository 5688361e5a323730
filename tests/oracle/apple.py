"""Declarations and commands of one group against Apple's own schema, by nothing that policyc is made of.

apple.py SCHEMA FACTS GROUP…: SCHEMA is a checkout of Apple's device-management repository. FACTS is a JSON file: folder -> the group's
platform, os, enrolment (supervised, device, user, local). Each GROUP is a folder of files as they are built. Prints a line for each
fault and how much was looked at; exits 1 where there is a fault.
"""

import base64
import hashlib
import json
import pathlib
import plistlib
import re
import sys
import urllib.parse
from datetime import datetime

import yaml

ACTIVATION = "com.apple.activation.simple"
SUBSCRIPTIONS = "com.apple.configuration.management.status-subscriptions"
PROPERTIES = "com.apple.management.properties"
LEGACY = "com.apple.configuration.legacy"
# Apple takes none of these in a profile that a declaration leads to.
NEVER_LED_TO = {"com.apple.mdm", "com.apple.declarations"}
PREFIX = {"configuration": "com.apple.configuration.", "asset": "com.apple.asset.", "management": "com.apple.management."}


def load(schema, folder, name):
    """The files of a folder by the type that they describe."""
    found = {}
    for path in sorted((schema / folder).rglob("*.yaml")):
        file = yaml.safe_load(path.read_text(encoding="utf-8"))
        kind = file.get("payload", {}).get(name)
        if kind:
            found.setdefault(kind, []).append(file)
    return found


def version(text):
    return [int(part) for part in str(text).split(".")]


def newer(one, other):
    length = max(len(one), len(other))
    return one + [0] * (length - len(one)) > other + [0] * (length - len(other))


class Checker:
    def __init__(self, schema):
        self.declarations = load(schema, "declarative/declarations", "declarationtype")
        self.status = load(schema, "declarative/status", "statusitemtype")
        self.commands = load(schema, "mdm/commands", "requesttype")
        self.faults = []
        self.seen = 0

    def fault(self, where, what):
        self.faults.append(f"{where}: {what}")

    def available(self, levels, facts):
        """Why the group's oldest device has not what these levels, from the outermost in, describe."""
        own = {}
        for level in levels:
            stated = (level.get("supportedOS") or {}).get(facts["platform"])
            if level is levels[0] and stated is None:
                return f"is not on {facts['platform']}"
            own.update(stated or {})
        introduced, removed = own.get("introduced"), own.get("removed")
        if introduced == "n/a":
            return f"is not on {facts['platform']}"
        if introduced is not None and newer(version(introduced), version(facts["os"])):
            return f"comes with {introduced} and the group has {facts['os']}"
        if removed is not None and not newer(version(removed), version(facts["os"])):
            return f"went with {removed}"
        enrolments = own.get("allowed-enrollments")
        if enrolments is not None and not set(enrolments) & set(facts["enrolment"]):
            return f"is for {enrolments} and the group is {facts['enrolment']}"
        if own.get("supervised") and "supervised" not in facts["enrolment"]:
            return "needs supervision"
        return None

    def value(self, where, key, value, levels, facts):
        levels = levels + [key]
        kind, name = key["type"].strip("<>"), key["key"]
        right = {
            "string": str, "boolean": bool, "integer": int, "real": (int, float), "array": list, "dictionary": dict,
            "data": (str, bytes), "date": (str, datetime), "any": object,
        }[kind]
        if not isinstance(value, right) or (kind in ("integer", "real") and isinstance(value, bool)):
            return self.fault(where, f"{name} takes {kind}, and has {value!r}")
        why = self.available(levels, facts)
        if why:
            self.fault(where, f"{name} {why}")
        options = key.get("rangelist")
        if options is not None and kind != "array" and str(value) not in [str(option) for option in options]:
            self.fault(where, f"{name} is {value!r}, which is none of {options}")
        limits = key.get("range") or {}
        if kind in ("integer", "real"):
            if "min" in limits and value < limits["min"] or "max" in limits and value > limits["max"]:
                self.fault(where, f"{name} is {value}, outside {limits}")
        if kind == "data" and isinstance(value, str):
            try:
                base64.b64decode(value, validate=True)
            except ValueError:
                self.fault(where, f"{name} is not base64")
        if key.get("format") and isinstance(value, str) and not re.search(key["format"], value):
            self.fault(where, f"{name} does not match {key['format']}")
        if key.get("assettypes") or name.endswith("AssetReference"):
            wanted = key.get("assettypes") or []
            for one in value if isinstance(value, list) else [value]:
                self.references.append((where, name, one, wanted))
        if kind == "dictionary":
            self.keys(where, key.get("subkeys") or [], value, levels, facts)
        if kind == "array":
            times = key.get("repetition") or {}
            if len(value) < times.get("min", 0) or len(value) > times.get("max", len(value)):
                self.fault(where, f"{name} has {len(value)} items, and takes {times}")
            for item in value:
                self.item(where, key.get("subkeys") or [], item, levels, facts)

    def item(self, where, kinds, item, levels, facts):
        """An item is of the first kind that finds no fault with it; else the faults of the best stand."""
        if not kinds:
            return
        attempts = []
        for kind in kinds:
            before = self.faults, self.references, self.lacking
            self.faults, self.references, self.lacking = [], [], []
            self.value(where, kind, item, levels, facts)
            attempts.append((self.faults, self.references, self.lacking))
            self.faults, self.references, self.lacking = before
        faults, references, lacking = min(attempts, key=lambda attempt: (len(attempt[0]), len(attempt[2])))
        self.faults += faults
        self.references += references
        self.lacking += lacking

    def keys(self, where, keys, given, levels, facts):
        known = {key["key"]: key for key in keys}
        for name, value in given.items():
            key = known.get(name) or known.get("ANY")
            if key is None:
                if keys:
                    self.fault(where, f"there is no key {name}")
            else:
                self.value(where, dict(key, key=name), value, levels, facts)
        for name, key in known.items():
            if key.get("presence") == "required" and name != "ANY" and name not in given:
                if self.available(levels + [key], facts) is None:
                    self.lacking.append((where, name))

    def declaration(self, where, file, facts):
        if set(file) != {"Type", "Identifier", "ServerToken", "Payload"}:
            return self.fault(where, f"a declaration has four keys, and this one {sorted(file)}")
        for name in ("Identifier", "ServerToken"):
            if not isinstance(file[name], str) or not 0 < len(file[name].encode()) <= 64:
                self.fault(where, f"{name} takes 1 to 64 octets")
        files = self.declarations.get(file["Type"])
        if not files:
            return self.fault(where, f"Apple has no declaration {file['Type']}")
        why = self.available([files[0]["payload"]], facts)
        if why:
            self.fault(where, f"{file['Type']} {why}")
        self.lacking = []
        self.keys(where, files[0].get("payloadkeys") or [], file["Payload"], [files[0]["payload"]], facts)
        for place, name in self.lacking:
            self.fault(place, f"{name} is required")

    def closed(self, folder, files):
        """Every reference resolves, every configuration is activated once, and every item that a predicate asks for is subscribed."""
        by_identifier, tokens = {}, {}
        for where, file in files:
            if file["Identifier"] in by_identifier:
                self.fault(where, "its identifier is taken")
            by_identifier[file["Identifier"]] = file["Type"]
            said = json.dumps([file["Type"], file["Payload"]], sort_keys=True)
            if tokens.setdefault(file["ServerToken"], said) != said:
                self.fault(where, "its token is that of other content")
        for where, name, identifier, wanted in self.references:
            kind = by_identifier.get(identifier)
            if kind is None:
                self.fault(where, f"{name} refers to nothing")
            elif wanted and kind not in wanted:
                self.fault(where, f"{name} refers to {kind}, and takes {wanted}")
        times, subscribed, properties = {}, set(), set()
        for where, file in files:
            if file["Type"] == ACTIVATION:
                for identifier in file["Payload"].get("StandardConfigurations", []):
                    times[identifier] = times.get(identifier, 0) + 1
                    kind = by_identifier.get(identifier, "nothing")
                    if not kind.startswith(PREFIX["configuration"]):
                        self.fault(where, f"it activates {kind}")
            if file["Type"] == SUBSCRIPTIONS:
                subscribed |= {item["Name"] for item in file["Payload"].get("StatusItems", [])}
            if file["Type"] == PROPERTIES:
                properties |= set(file["Payload"])
        for where, file in files:
            if file["Type"] == LEGACY:
                self.leads(folder, where, file)
            if file["Type"].startswith(PREFIX["configuration"]) and times.get(file["Identifier"], 0) != 1:
                self.fault(where, f"it is activated {times.get(file['Identifier'], 0)} times")
            predicate = file["Payload"].get("Predicate", "") if file["Type"] == ACTIVATION else ""
            for item in re.findall(r"@status\(([^)]*)\)", predicate):
                if item not in self.status:
                    self.fault(where, f"devices report no {item}")
                if item not in subscribed:
                    self.fault(where, f"{item} is not subscribed")
            for name in re.findall(r"@property\(([^)]*)\)", predicate):
                if name not in properties:
                    self.fault(where, f"nothing sets the property {name}")

    def leads(self, folder, where, file):
        """A declaration leads to a profile of the same folder, and half of its token is of what that holds."""
        url = urllib.parse.urlsplit(file["Payload"].get("ProfileURL", ""))
        if url.scheme != "https" or not url.hostname or url.query or url.fragment:
            return self.fault(where, "devices fetch no profile from there")
        profile = folder / urllib.parse.unquote(url.path).rsplit("/", 1)[-1]
        if not profile.is_file():
            return self.fault(where, f"it leads to {profile.name}, which is not there")
        if file["ServerToken"][32:] != hashlib.sha256(profile.read_bytes()).hexdigest()[:32]:
            self.fault(where, "its token is of another profile")
        kinds = {payload["PayloadType"] for payload in plistlib.loads(profile.read_bytes())["PayloadContent"]}
        if kinds & NEVER_LED_TO:
            self.fault(where, f"it leads to {sorted(kinds & NEVER_LED_TO)}")

    def command(self, path, facts):
        where = str(path)
        file = plistlib.loads(path.read_bytes())
        if set(file) != {"Command", "CommandUUID"}:
            return self.fault(where, f"a command has two keys, and this one {sorted(file)}")
        command = dict(file["Command"])
        kind = command.pop("RequestType", None)
        files = self.commands.get(kind)
        if not files:
            return self.fault(where, f"Apple has no command {kind}")
        why = self.available([files[0]["payload"]], facts)
        if why:
            self.fault(where, f"{kind} {why}")
        self.lacking = []
        self.keys(where, files[0].get("payloadkeys") or [], command, [files[0]["payload"]], facts)
        # What only the server knows is left out, and the file says so.
        said = re.search(r"<!-- For the server to send, which adds: (.*)\. -->", path.read_text(encoding="utf-8"))
        said = {name.split(".")[-1] for name in said.group(1).split(", ")} if said else set()
        lacking = {name for _, name in self.lacking}
        if said != lacking:
            self.fault(where, f"it lacks {sorted(lacking)} and says {sorted(said)}")

    def group(self, folder, facts):
        self.references, files = [], []
        for path in sorted(folder.glob("*.json")):
            if path.name in ("index.json", "expected.json"):
                continue
            file = json.loads(path.read_text(encoding="utf-8"))
            self.declaration(str(path), file, facts)
            files.append((str(path), file))
            self.seen += 1
        if all(set(file) >= {"Type", "Identifier", "ServerToken", "Payload"} for _, file in files):
            self.closed(folder, files)
        for path in sorted((folder / "commands").glob("*.plist")):
            self.command(path, facts)
            self.seen += 1


def main():
    schema, facts, groups = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text()), sys.argv[3:]
    checker = Checker(schema)
    for group in groups:
        checker.group(pathlib.Path(group), facts[group])
    print("\n".join(checker.faults + [f"{checker.seen} files"]))
    sys.exit(1 if checker.faults else 0)


main()
