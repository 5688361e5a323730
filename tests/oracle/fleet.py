"""Fleet's rules on a GitOps folder, told a second time: from its Go source (server/fleet/windows_mdm.go, apple_mdm.go,
server/mdm/apple/mobileconfig, server/mdm/mdm.go, pkg/spec/gitops.go), by another reader of YAML, XML, property lists and JSON.

    fleet.py FOLDER

Prints a line for each rule that is broken, and ends with 1 where there is one. Facts of Fleet 4.92; nothing of policyc is read.
"""

import json
import os
import plistlib
import re
import sys
import xml.parsers.expat

try:
    import yaml
except ImportError:
    sys.exit(3)

NAMES = {
    "Fleetd configuration", "Disk encryption", "Windows OS Updates", "Fleet macOS OS Updates", "Fleet iOS OS Updates",
    "Fleet iPadOS OS Updates", "Fleet root certificate authority (CA)", "Fleetd enroll secret",
}
IDENTIFIERS = {"com.fleetdm.fleet.mdm.filevault", "com.fleetdm.fleetd.config", "com.fleetdm.caroot"}
PAYLOADS = {
    "com.apple.MCX.FileVault2", "com.apple.security.FDERecoveryKeyEscrow", "com.apple.security.FDERecoveryRedirect",
}
DECLARATIONS = {
    "com.apple.configuration.watch.enrollment", "com.apple.configuration.account.google",
    "com.apple.management.server-capabilities", "com.apple.configuration.package",
    "com.apple.configuration.management.status-subscriptions",
    "com.apple.configuration.softwareupdate.enforcement.specific",
}
TOP = {"name", "settings", "policies", "reports", "agent_options", "software", "controls", "labels"}
REQUIRED = {"name", "settings", "policies", "reports", "agent_options", "controls"}
CONTROLS = {
    "enable_disk_encryption": bool, "windows_require_bitlocker_pin": bool, "windows_updates": dict, "macos_updates": dict,
    "ios_updates": dict, "ipados_updates": dict, "apple_settings": dict, "windows_settings": dict,
}
LABELS = {"labels_include_any", "labels_include_all", "labels_exclude_any"}
BUILT_IN = re.compile(r"\$\{?FLEET_VAR_(\w+)\}?")
KNOWN = re.compile(
    r"^(HOST_(UUID|HARDWARE_SERIAL|PLATFORM|END_USER_(EMAIL_IDP|IDP_(USERNAME(_LOCAL_PART)?|GROUPS|DEPARTMENT|FULL_NAME)))"
    r"|NDES_SCEP_(CHALLENGE|PROXY_URL)|(SCEP|CERTIFICATE)_RENEWAL_ID|SCEP_WINDOWS_CERTIFICATE_ID"
    r"|(CUSTOM|SMALLSTEP)_SCEP_(CHALLENGE|PROXY_URL)_\w+|DIGICERT_(DATA|PASSWORD)_\w+)$"
)
# What `fleetctl gitops` would look for in its environment.
ENVIRONMENT = re.compile(r"(?<!\\)\$(?:\{(\w+)\}|([A-Za-z_]\w*))")
SCEP = "/Vendor/MSFT/ClientCertificateInstall/SCEP/"


class Fragment:
    """The walk of Fleet's validator: a decoder of tokens that knows the outermost element and the one before."""

    def __init__(self):
        self.faults, self.top, self.current, self.depth = [], None, "", 0
        self.atomic, self.seen, self.uris, self.text = None, 0, [], None

    def start(self, name, _):
        name = name.rsplit(":", 1)[-1]
        self.depth += 1
        if self.depth == 1:  # the root that stands around the fragment for this parser
            return
        if self.top is None:
            self.seen += 1
            if name not in {"Replace", "Add", "Exec", "Atomic"}:
                self.faults.append(f"<{name}> outermost")
            if self.atomic:
                self.faults.append("something beside <Atomic>")
            if name == "Atomic" and self.atomic is False:
                self.faults.append("<Atomic> beside something")
            if self.atomic is None:
                self.atomic = name == "Atomic"
            self.top = name
        elif self.current == "Atomic" and name not in {"Replace", "Add", "Exec"}:
            self.faults.append(f"<{name}> in <Atomic>")
        self.current = name
        self.text = [] if name == "LocURI" else None

    def end(self, name):
        name = name.rsplit(":", 1)[-1]
        self.depth -= 1
        if self.text is not None:
            self.uri("".join(self.text).strip())
            self.text = None
        if name == self.top:
            self.top = None
        self.current = ""

    def data(self, text):
        if self.text is not None:
            self.text.append(text)

    def uri(self, uri):
        self.uris.append(uri)
        lower = uri.lower()
        if not uri:
            self.faults.append("an empty LocURI")
        elif not uri.startswith("./") or "../" in uri:
            self.faults.append(f"LocURI {uri}")
        for kept in ["/vendor/msft/bitlocker", "/vendor/msft/policy/config/update", "/vendor/msft/remotewipe"]:
            if kept in lower:
                self.faults.append(f"{uri} is Fleet's")
        if self.top == "Exec" and SCEP not in uri:
            self.faults.append(f"<Exec> of {uri}")


def fragment(raw):
    faults = []
    if not raw.strip():
        return ["empty"]
    if b"<?" in raw:
        faults.append("a processing instruction")
    walk = Fragment()
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = walk.start, walk.end
    parser.CharacterDataHandler = walk.data
    try:
        parser.Parse(b"<r>" + raw + b"</r>", True)
    except xml.parsers.expat.ExpatError as error:
        return faults + [f"not XML: {error}"]
    if walk.seen == 0:
        faults.append("no element")
    own = [uri for uri in walk.uris if SCEP in uri]
    if own and len(own) != len(walk.uris):
        faults.append("a certificate beside other nodes")
    return faults + walk.faults


def profile(raw):
    if not raw.strip().startswith(b"<?xml"):
        return None, ["signed, or no XML"]
    try:
        root = plistlib.loads(raw)
    except Exception as error:  # noqa: BLE001: plistlib raises what its parser raises
        return None, [f"not a property list: {error}"]
    faults = []
    if root.get("PayloadType") != "Configuration":
        faults.append("PayloadType")
    for key in ["PayloadIdentifier", "PayloadDisplayName"]:
        if not root.get(key):
            faults.append(f"no {key}")
    if root.get("PayloadScope", "System") not in {"System", "User"}:
        faults.append("PayloadScope")
    for level in [root, *root.get("PayloadContent", [])]:
        if level.get("PayloadType") in PAYLOADS:
            faults.append(f"payload {level['PayloadType']}")
        if level.get("PayloadType") == "com.apple.MCX" and "DestroyFVKeyOnStandby" in level:
            faults.append("FileVault options")
        if level.get("PayloadIdentifier") in IDENTIFIERS:
            faults.append(f"identifier {level['PayloadIdentifier']}")
        if level.get("PayloadDisplayName") in NAMES:
            faults.append(f"name {level['PayloadDisplayName']}")
    faults += data_faults(root, "")
    return root, faults


def data_faults(value, path):
    """No variable stands in data."""
    if isinstance(value, bytes) and (b"FLEET_SECRET_" in value or b"FLEET_VAR_" in value):
        return [f"a variable in data at {path}"]
    if isinstance(value, dict):
        return [fault for key, inner in value.items() for fault in data_faults(inner, f"{path}/{key}")]
    if isinstance(value, list):
        return [fault for n, inner in enumerate(value) for fault in data_faults(inner, f"{path}/{n}")]
    return []


def declaration(raw):
    try:
        root = json.loads(raw)
    except ValueError as error:
        return None, [f"not JSON: {error}"]
    faults = []
    kind = root.get("Type", "")
    if not kind.startswith(("com.apple.configuration.", "com.apple.management.")) or kind in DECLARATIONS:
        faults.append(f"type {kind}")
    if not root.get("Identifier") or len(root["Identifier"].encode()) > 64:
        faults.append("Identifier")
    if "ServerToken" in root:
        faults.append("ServerToken")
    if not isinstance(root.get("Payload"), dict):
        faults.append("Payload")
    return root, faults


def one_file(path, list_name):
    raw = open(path, "rb").read()
    name = os.path.splitext(os.path.basename(path))[0]
    faults, identifier = [], None
    if len(raw) > 1024 * 1024:
        faults.append("larger than 1 MB")
    if path.endswith(".xml") and list_name == "windows_settings":
        faults += fragment(raw)
    elif path.endswith(".mobileconfig") and list_name == "apple_settings":
        root, own = profile(raw)
        faults += own
        if root:
            name, identifier = root.get("PayloadDisplayName"), root.get("PayloadIdentifier")
    elif path.endswith(".json") and list_name == "apple_settings":
        root, own = declaration(raw)
        faults += own
        identifier = (root or {}).get("Identifier")
    else:
        faults.append(f"in the list of {list_name}")
    if name in NAMES:
        faults.append(f"the name {name}")
    text = raw.decode()
    for match in ENVIRONMENT.finditer(text):
        variable = match.group(1) or match.group(2)
        if variable.startswith("FLEET_VAR_"):
            if not KNOWN.match(variable.removeprefix("FLEET_VAR_")):
                faults.append(f"no variable ${variable}")
        elif not variable.startswith("FLEET_SECRET_"):
            faults.append(f"${variable} of the environment")
    return faults, name, identifier


def updates(controls, faults):
    windows = controls.get("windows_updates")
    if windows is not None:
        if set(windows) != {"deadline_days", "grace_period_days"}:
            faults.append("windows_updates: both or none")
        elif not (0 <= windows["deadline_days"] <= 30 and 0 <= windows["grace_period_days"] <= 7):
            faults.append("windows_updates: range")
    for key in ["macos_updates", "ios_updates", "ipados_updates"]:
        one = controls.get(key)
        if one is None:
            continue
        if set(one) != {"minimum_version", "deadline"}:
            faults.append(f"{key}: both or none")
        elif not (isinstance(one["minimum_version"], str) and re.fullmatch(r"\d{4}-\d\d-\d\d", str(one["deadline"]))):
            faults.append(f"{key}: form")


def fleet(path, listed):
    file = yaml.safe_load(open(path, encoding="utf-8"))
    faults = [f"unknown key {key}" for key in set(file) - TOP] + [f"no {key}" for key in REQUIRED - set(file)]
    if not isinstance(file.get("name"), str) or not file["name"].strip():
        faults.append("name")
    secrets = (file.get("settings") or {}).get("secrets")
    if not isinstance(secrets, list) or not all(isinstance(one.get("secret"), str) for one in secrets):
        faults.append("settings.secrets")
    controls = file.get("controls") or {}
    faults += [f"controls.{key}" for key, value in controls.items() if not isinstance(value, CONTROLS.get(key, ()))]
    if controls.get("windows_require_bitlocker_pin") and not controls.get("enable_disk_encryption"):
        faults.append("a PIN without encryption")
    updates(controls, faults)
    names, identifiers = {}, {}
    for kind in ["apple_settings", "windows_settings"]:
        for entry in (controls.get(kind) or {}).get("configuration_profiles", []):
            labels = set(entry) - {"path"}
            if labels - LABELS or {"labels_include_any", "labels_include_all"} <= labels:
                faults.append(f"labels of {entry}")
            if not all(isinstance(one, str) for key in labels for one in entry[key]):
                faults.append(f"labels of {entry}")
            file_path = os.path.normpath(os.path.join(os.path.dirname(path), entry["path"]))
            if not os.path.isfile(file_path):
                faults.append(f"no file {entry['path']}")
                continue
            listed.add(file_path)
            own, name, identifier = one_file(file_path, kind)
            faults += [f"{entry['path']}: {fault}" for fault in own]
            for taken, key, what in [(names, name, "name"), (identifiers, identifier, "identifier")]:
                if key is not None and taken.setdefault(key, file_path) != file_path:
                    faults.append(f"{entry['path']}: the {what} {key} twice")
    return file.get("name"), faults


def main():
    folder = sys.argv[1]
    broken, listed, names = 0, set(), {}
    fleets = sorted(os.listdir(os.path.join(folder, "fleets")))
    for file in fleets:
        name, faults = fleet(os.path.join(folder, "fleets", file), listed)
        if names.setdefault(name, file) != file:
            faults.append(f"the name {name} twice")
        for fault in faults:
            broken += 1
            print(f"{file}: {fault}")
    for root, _, files in os.walk(os.path.join(folder, "lib")):
        for file in files:
            if os.path.join(root, file) not in {os.path.join(folder, os.path.relpath(one, folder)) for one in listed}:
                broken += 1
                print(f"{os.path.join(root, file)}: in no fleet")
    told = json.load(open(os.path.join(folder, "left-out.json"), encoding="utf-8"))
    for one in told["fleets"]:
        controls = yaml.safe_load(open(os.path.join(folder, one["file"]), encoding="utf-8"))["controls"] or {}
        for option, value in one["options"].items():
            here = controls
            for part in option.split("."):
                here = (here or {}).get(part)
            if str(here).lower() != value.lower():
                broken += 1
                print(f"{one['file']}: {option} is {here}, and left-out.json says {value}")
    print(f"{len(fleets)} fleets, {len(listed)} files, {broken} faults")
    sys.exit(1 if broken else 0)


main()
