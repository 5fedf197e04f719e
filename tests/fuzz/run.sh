#!/bin/bash
# Run every fuzz target for a while on a copy of its seeds: run.sh BUILD-DIR [SECONDS] [NAME]
# What is found stays in BUILD-DIR/fuzz/NAME: the crashing input, and the log that says why.
set -u

build=$1
seconds=${2:-60}
only=${3:-}
seeds=$(cd "$(dirname "$0")" && pwd)/corpus
passed=0
failed=0

case $seconds in
'' | *[!0-9]*)
	echo "fuzz: '$seconds' is not a number of seconds" >&2
	exit 2
	;;
esac

fuzz_one() { # TARGET: true if it ran clean
	local target=$1 name dir
	local -a dict=()
	name=$(basename "$target")
	name=${name#fuzz_}
	dir=$build/fuzz/$name
	mkdir -p "$dir/corpus" "$dir/found"
	[ -d "$seeds/$name" ] && cp -n "$seeds/$name"/* "$dir/corpus/" 2>/dev/null
	[ -f "$seeds/$name.dict" ] && dict=(-dict="$seeds/$name.dict")

	ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		timeout $((seconds + 60)) "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
		-max_len=65536 -print_final_stats=1 -artifact_prefix="$dir/found/" "${dict[@]}" "$dir/corpus" \
		>"$dir/log" 2>&1
}

for target in "$build"/tests/fuzz/fuzz_*; do
	[ -f "$target" ] && [ -x "$target" ] || continue
	case $target in *"$only"*) ;; *) continue ;; esac
	name=$(basename "$target")
	if fuzz_one "$target"; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz/${name#fuzz_}/log")
		echo "ok      $name  (${runs:-?} inputs in $seconds s)"
		passed=$((passed + 1))
	else
		echo "FAILED  $name  (log and input: $build/fuzz/${name#fuzz_})"
		grep -m3 -E 'ERROR|runtime error|SUMMARY' "$build/fuzz/${name#fuzz_}/log"
		failed=$((failed + 1))
	fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
