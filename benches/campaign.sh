#!/usr/bin/env bash
# Kills builds at every moment of their work, and runs builds against one another: no file may ever be half written, and the next
# build must leave exactly what it leaves in an empty folder. Run by hand: benches/campaign.sh [KILLS]
# It prints how many builds were killed, how many of them had begun to write, and how many rounds were wrong.
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-300}
cargo build --release --quiet
program=$PWD/target/release/policyc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Two states of the same sources: other lengths, and a group under another name, so that files are written and removed.
for state in a b; do
    mkdir -p "$work/$state"
    cp -r policy-sources "$work/$state/"
done
sed -i 's/min-length: 6/min-length: 9/' "$work"/b/policy-sources/cafcass/it-policy.yaml
sed -i 's/iphones/handsets/g' "$work"/b/policy-sources/cafcass/*.yaml
for state in a b; do
    "$program" build -C "$work/$state" --as-of 2026-10-01 > "$work/$state.log" 2>&1
done

# Each file is one that a whole build writes at that path; what only a build in its course has there aside.
whole() {
    local file relative
    while IFS= read -r -d '' file; do
        relative=${file#"$1"/}
        cmp -s "$file" "$work/a/profiles-out/$relative" || cmp -s "$file" "$work/b/profiles-out/$relative" || {
            echo "half written: $relative"
            return 1
        }
    done < <(find "$1" -type f ! -name '.policyc-*' -print0)
}

now() { local t=$EPOCHREALTIME; echo "${t/./}"; }

start=$(now)
"$program" build -C "$work/a" > "$work/time.log" 2>&1
took=$(($(now) - start))
mkdir "$work/k"
cp -r "$work/a/policy-sources" "$work/k/"
killed=0 writing=0 wrong=0
for ((round = 0; round < kills; round++)); do
    state=$([[ $((round % 2)) == 0 ]] && echo b || echo a)
    rm -rf "$work/k/policy-sources" && cp -r "$work/$state/policy-sources" "$work/k/"
    before=$(find "$work/k/profiles-out" -printf '%P %T@ %s\n' 2> "$work/find.log" | sort || true)
    micros=$((1 + (RANDOM * 32768 + RANDOM) % (took * 3 / 2)))
    # `timeout` kills a child that it has not waited for yet: never another process that got the number of one that ended.
    status=0
    timeout -s KILL "0.$(printf '%06d' "$micros")" "$program" build -C "$work/k" --as-of 2026-10-01 \
        > "$work/k.log" 2>&1 || status=$?
    [[ $status != 137 ]] || killed=$((killed + 1))
    after=$(find "$work/k/profiles-out" -printf '%P %T@ %s\n' 2> "$work/find.log" | sort || true)
    [[ $before == "$after" ]] || writing=$((writing + 1))
    [[ ! -d $work/k/profiles-out ]] || whole "$work/k/profiles-out" || wrong=$((wrong + 1))
    # Some killed builds are followed by one of the other state, as an author would go on.
    [[ $((round % 3)) != 0 ]] || continue
    "$program" build -C "$work/k" --as-of 2026-10-01 > "$work/k.log" 2>&1 || { wrong=$((wrong + 1)); cat "$work/k.log"; }
    diff -r "$work/$state/profiles-out" "$work/k/profiles-out" || wrong=$((wrong + 1))
done
echo "kill -9: $kills builds, $killed killed in their course, $writing had begun to write or had finished, $wrong wrong"

wrong=0
for ((round = 0; round < kills / 10; round++)); do
    rm -rf "$work/k/profiles-out"
    for _ in 1 2 3 4; do "$program" build -C "$work/k" --as-of 2026-10-01 > "$work/k.log" 2>&1 & done
    wait
    whole "$work/k/profiles-out" || wrong=$((wrong + 1))
    "$program" build -C "$work/k" --as-of 2026-10-01 > "$work/k.log" 2>&1
    state=$(grep -q '^  handsets:' "$work/k/policy-sources/cafcass/groups.yaml" && echo b || echo a)
    diff -r "$work/$state/profiles-out" "$work/k/profiles-out" || wrong=$((wrong + 1))
done
echo "four builds at once: $((kills / 10)) rounds, $wrong wrong"
