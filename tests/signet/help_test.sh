#!/bin/bash
# SPDX-License-Identifier: ISC
# signet: one table is help, dispatch, manual page and completion.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

# Those that do something when nothing is said to them.
alone='sign|verify|dns|completions|help|reload|status|check'
commands=$($SIGNET help | cut -c1-27 | sed -nE 's/^  signet (([-a-z]+ )*[-a-z]+) .*/\1/p')
tap_plan $((47 + $(grep -cE '^[^-].{4}' <<<"${commands// /$'\n'}") + 2 * $(wc -l <<<"$commands") + $(grep -cvE "^($alone)( |\$)" <<<"$commands")))

run $SIGNET
is "no command: EX_USAGE" "$status" 64
like "and the usage" "$out" '^usage: signet'
run $SIGNET help
is "help" "$status" 0
is "one line a command of the table" "$(wc -l <<<"$commands")" "$(grep -cE '^	\{ "[a-z]' signet/command_table.c)"
like "in groups" "$(tr -s '\n ' ' ' <<<"$out")" 'Every day: .* Keys and their DNS records: .* Rarely: '
while read -r name; do
	grep -Eq "^\.It (Xo )?Ic ${name%% --*}( |\$)" signet/signet.8
	tap_say $? "signet(8) tells of \"$name\""
	word=${name%% *}
	run $SIGNET help "$word"
	like "help $word" "$status $out" "^0   signet $word"
	[[ ! $word =~ ^($alone)$ ]] || continue
	run $SIGNET "$word"
	is "$word alone: EX_USAGE" "$status" 64
done <<<"$commands"
run $SIGNET quue
is "an unknown command: EX_USAGE" "$status $out" \
	'64 signet: no command "quue"; the nearest is "queue"; signet help lists them'
while read -r word action; do
	[ ${#word} -lt 5 ] || like "${word}x" "$($SIGNET "${word}x" 2>&1)" "; the nearest is \"$word\""
	[[ ${#action} -lt 5 || $action = -* ]] || like "$word ${action}x" "$($SIGNET help "$word" "${action}x" 2>&1)" "; the nearest is \"$action\""
done <<<"$commands"
run $SIGNET xyzzyxyzzy
is "one that is near to none" "$status $out" '64 signet: no command "xyzzyxyzzy"; signet help lists them'
run $SIGNET -C
is "-C without a file" "$status $out" '64 signet: -C needs the name of a configuration file'
run $SIGNET -C '' help
is "or with an empty name, as of a variable that is not set" "$status" 64
for domain in '' 'two words' me@b.example; do
	run $SIGNET check --only spf "$domain"
	is "check \"$domain\"" "$status $out" "64 signet: \"$domain\" is not a domain name"
done
run $SIGNET help quue
is "also in help" "$status" 64
run $SIGNET --version
like "--version" "$status $out" '^0 signet [0-9]'
run $SIGNET --help
is "--help" "$status" 0
run sh -c "$SIGNET help > /dev/full"
is "a full disk under the output is told" "$status" 74

run $SIGNET help key new
is "help narrows to an action" "$status $(grep -c '^  signet ' <<<"$out") $(head -n 1 <<<"$out" | cut -c1-16)" '0 1   signet key new'
for words in 'key new' 'queue list' 'queue' 'verify' 'route' 'key new --type rsa'; do
	run $SIGNET $words --help
	like "signet $words --help" "$status $out" "^0   signet ${words%% --*}"
done
run bash -c "exec 3> >(exit 0); wait \$!; $SIGNET completions bash >&3; echo \$?"
is "who reads no further is no fault: nothing is said" "$out" 141
openssl genpkey -algorithm ed25519 -out "$T/key" 2>/dev/null
chmod 600 "$T/key"
run bash -c "exec 3> >(exit 0); wait \$!; printf 'From: a@b.example\n\nx\n' | $SIGNET sign --domain b.example --selector s --key $T/key >&3; echo \$?"
is "nor for signet sign" "$out" 141

# ---- completions --------------------------------------------------------------
PATH=$(realpath "${BUILD:-build}"):$PATH
cat > "$T/conf" <<'END'
control = "/none"; socket = "/none2";
smarthosts = ( { name = "isp"; host = "a" }, { name = "other"; host = "b"; } );
dkim = ( { domain = "b.example"; selector = "s2026a"; file = "/none"; } );
END
export SIGNET_CONFIG=$T/conf
complete_line() {
	bash --norc -c '. etc/completions/bash/signet; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _signet; echo "${COMPREPLY[@]}"' _ "$@"
}
completes() { # NAME WANT WORD...
	local name=$1 want=$2
	shift 2
	is "completes $name" "$(complete_line signet "$@")" "$want"
}
completes "a command" queue qu
completes "its action" list queue l
completes "behind -C FILE" flush -C x queue f
completes "an option" --offline route --of
completes "an action's options alone" "--public" key show --pu
completes "not those of others" "" key show --ty
completes "what an option takes" "rsa ed25519" key new --type ''
completes "hops" "mx isp other" queue move --via ''
completes "and of signet test" "isp" test --via i
completes "selectors" "s2026a" key revoke s
completes "and behind --selector" "s2026a" key rotate --selector ''
completes "filters" "--sender" queue hold --se
completes "the option of route --sticky" "--clear" route --sticky --cl
for shell in bash:signet zsh:_signet fish:signet.fish; do
	is "etc/completions/${shell/://} is that of the table" "$(cat "etc/completions/${shell/://}")" "$($SIGNET completions "${shell%%:*}")"
done
like "fish: what an option takes" "$($SIGNET completions fish)" "from key; and __fish_seen_subcommand_from new' -l type -x -a ' rsa ed25519'"
like "fish: ids" "$($SIGNET completions fish)" "from queue; and __fish_seen_subcommand_from show' -a '\(signet completions ids 2>/dev/null\)'"
for shell in zsh fish; do
	if command -v $shell >/dev/null; then
		ok "$shell reads its own" $shell -n etc/completions/$shell/*
	else
		skip "$shell reads its own" "no $shell here"
	fi
done
run $SIGNET completions tcsh
is "another shell: EX_USAGE" "$status" 64
run $SIGNET completions ids
is "no signetd, no ids, no complaint" "$status $out" "0 "
tap_done
