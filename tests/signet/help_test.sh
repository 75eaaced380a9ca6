#!/bin/bash
# signet: one table is help, dispatch, manual page and completion.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 89
SIGNET=${BUILD:-build}/signet

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

run $SIGNET
is "no command: EX_USAGE" "$status" 64
like "and the usage" "$out" '^usage: signet'
run $SIGNET help
is "help" "$status" 0
commands=$(sed -n 's/^  signet \([a-z]*\( [a-z]*\)\{0,1\}\).*/\1/p' <<<"$out")
is "one line a command" "$(wc -l <<<"$commands")" 27
while read -r name; do
	grep -Eq "^\.It Ic $name( |\$)" signet/signet.8
	tap_say $? "signet(8) tells of \"$name\""
	word=${name%% *}
	run $SIGNET help "$word"
	like "help $word" "$status $out" "^0   signet $word"
	case $word in sign|verify|dns|completions|help|reload) continue ;; esac
	run $SIGNET "$word"
	is "$word alone: EX_USAGE" "$status" 64
done <<<"$commands"
run $SIGNET quue
is "an unknown command: EX_USAGE" "$status $out" \
	'64 signet: no command "quue"; the nearest is "queue"; signet help lists them'
run $SIGNET xyzzyxyzzy
is "one that is near to none" "$status $out" '64 signet: no command "xyzzyxyzzy"; signet help lists them'
run $SIGNET help quue
is "also in help" "$status" 64
run $SIGNET --version
like "--version" "$status $out" '^0 signet [0-9]'
run $SIGNET --help
is "--help" "$status" 0
run sh -c "$SIGNET help > /dev/full"
is "a full disk under the output is told" "$status" 74

# ---- completions --------------------------------------------------------------
complete_line() {
	bash --norc -c '. etc/completions/signet; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _signet; echo "${COMPREPLY[@]}"' _ "$@"
}
is "completes a command" "$(complete_line signet qu)" queue
is "completes its action" "$(complete_line signet queue l)" list
is "completes behind -C FILE" "$(complete_line signet -C x queue f)" flush
is "completes an option" "$(complete_line signet route --of)" --offline
tap_done
