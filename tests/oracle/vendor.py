#!/usr/bin/env python3
"""A second reader of the vendors' files, which shares nothing with the compiler: it checks artefacts against them.

usage: vendor.py REFERENCE FOLDER...
       vendor.py --catalogue REFERENCE FILE

REFERENCE holds Apple's `apple-schema` and Microsoft's `windows-ddf`. Every .mobileconfig, .json and .xml below the folders is checked:
names, types, ranges, lists, required keys, formats, verbs, that a profile is what Python's plistlib would write and a declaration what
its json would, and that the declarations of a folder are a closed set. Prints each fault on a
line; exit 1 where there is one, 3 where PyYAML is absent.

With --catalogue it is FILE that is checked: a list of what `policyc catalogue show --json` says of every type and node.
"""
import glob
import hashlib
import json
import os
import plistlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ET

try:
    import yaml
except ImportError:
    sys.exit(3)

ENVELOPE = {"PayloadType", "PayloadVersion", "PayloadIdentifier", "PayloadUUID", "PayloadDisplayName"}
# Corrections of Apple's schema that the compiler carries too, each with its reason in src/catalogue/errata.
NOT_REQUIRED = {("com.apple.screensaver", "moduleName"), ("com.apple.screensaver.user", "moduleName")}
LISTED = {("com.apple.systemuiserver", "ActionStringItem"): ["alert"]}
OPEN = {("com.apple.vpn.managed", "VendorConfig")}
WIDER = {("com.apple.mobiledevice.passwordpolicy", "maxInactivity"): 60}
FORMATS = {"./Device/Vendor/MSFT/DMClient/Provider/*/ForceAadToken": "int"}
# What stands for a secret of any type until it is released.
SECRET = "policyc:secret:"
faults = []


def fault(path, text):
    faults.append(f"{path}: {text}")


def load_apple(folder):
    types = {}
    for path in sorted(glob.glob(os.path.join(folder, "mdm/profiles/*.yaml"))):
        with open(path, encoding="utf-8") as file:
            schema = yaml.safe_load(file)
        types.setdefault(schema["payload"]["payloadtype"], []).append(schema)
    return types


def load_declarations(folder):
    types = {}
    for path in sorted(glob.glob(os.path.join(folder, "declarative/declarations/**/*.yaml"), recursive=True)):
        with open(path, encoding="utf-8") as file:
            schema = yaml.safe_load(file)
        types.setdefault(schema["payload"].get("declarationtype"), []).append(schema)
    return types


PYTHON_TYPES = {
    "<string>": str, "<integer>": int, "<real>": (int, float), "<boolean>": bool, "<data>": bytes, "<array>": list, "<dictionary>": dict,
}


def check_value(where, owner, key, value):
    if isinstance(value, str) and value.startswith(SECRET):
        return None
    wanted = PYTHON_TYPES.get(key["type"])
    if wanted is bytes and where.endswith(".json"):
        wanted = str
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and key["type"] != "<boolean>")):
        return fault(where, f"{key['key']} is {type(value).__name__}, the vendor wants {key['type']}")
    if "rangelist" in key and value not in key["rangelist"] + LISTED.get((owner, key["key"]), []):
        fault(where, f"{key['key']} = {value!r} is not in the vendor's list")
    if "range" in key and isinstance(value, (int, float)):
        low, high = key["range"].get("min"), key["range"].get("max")
        high = WIDER.get((owner, key["key"]), high)
        if (low is not None and value < low) or (high is not None and value > high):
            fault(where, f"{key['key']} = {value} is outside the vendor's range")
    if "format" in key and not re.fullmatch(key["format"], value):
        fault(where, f"{key['key']} has not the vendor's form")
    if isinstance(value, dict) and key.get("subkeys"):
        own = [] if (owner, key["key"]) not in OPEN else [{"key": "ANY", "type": "<any>"}]
        check_keys(where, owner, key["subkeys"] + own, value)
    if isinstance(value, list) and key.get("subkeys"):
        for item in value:
            check_value(where, owner, key["subkeys"][0], item)


def check_keys(where, owner, keys, given):
    known = {key["key"]: key for key in keys}
    for name, value in given.items():
        key = known.get(name) or known.get("ANY")
        if key is None:
            fault(where, f"{owner} has no key {name}")
        else:
            check_value(where, owner, key, value)
    for name, key in known.items():
        # What some OS lacks, its devices are not asked for.
        everywhere = all(support.get("introduced") != "n/a" for support in key.get("supportedOS", {}).values())
        required = key.get("presence") == "required" and name != "ANY" and (owner, name) not in NOT_REQUIRED
        if required and everywhere and name not in given:
            fault(where, f"{owner} lacks the required key {name}")


def check_profile(path, types):
    with open(path, "rb") as file:
        data = file.read()
    profile = plistlib.loads(data)
    if plistlib.dumps(profile) != data:
        fault(path, "the bytes are not what plistlib writes")
    for name in ("PayloadScope", "PayloadOrganization", "PayloadDescription", "PayloadDisplayName", "PayloadUUID"):
        if name not in profile:
            fault(path, f"no {name}")
    identifiers = set()
    for payload in profile["PayloadContent"]:
        owner = payload["PayloadType"]
        if not payload["PayloadIdentifier"].startswith(profile["PayloadIdentifier"]):
            fault(path, f"the identifier of {owner} does not start with the profile's")
        if payload["PayloadIdentifier"] in identifiers:
            fault(path, f"two payloads are {payload['PayloadIdentifier']}")
        identifiers.add(payload["PayloadIdentifier"])
        if owner not in types:
            fault(path, f"no payload type {owner}")
            continue
        given = {key: value for key, value in payload.items() if key not in ENVELOPE}
        keys = [key for schema in types[owner] for key in schema["payloadkeys"]]
        check_keys(path, owner, keys, given)


def led_to(path, root, token):
    """The token of a declaration that leads to a profile beside it: what that holds counts for half. None for any other."""
    if root["Type"] != "com.apple.configuration.legacy":
        return None
    name = urllib.parse.unquote(str(root["Payload"].get("ProfileURL", "")).rsplit("/", 1)[-1])
    profile = os.path.join(os.path.dirname(path), name)
    if not os.path.isfile(profile):
        return None
    with open(profile, "rb") as file:
        return token[:32] + hashlib.sha256(file.read()).hexdigest()[:32]


def check_declaration(path, types):
    """The declaration's identifier, its type, and the identifiers that it refers to, each with the types that may have it."""
    with open(path, "rb") as file:
        data = file.read()
    root = json.loads(data)
    if (json.dumps(root, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode() != data:
        fault(path, "the bytes are not what json writes")
    if sorted(root) != ["Identifier", "Payload", "ServerToken", "Type"]:
        fault(path, f"a declaration has four keys, and this one {sorted(root)}")
    for name in ("Identifier", "ServerToken"):
        if not 0 < len(root[name].encode()) <= 64:
            fault(path, f"{name} has {len(root[name])} octets")
    content = {"Payload": root["Payload"], "Type": root["Type"]}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    token = hashlib.sha256(canonical.encode()).hexdigest()
    if root["ServerToken"] not in (token, led_to(path, root, token)):
        fault(path, "the token is not the digest of the content")
    references = []
    if root["Type"] not in types:
        fault(path, f"no declaration {root['Type']}")
    else:
        keys = [key for schema in types[root["Type"]] for key in schema["payloadkeys"]]
        check_keys(path, root["Type"], keys, root["Payload"])
        gather_references(keys, root["Payload"], references)
    if root["Type"] == "com.apple.activation.simple":
        references += [(identifier, None) for identifier in root["Payload"]["StandardConfigurations"]]
    return root["Identifier"], root["Type"], references


def gather_references(keys, given, references):
    known = {key["key"]: key for key in keys}
    for name, value in given.items():
        key = known.get(name) or known.get("ANY") or {}
        if "assettypes" in key:
            references += [(one, key["assettypes"]) for one in (value if isinstance(value, list) else [value])]
        below = key.get("subkeys") or []
        if isinstance(value, list):
            below = [deeper for item in below for deeper in item.get("subkeys") or []]
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                gather_references(below, inner, references)


def check_closed(folder, declarations):
    """What is referred to is there, with a type that the key takes, and what needs an activation has one."""
    types, activated = {}, set()
    for path, (identifier, kind, references) in declarations:
        if identifier in types:
            fault(path, f"two declarations are {identifier}")
        types[identifier] = kind
        if kind == "com.apple.activation.simple":
            activated |= {identifier for identifier, _ in references}
    for path, (identifier, kind, references) in declarations:
        for other, wanted in references:
            if other not in types:
                fault(path, f"{kind} refers to {other}, which is not there")
            elif wanted is not None and types[other] not in wanted:
                fault(path, f"{kind} refers to a {types[other]}")
        if kind.startswith("com.apple.configuration.") and identifier not in activated:
            fault(path, f"nothing activates {kind}")


def text(element, name):
    found = element.find(name)
    return None if found is None else (found.text or "")


MSFT = "{http://schemas.microsoft.com/MobileDevice/DM}"


def load_windows(folder):
    nodes = {}

    def walk(node, parent):
        properties = node.find("DFProperties")
        name = (text(node, "NodeName") or "").strip()
        if not name:
            name = "*"
        uri = f"{parent}/{name}"
        nodes[uri.lower()] = (uri, properties)
        for child in node.findall("Node"):
            walk(child, uri)

    for path in sorted(glob.glob(os.path.join(folder, "*.xml"))):
        root = ET.parse(path).getroot()
        for node in root.findall("Node"):
            walk(node, (text(node, "Path") or ".").strip().rstrip("/"))
    return nodes


def find_node(nodes, uri):
    parts = uri.split("/")
    candidates = [""]
    for part in parts:
        following = []
        for start in candidates:
            for name in (part, "*"):
                path = f"{start}/{name}".lstrip("/").lower()
                if path in (".", "./device", "./user", "./vendor", "./device/vendor", "./user/vendor") or any_below(nodes, path):
                    following.append(path)
        candidates = following
    for candidate in candidates:
        if candidate in nodes:
            return nodes[candidate]
    return None


PREFIXES = set()


def any_below(nodes, path):
    if not PREFIXES:
        for uri in nodes:
            parts = uri.split("/")
            for n in range(1, len(parts) + 1):
                PREFIXES.add("/".join(parts[:n]))
    return path in PREFIXES


def check_node(path, nodes, verb, uri, form, value):
    found = find_node(nodes, uri)
    if found is None:
        return fault(path, f"no node {uri}")
    spelt, properties = found
    for given, vendor in zip(uri.split("/"), spelt.split("/")):
        if vendor != "*" and given != vendor:
            fault(path, f"{uri}: {given} is spelt {vendor}")
    verbs = {child.tag for child in properties.find("AccessType")}
    if verb not in verbs:
        fault(path, f"{uri} does not take {verb}")
    wanted = FORMATS.get(spelt) or next(iter(properties.find("DFFormat"))).tag
    is_ingested = spelt.endswith("/Policy/Config/*/*") and "~" in uri.split("/")[-2]
    if is_ingested:
        # A policy of a template that a server has installed: the generic node stands for it, and it takes a body
        # (Win32 and Desktop Bridge app ADMX policy ingestion).
        wanted = "chr"
    if form != wanted:
        fault(path, f"{uri} has format {form}, the vendor wants {wanted}")
    allowed = properties.find(MSFT + "AllowedValues")
    kind = "ADMX" if is_ingested else None if allowed is None else allowed.get("ValueType")
    is_list = allowed is not None and allowed.find(MSFT + "List") is not None
    if wanted == "int" and value is not None and not is_list and not re.fullmatch(r"-?\d+", value):
        fault(path, f"{uri} = {value!r} is no number")
    if kind == "ENUM" and not is_list:
        values = [text(item, MSFT + "Value") for item in allowed.findall(MSFT + "Enum")]
        if value not in values:
            fault(path, f"{uri} = {value!r} is not one of {values}")
    if kind == "Range":
        low, high = re.fullmatch(r"\[\(?(-?\d+)\)?-(\d+)\]", text(allowed, MSFT + "Value")).groups()
        if not int(low) <= int(value) <= int(high):
            fault(path, f"{uri} = {value} is outside {low}-{high}")
    if kind == "ADMX" and not re.fullmatch(r'<disabled/>|<enabled/>(<data id="[^"<>]+" value="[^"<>]*"/>)*', value or ""):
        fault(path, f"{uri} has not the body of an ADMX policy: {value!r}")


def check_fragment(path, nodes):
    with open(path, encoding="utf-8") as file:
        raw = file.read()
    if raw.startswith("<?xml") or "\r" in raw:
        fault(path, "a fragment has neither a declaration nor carriage returns")
    root = ET.fromstring(f"<wrapper>{raw}</wrapper>")
    numbers = [element.text for element in root.iter("CmdID")]
    if numbers != [str(n + 1) for n in range(len(numbers))]:
        fault(path, f"the command numbers are {numbers}")
    for verb in ("Add", "Replace"):
        for command in root.iter(verb):
            for item in command.findall("Item"):
                uri = item.find("Target/LocURI").text
                form = item.find("Meta/{syncml:metinf}Format").text
                data = item.find("Data")
                check_node(path, nodes, verb, uri, form, None if data is None else (data.text or ""))


def check_catalogue(reference, path):
    import catalogue

    (types, nodes), found = catalogue.compare(reference, path)
    faults.extend(found)
    report(f"{types} files of Apple's and {nodes} nodes")


def report(what):
    for line in faults:
        print(line)
    print(f"{what}, {len(faults)} faults")
    sys.exit(1 if faults else 0)


def main():
    if sys.argv[1] == "--catalogue":
        check_catalogue(sys.argv[2], sys.argv[3])
    reference, folders = sys.argv[1], sys.argv[2:]
    types = load_apple(os.path.join(reference, "apple-schema"))
    declared = load_declarations(os.path.join(reference, "apple-schema"))
    nodes = load_windows(os.path.join(reference, "windows-ddf"))
    seen, sets = 0, {}
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, "**", "*"), recursive=True)):
            # What travels as it is was written by somebody else.
            if os.path.basename(os.path.dirname(path)) in ("attached", "vendor"):
                continue
            if path.endswith(".mobileconfig"):
                check_profile(path, types)
                seen += 1
            elif os.path.basename(path) in ("index.json", "expected.json") or os.path.basename(os.path.dirname(path)) == "intune":
                continue
            elif path.endswith(".json"):
                sets.setdefault(os.path.dirname(path), []).append((path, check_declaration(path, declared)))
                seen += 1
            elif path.endswith(".xml"):
                check_fragment(path, nodes)
                seen += 1
    for folder, declarations in sets.items():
        check_closed(folder, declarations)
    report(f"{seen} artefacts")


main()
