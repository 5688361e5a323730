"""The catalogue against the vendors' files: what `policyc catalogue show --json` says of every type and node, field by field.

The expected facts are read here anew, from Apple's YAML and Microsoft's XML, and the rows of src/catalogue/errata are laid over them:
so each difference from the vendors is one that a row states, and each row makes a difference.
"""
import glob
import json
import os
import re
import xml.etree.ElementTree as ET

import yaml

ERRATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/catalogue/errata/*.json")
MSFT = "{http://schemas.microsoft.com/MobileDevice/DM}"
APPLE = ("mdm/profiles", "mdm/commands", "declarative/declarations")
# Sentences, and names of structures in Apple's documentation.
PROSE = {"title", "content", "subkeytype"}
# What the compiler says of its own beside the vendors' facts.
OWN = {"source", "errata", "direction"}
faults = []


# Apple. All scalars are read as the text that they are, so that no version becomes a number.


class Texts(yaml.SafeLoader):
    """YAML whose plain scalars are texts, or nothing."""

    yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in resolvers if tag.endswith(":null")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def scalar(kind, value):
    """A value of a key, comparable: numbers as numbers, booleans as booleans, all else as text."""
    if isinstance(value, bool) or not isinstance(value, str):
        return value
    if kind in ("<integer>", "<real>") and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if kind == "<boolean>" and value in ("true", "false"):
        return value == "true"
    return value


def plain(value):
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def support(levels):
    def level(fields):
        out = {}
        for name, value in fields.items():
            if name == "userenrollment":
                out[name] = {"mode": value["mode"]}
            elif name == "sharedipad":
                out[name] = {inner: plain(given) for inner, given in value.items()}
            elif name in ("introduced", "deprecated", "removed", "accessrights"):
                out[name] = value
            else:
                out[name] = plain(value)
        return out

    return {system: level(fields) for system, fields in levels.items()}


def ends(kind, fields):
    return {name: scalar(kind, value) for name, value in fields.items()}


def apple_keys(keys, above):
    """`above`: the levels that enclose these keys, as (names, key, list of keys)."""
    return sorted((apple_key(key, above) for key in keys), key=lambda key: key["key"])


def apple_key(key, above):
    for names, level, _ in above:
        if level is key:
            return {"key": key["key"], "type": key["type"], "presence": "optional", "subkeys-of": names}
    kind = key["type"]
    out = {"key": key["key"], "type": kind, "presence": key.get("presence", "optional")}
    names = above[-1][0] + [key["key"]]
    for field, value in key.items():
        if value is None:
            continue
        if field in ("subtype", "valuetype"):
            out["subtype"] = value
        elif field == "rangelist":
            out[field] = [scalar(kind, item) for item in value]
        elif field == "range":
            out[field] = ends(kind, value)
        elif field == "repetition":
            out[field] = ends("<integer>", value)
        elif field == "default":
            out[field] = scalar(kind, value)
        elif field == "supportedOS":
            out[field] = support(value)
        elif field == "subkeys":
            again = [level for level, _, below in above if below is value]
            if again:
                out["subkeys-of"] = again[0]
            else:
                out[field] = apple_keys(value, above + [(names, key, value)])
        elif field not in ("key", "type", "presence") and field not in PROSE:
            out[field] = value
    return {field: value for field, value in out.items() if value not in (None, [], {})}


def apple_file(path):
    with open(path, encoding="utf-8") as file:
        schema = yaml.load(file, Loader=Texts)
    payload = schema["payload"]
    out = {"title": schema["title"]}
    for field in ("payloadtype", "requesttype", "declarationtype", "credentialtype"):
        if field in payload:
            # A credential is an asset's data, and is shown among the declarations.
            out["declarationtype" if field == "credentialtype" else field] = payload[field]
    if payload.get("supportedOS"):
        out["supportedOS"] = support(payload["supportedOS"])
        if payload.get("beta") == "true":
            for level in out["supportedOS"].values():
                level.setdefault("beta", True)
    if "apply" in payload:
        out["apply"] = payload["apply"]
    for field in ("payloadkeys", "responsekeys"):
        if schema.get(field):
            out[field] = apple_keys(schema[field], [([], None, schema[field])])
    return out


def apple(folder):
    entries = {}
    for part in APPLE:
        for path in sorted(glob.glob(os.path.join(folder, part, "**", "*.yaml"), recursive=True)):
            entries[os.path.relpath(path, folder).replace(os.sep, "/")] = apple_file(path)
    return entries


# Microsoft.


def split(text, separator):
    return [item.strip() for item in text.split(separator) if item.strip()]


def bare(tag):
    return tag.rsplit("}", 1)[-1]


def delimiter(text):
    found = re.fullmatch(r"(?:0x|\\x)([0-9A-Fa-f]+)", text)
    return chr(int(found.group(1), 16)) if found else text


def attribute(element, name):
    return next((value for given, value in element.attrib.items() if bare(given) == name), "")


def allowed(element):
    kind = attribute(element, "ValueType")
    out, values = {"ValueType": kind}, []
    for child in element:
        text = (child.text or "").strip()
        if bare(child.tag) == "Enum":
            # Two dependencies write a range as the one item of an enumeration.
            values += [(value.text or "").strip() for value in child if bare(value.tag) == "Value"]
        elif bare(child.tag) == "List":
            out["List"] = {"Delimiter": delimiter(attribute(child, "Delimiter"))}
        elif bare(child.tag) == "AdmxBacked":
            out["AdmxBacked"] = {name: attribute(child, name) for name in ("File", "Area", "Name")}
        elif bare(child.tag) == "Value" and kind == "None":
            out["List"] = {"Delimiter": delimiter(text)}
        elif bare(child.tag) == "Value" and kind not in ("XSD", "JSON") and text:
            values.append(text)
    if kind in ("ENUM", "Flag"):
        out["Enum"] = [{"Value": value} for value in values]
    elif values:
        out["Value"] = values[0] if len(values) == 1 else values
    return out


def group(element):
    out = {"FriendlyId": attribute(element, "FriendlyId"), "Dependency": []}
    for child in element:
        if bare(child.tag) == "DependencyChangedAllowedValues":
            out["DependencyChangedAllowedValues"] = allowed(child)
        elif bare(child.tag) == "Dependency":
            one = {"Type": attribute(child, "Type")}
            for part in child:
                if bare(part.tag) == "DependencyUri":
                    one["DependencyUri"] = (part.text or "").strip()
                elif bare(part.tag) == "DependencyAllowedValue":
                    one["DependencyAllowedValue"] = allowed(part)
            out["Dependency"].append(one)
    return out


def properties(element):
    out = {}
    for child in element:
        name, text = bare(child.tag), child.text or ""
        first = bare(child[0].tag) if len(child) else None
        if name == "AccessType":
            out[name] = sorted({bare(verb.tag) for verb in child})
        elif name in ("DFFormat", "Occurrence", "Scope", "CaseSense", "DynamicNodeNaming"):
            out[name] = first
        elif name == "DFType":
            out["MIME"] = next(((kind.text or "").strip() for kind in child if bare(kind.tag) == "MIME"), "")
        elif name == "DefaultValue":
            out[name] = text
        elif name == "Applicability":
            for part in child:
                inside = part.text or ""
                lists = {"OsBuildVersion": ",", "EditionAllowList": ";"}
                known = bare(part.tag)
                out[known] = split(inside, lists[known]) if known in lists else inside.strip()
        elif name == "AllowedValues":
            out[name] = allowed(child)
        elif name == "DependencyBehavior":
            out[name] = [group(inner) for inner in child if bare(inner.tag) == "DependencyGroup"]
        elif name == "ConflictResolution":
            out[name] = text.strip()
        elif name == "Deprecated":
            out[name] = {"OsBuildDeprecated": attribute(child, "OsBuildDeprecated")}
        elif name == "AtomicRequired":
            out[name] = True
        elif name == "RebootBehavior" and text.strip() != "None":
            out[name] = text.strip()
    return {name: value for name, value in out.items() if value is not None and (name != "MIME" or value)}


INHERITED = ("OsBuildVersion", "CspVersion", "EditionAllowList")


def windows(folder):
    nodes = {}

    def walk(node, parent):
        described = node.find("DFProperties")
        described = ET.Element("DFProperties") if described is None else described
        name = (node.findtext("NodeName") or "").strip()
        facts = properties(described)
        if name:
            facts.pop("DynamicNodeNaming", None)
            uri = f"{parent}/{name}"
        else:
            title = described.findtext("DFTitle").strip()
            names = [f"{{{title}}}"] + [f"{{{title} {number}}}" for number in range(2, 9)]
            uri = next(f"{parent}/{name}" for name in names if f"{parent}/{name}".lower() not in nodes)
        nodes[uri.lower()] = {**facts, "LocURI": uri}
        for child in node.findall("Node"):
            walk(child, uri)

    for path in sorted(glob.glob(os.path.join(folder, "*.xml"))):
        for node in ET.parse(path).getroot().findall("Node"):
            walk(node, (node.findtext("Path") or "").strip().rstrip("/"))
    # The areas of the Policy CSP are in files of their own, below nodes of another.
    for uri, node in nodes.items():
        above = ["/".join(uri.split("/")[:length]) for length in range(1, uri.count("/") + 2)]
        levels = [nodes[level] for level in above if level in nodes]
        node["effective"] = {field: level[field] for level in levels for field in INHERITED if field in level}
    return {node["LocURI"]: node for node in nodes.values()}


# Errata: what they say in the field names of the data, laid over what was read here.

RENAMED = {"conflict": "ConflictResolution", "format": "DFFormat", "default": "DefaultValue"}


def correct_key(key, field, value):
    kind = key["type"]
    if field == "required":
        return put(key, "presence", "required" if value else "optional")
    if field in ("secret", "refers", "excludes"):
        return put(key.setdefault("curated", {}), field, value)
    if field == "range_on":
        return put(key.setdefault("curated", {}), "range", {system: ends(kind, span) for system, span in value.items()})
    if field in ("default", "rangelist", "range"):
        read = {"default": scalar, "range": ends, "rangelist": lambda kind, items: [scalar(kind, item) for item in items]}
        return put(key, field, None if value is None else read[field](kind, value))
    if field == "subkeys":
        return put(key, field, [{"key": one["key"], "type": f"<{one['type']}>", "presence": "optional"} for one in value])
    return put(key, field, value)


def correct_node(node, field, value):
    if field == "secret":
        return put(node.setdefault("curated", {}), field, value)
    if field == "deprecated":
        return put(node, "Deprecated", {"OsBuildDeprecated": value})
    if field == "allowed":
        changed = False
        values = node.setdefault("AllowedValues", {})
        for inner, given in value.items():
            if inner == "values" and values["ValueType"] in ("ENUM", "Flag"):
                changed |= put(values, "Enum", [{"Value": one} for one in given])
            elif inner == "values":
                changed |= put(values, "Value", given[0] if len(given) == 1 else given)
            elif inner == "delimiter":
                changed |= put(values, "List", {"Delimiter": given})
            elif inner == "kind":
                changed |= put(values, "ValueType", given)
            elif inner == "admx":
                names = {"name": "Name", "file": "File", "area": "Area"}
                for part, text in given.items():
                    changed |= put(values["AdmxBacked"], names.get(part, part), text)
            else:
                return False
        return changed
    return put(node, RENAMED.get(field, field), value)


def put(fields, name, value):
    """Whether it makes a difference."""
    before = fields.get(name)
    if value is None:
        fields.pop(name, None)
    else:
        fields[name] = value
    return before != fields.get(name)


def below(level, path):
    for key in level:
        if key["key"] == path[0]:
            if len(path) == 1:
                yield key
            else:
                yield from below(key.get("subkeys", []), path[1:])


FORMS = {"profile": "payloadtype", "declaration": "declarationtype", "command": "requesttype"}


def correct(at, change, types, nodes):
    if "uri" in at:
        node = nodes.get(at["uri"])
        return [correct_node(node, field, value) for field, value in change.items()] if node else []
    wanted = [FORMS[at["form"]]] if "form" in at else FORMS.values()
    made = []
    for file, entry in types.items():
        if file != at.get("file", file) or at["type"] not in (entry.get(field) for field in wanted):
            continue
        if not at.get("key"):
            made += [put(entry, field, value) for field, value in change.items()]
        for field in ("payloadkeys", "responsekeys"):
            for key in below(entry.get(field, []), at.get("key") or [None]):
                made += [correct_key(key, name, value) for name, value in change.items()]
    return made


def lay_errata_over(types, nodes):
    for path in sorted(glob.glob(ERRATA)):
        with open(path, encoding="utf-8") as file:
            rows = json.load(file)
        for row in rows:
            for at in row["at"] if isinstance(row["at"], list) else [row["at"]]:
                made = correct(at, row["set"], types, nodes)
                if not made or not any(made):
                    faults.append(f"{os.path.basename(path)}: {at} changes nothing")


# The comparison.


def differ(where, ours, theirs):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(set(ours) | set(theirs)):
            if name not in ours or name not in theirs:
                side = "the vendor's alone" if name in theirs else "the catalogue's alone"
                faults.append(f"{where}: {name} is {side}: {ours.get(name, theirs.get(name))!r}")
            else:
                differ(f"{where}.{name}", ours[name], theirs[name])
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for n, (one, other) in enumerate(zip(ours, theirs)):
            name = one.get("key", n) if isinstance(one, dict) else n
            differ(f"{where}[{name}]", one, other)
    elif ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
        faults.append(f"{where}: {ours!r} in the catalogue, {theirs!r} in the vendor's file")


def facts(entry):
    """An entry without what is the compiler's own."""
    kept = {name: value for name, value in entry.items() if name not in OWN}
    if "effective" in kept:
        kept["effective"] = {name: value for name, value in kept["effective"].items() if name != "editions"}
    return kept


def compare(reference, path):
    """Holds every entry of the file against the vendors' files; the number of entries, and the faults."""
    types, nodes = apple(os.path.join(reference, "apple-schema")), windows(os.path.join(reference, "windows-ddf"))
    counts = (len(types), len(nodes))
    lay_errata_over(types, nodes)
    with open(path, encoding="utf-8") as file:
        shown = json.load(file)
    for one in shown:
        for entry in one["entries"]:
            is_node = one["kind"] == "node"
            name = entry["LocURI"] if is_node else entry["source"]["file"]
            theirs = (nodes if is_node else types).pop(name, None)
            if theirs is None:
                faults.append(f"{name}: the vendor has no such file or node, or it is shown twice")
            else:
                differ(name, facts(entry), theirs)
    faults.extend(f"{name}: not in the catalogue" for name in [*types, *nodes])
    return counts, faults
