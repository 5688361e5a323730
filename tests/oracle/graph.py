"""Microsoft's own SDKs over files of ours: graph.py FOLDER TYPES.

FOLDER holds JSON files, those for Graph v1.0 named *.v1.json, the others for the beta alone. Each must become an object of exactly the
class that its type names, all the way down: no base class, nothing left over, and nothing lost when it is written again but what the
SDK is known to lose. TYPES is the metadata slice: its types and properties must be those of the SDK's classes. One line for each
fault, one line with counts at the end; exit 1 if there is a fault.
"""
import dataclasses
import enum
import importlib
import inspect
import json
import os
import re
import sys

from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

PREFIX = "#microsoft.graph."
SDKS = {"v1.0": "msgraph", "beta": "msgraph_beta"}
# The beta SDK reads these flags and does not write them (windows.md 4.5).
UNWRITTEN = {("DeviceManagementConfigurationPolicy", "platforms"), ("DeviceManagementConfigurationPolicy", "technologies")}
PRIMITIVE = {"str": "String", "bool": "Boolean", "int": "Int32", "bytes": "Binary", "float": "Single", "datetime": "DateTimeOffset",
             "date": "Date", "time": "TimeOfDay", "uuid": "Guid"}

faults = []


def fault(place, cause):
    faults.append(f"{place}: {cause}")


def modules(sdk):
    package = importlib.import_module(SDKS[sdk] + ".generated.models")
    files = os.listdir(list(package.__path__)[0])
    return package.__name__, {name[:-3].replace("_", ""): name[:-3] for name in files if name.endswith(".py")}


MODULES = {sdk: modules(sdk) for sdk in SDKS}


def model(sdk, name):
    package, files = MODULES[sdk]
    file = files.get(name.lower())
    if file is None:
        return None
    members = vars(importlib.import_module(f"{package}.{file}"))
    return next((member for key, member in members.items() if key.lower() == name.lower()), None)


def walk(read, given, place):
    """The object beside the JSON that it was read from."""
    if isinstance(given, list):
        if not isinstance(read, list) or len(read) != len(given):
            fault(place, "the list is not read whole")
            return
        for n, (one, json_one) in enumerate(zip(read, given)):
            walk(one, json_one, f"{place}[{n}]")
    elif isinstance(given, dict):
        if not dataclasses.is_dataclass(read):
            fault(place, f"no object but {type(read).__name__}")
            return
        if "@odata.type" in given and type(read).__name__.lower() != given["@odata.type"].removeprefix(PREFIX).lower():
            fault(place, f"{given['@odata.type']} is read as {type(read).__name__}")
        if getattr(read, "additional_data", None):
            fault(place, f"left over: {sorted(read.additional_data)}")
        fields = {field.name.replace("_", "").lower(): field.name for field in dataclasses.fields(read)}
        for name, value in given.items():
            field = fields.get(name.replace("@", "").replace(".", "").lower())
            if field is not None and isinstance(value, (dict, list)) and value and not isinstance(getattr(read, field), str):
                if all(isinstance(item, (dict, list)) for item in (value if isinstance(value, list) else [value])):
                    walk(getattr(read, field), value, f"{place}.{name}")


def same(a, b):
    if a == b:
        return True
    # The SDK writes moments and times of day in its own way.
    clean = lambda text: re.sub(r"\.0+(?=$|Z|\+)", "", text).replace("Z", "+00:00")
    return isinstance(a, str) and isinstance(b, str) and clean(a) == clean(b)


def lost(given, again, kind, place):
    if isinstance(given, dict):
        if not isinstance(again, dict):
            fault(place, "lost")
            return
        own = given.get("@odata.type", "").removeprefix(PREFIX)
        kind = own[:1].upper() + own[1:] if own else kind
        for name, value in given.items():
            if name not in again:
                if (kind, name) not in UNWRITTEN:
                    fault(f"{place}.{name}", f"lost when {kind} is written again: {json.dumps(value)[:80]}")
            else:
                lost(value, again[name], kind, f"{place}.{name}")
    elif isinstance(given, list):
        if not isinstance(again, list) or len(given) != len(again):
            fault(place, "the list comes back changed")
            return
        for n, (one, other) in enumerate(zip(given, again)):
            lost(one, other, kind, f"{place}[{n}]")
    elif not same(given, again):
        fault(place, f"{given!r} comes back as {again!r}")


def check(sdk, path, given, raw):
    name = given["@odata.type"].removeprefix(PREFIX)
    wanted = model(sdk, name)
    if wanted is None:
        fault(path, f"{SDKS[sdk]} has no {name}")
        return
    root = wanted
    while root.__mro__[1].__name__ not in ("Entity", "AdditionalDataHolder"):
        root = root.__mro__[1]
    try:
        read = JsonParseNodeFactory().get_root_parse_node("application/json", raw).get_object_value(root)
    except Exception as error:  # noqa: BLE001 - whatever it is, the file is the fault
        fault(path, f"{SDKS[sdk]} cannot read it: {error}")
        return
    if type(read) is not wanted:
        fault(path, f"read as {type(read).__name__}, and it is {wanted.__name__}")
    walk(read, given, path)
    writer = JsonSerializationWriter()
    read.serialize(writer)
    again = json.loads(writer.get_serialized_content())
    if isinstance(again, dict) and set(again) == {""}:
        again = again[""]
    lost(given, again, wanted.__name__, path)


def kinds(cls, sdk):
    """Property -> type, as the class reads its own properties."""
    found = {}
    pattern = r'"(\w+)": lambda n : setattr\(self, \'\w+\', n\.get_(\w+)\((\w*)\)\)'
    for name, get, argument in re.findall(pattern, inspect.getsource(cls)):
        several = get.startswith("collection_of_")
        plain = get.removeprefix("collection_of_").removesuffix("_value").removesuffix("_values")
        if plain in PRIMITIVE:
            kind = PRIMITIVE[plain]
        elif plain == "primitive":
            kind = PRIMITIVE[argument]
        else:
            kind = argument[0].lower() + argument[1:]
            other = model(sdk, argument)
            if several and isinstance(other, type) and issubclass(other, enum.Enum):
                found[name] = "&" + kind
                continue
        found[name] = f"[{kind}]" if several else kind
    return found


def slice_agrees(slice_):
    count = 0
    for name, known in slice_["types"].items():
        for sdk in ("v1.0", "beta"):
            listed = dict(known.get("v1.0", {}))
            if sdk == "beta":
                listed |= known.get("beta", {})
            cls = model(sdk, name)
            if cls is None:
                if sdk == "beta" or "v1.0" in known:
                    fault(name, f"{SDKS[sdk]} has no such class")
                continue
            if sdk == "v1.0" and "v1.0" not in known:
                fault(name, "v1.0 has it now")
                continue
            base = cls.__mro__[1].__name__
            base = None if base in ("Entity", "AdditionalDataHolder") else base.lower()
            if base != (known["base"].lower() if "base" in known else None):
                fault(name, f"derived from {base} in {sdk}")
            own = kinds(cls, sdk)
            for property_, kind in listed.items():
                count += 1
                if property_ == "id":
                    continue
                if own.get(property_, "").lower() != kind.lower():
                    fault(f"{name}.{property_}", f"{kind} here, {own.get(property_)} in {sdk}")
    for name, words in slice_["enums"].items():
        for sdk in ("v1.0", "beta"):
            cls = model(sdk, name)
            listed = set(words.get("v1.0", [])) | (set(words.get("beta", [])) if sdk == "beta" else set())
            if cls is not None and listed != {member.value for member in cls} - {"unknownFutureValue"}:
                fault(name, f"other words in {sdk}: {sorted(listed ^ {member.value for member in cls})}")
    return count


def main():
    folder, types = sys.argv[1:3]
    names = sorted(os.listdir(folder))
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            raw = file.read()
        given = json.loads(raw)
        check("beta", name, given, raw)
        if name.endswith(".v1.json"):
            check("v1.0", name, given, raw)
    with open(types, "rb") as file:
        properties = slice_agrees(json.load(file))
    for one in faults[:200]:
        print(one)
    print(f"{len(names)} files and {properties} properties of the slice looked at: {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
