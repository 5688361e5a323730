#!/usr/bin/env python3
"""Kills `release` and `build` at random points, and looks at what they leave. Run by hand:

    cargo build --release && tests/campaigns/kill.py [--runs 200] [--seed N] [--program target/release/policyc]

A release that was killed has left its bundle whole or not at all: where one stands, it has the bytes of a run that nobody killed, and
`verify` proves it. A build that was killed has left each file as it was before or as it is to be, and a manifest that answers for what is
there or is the old one. The next run puts everything right and sweeps what was left behind. At the end, disks that are full or read-only
(as root alone, who may mount some): exit 2, and the old state. Exit 0: all held."""

import argparse, hashlib, json, os, pathlib, random, shutil, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEYS = ROOT / "tests/keys"
SIGN = ["--key", KEYS / "p256.key", "--certificate", KEYS / "p256.pem", "--chain", KEYS / "intermediate.pem"]
TIME = ["--signing-time", "2027-05-18T13:33:20Z"]
FORMS = ["bundle", "bundle.tar.gz", "bundle.zip"]
faults = []


def fault(text):
    faults.append(text)
    print("FAULT:", text, flush=True)


def tree(folder):
    """Every file below a folder with its digest; a file is its own."""
    if folder.is_file():
        return {"": hashlib.sha256(folder.read_bytes()).hexdigest()}
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


class Project:
    """The repository's own policies, approved and committed."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        for part in ["policy-sources", "golden"]:
            shutil.copytree(ROOT / part, folder / part)
        (folder / ".gitignore").write_text("/*\n!/policy-sources/\n!/golden/\n!/.gitignore\n")
        for command in ["init -q", "add -A", "-c user.name=t -c user.email=t@policyc.example commit -qm approved"]:
            subprocess.run(["git", *command.split()], cwd=folder, check=True)

    def run(self, *arguments, kill_after=None):
        child = subprocess.Popen(
            [str(word) for word in (self.program, *arguments)],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if kill_after is not None:
            lasts, watched = kill_after
            if random.random() < 0.4:
                time.sleep(random.uniform(0, lasts * 1.1))
            else:
                # Where it matters: from the first unfinished file on.
                while child.poll() is None and not any(watched.glob(".policyc-*")):
                    pass
                time.sleep(random.choice([0, 0.001, 0.005, 0.02, 0.1]) * random.random())
            child.send_signal(signal.SIGKILL)
        told = child.communicate()[0].decode(errors="replace")
        return child.returncode, told

    def good(self, *arguments):
        code, told = self.run(*arguments)
        if code != 0:
            sys.exit(f"{arguments}: {told}")

    def release(self, out, **how):
        return self.run("release", "--out", out, *SIGN, *TIME, **how)

    def lasts(self, work):
        """How long a run takes that nobody kills: the shortest of three."""
        def once():
            begun = time.monotonic()
            work()
            return time.monotonic() - begun
        return min(once() for _ in range(3))


def releases(project, runs):
    for form in FORMS:
        place = project.folder / "out"
        out = place / form
        def anew():
            remove(place) if place.exists() else None
            project.good("release", "--out", out, *SIGN, *TIME)
        lasts = project.lasts(anew)
        expected = tree(out)
        whole = left = killed = 0
        for _ in range(runs):
            remove(out)
            code, _told = project.release(out, kill_after=(lasts, place))
            killed += code == -signal.SIGKILL
            if out.exists():
                whole += 1
                if tree(out) != expected:
                    fault(f"{form}: a bundle stands there that is not whole")
                    if project.run("verify", out, "--root", KEYS / "root.pem", "--now", TIME[1])[0] == 0:
                        fault(f"{form}: and verify calls it good")
                continue
            left += any(place.glob(".policyc-*"))
            code, told = project.release(out)
            if code != 0 or tree(out) != expected:
                fault(f"{form}: the next release does not put it right: {told}")
            if [path.name for path in place.iterdir()] != [form]:
                fault(f"{form}: something is left behind: {sorted(path.name for path in place.iterdir())}")
        code, told = project.run("verify", out, "--root", KEYS / "root.pem", "--now", TIME[1], "--sources")
        if code != 0:
            fault(f"{form}: verify finds fault with the last one: {told}")
        print(f"release {form}: {runs} runs of {lasts * 1000:.0f} ms, {killed} killed: {whole} whole, {left} left something to sweep", flush=True)
        remove(place)


def identify(project, prefix):
    """Puts a prefix before the identifier of every organisation."""
    for path in project.folder.glob("policy-sources/*/organisation.yaml"):
        text = path.read_text().replace("identifier: org.example.", "identifier: ")
        path.write_text(text.replace("identifier: ", f"identifier: {prefix}"))


def builds(project, runs):
    # The identifier of an organisation is in each of its profiles.
    states = []
    for prefix in ["", "org.example."]:
        identify(project, prefix)
        remove(project.folder / "profiles-out") if (project.folder / "profiles-out").exists() else None
        project.good("build")
        states.append((prefix, tree(project.folder / "profiles-out")))
    different = sum(states[0][1].get(path) != digest for path, digest in states[1][1].items())
    assert different > 15, different
    out, killed, half, old = project.folder / "profiles-out", 0, 0, 0
    lasts = project.lasts(lambda: (remove(out), project.good("build")))
    print(f"build: {different} of {len(states[1][1])} files differ between the two states", flush=True)
    for n in range(runs):
        (_, before), (prefix, after) = states[(n + 1) % 2], states[n % 2]
        identify(project, prefix)
        code, _told = project.run("build", kill_after=(lasts, out))
        killed += code == -signal.SIGKILL
        now = {path: digest for path, digest in tree(out).items() if not pathlib.Path(path).name.startswith(".policyc-")}
        manifest = now.pop("manifest.json")
        old += now == {path: digest for path, digest in before.items() if path != "manifest.json"}
        half += now not in [{p: d for p, d in state.items() if p != "manifest.json"} for state in (before, after)]
        for path, digest in now.items():
            if digest not in (before.get(path), after.get(path)):
                fault(f"build: {path} is neither the old one nor the new one")
        if manifest == after["manifest.json"]:
            listed = {file["path"]: file["sha256"] for file in json.loads((out / "manifest.json").read_text())["files"]}
            if any(now.get(path) != digest for path, digest in listed.items()):
                fault("build: the manifest answers for files that are not there")
        elif manifest != before["manifest.json"]:
            fault("build: the manifest is neither the old one nor the new one")
        code, told = project.run("build")
        if code != 0 or tree(out) != after:
            fault(f"build: the next build does not put it right: {sorted(set(tree(out)) ^ set(after))} {told}")
    identify(project, "")
    code, told = project.run("check")
    if code != 0:
        fault(f"check: {told}")
    print(f"build: {runs} runs of {lasts * 1000:.0f} ms, {killed} killed: {old} old, {half} between, all repaired", flush=True)


def disks(project, folder):
    place = folder / "disk"
    place.mkdir()
    # The bundle has more bytes than this.
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24k", "none", place], stderr=subprocess.DEVNULL).returncode != 0:
        print("full and read-only disks: not run, because nothing can be mounted here")
        return
    try:
        for state in ["full", "read-only"]:
            if state == "read-only":
                subprocess.run(["mount", "-o", "remount,ro,size=16m", place], check=True)
            for form in FORMS:
                for out in [place / form, place / "deeper/down" / form]:
                    code, told = project.release(out)
                    if code != 2 or "failed: cannot " not in told or any(place.iterdir()):
                        fault(f"{state}, {form}: {code}, {sorted(place.rglob('*'))}: {told}")
            print(f"release onto a disk that is {state}: exit 2, and nothing there", flush=True)
    finally:
        subprocess.run(["umount", place], check=True)
    # A build, whose last one stands on a disk that then has no room, or may not be written.
    out = project.folder / "profiles-out"
    remove(out)
    out.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", out], check=True)
    try:
        project.good("build")
        identify(project, "org.example.")
        before = tree(out)
        with open(out / "fill", "wb", buffering=0) as fill:
            try:
                while True:
                    fill.write(b"x" * 4096)
            except OSError:
                pass
        for state in ["full", "read-only"]:
            if state == "read-only":
                (out / "fill").unlink()
                subprocess.run(["mount", "-o", "remount,ro", out], check=True)
            code, told = project.run("build")
            now = tree(out)
            now.pop("fill", None)
            if code != 2 or now != before:
                fault(f"build, {state}: {code}, {sorted(set(now) ^ set(before))}: {told}")
            print(f"build onto a disk that is {state}: exit 2, and the old state", flush=True)
    finally:
        subprocess.run(["umount", out], check=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/policyc")
    given = arguments.parse_args()
    random.seed(given.seed)
    print(f"seed {given.seed}, {given.program}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "project").mkdir()
        project = Project(given.program.resolve(), folder / "project")
        builds(project, given.runs)
        releases(project, given.runs)
        disks(project, folder)
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
