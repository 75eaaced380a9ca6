#!/bin/sh
# SPDX-License-Identifier: ISC
# hacking.sh [TREE] - what HACKING names is there, and it is one page.
#
#   dir/name      a file or folder; a word in capitals stands for any. Not what begins with / or build/
#   name()        a function that some room defines
#   one_name      a table of some room; struct NAME, enum NAME
#   ONE_NAME      of an enum in some header
#   make NAME     a target; T=NAME is the beginning of a test's name, another VARIABLE= is the makefile's
#   "signet X"    a row of the table of commands
set -eu
cd "${1:-.}"
rooms='base dns sign sendmail-shim relay trust signet'
bad=0

complain() {
	echo "HACKING: $1"
	bad=1
}

# words REGEX: the words that are that, each once, without what surrounds them
words() {
	tr -s ' \n' '\n' < HACKING | sed 's/^[("<>]*//; s/[],.;:"]*$//; s/\([^(]\))[],.;:"]*$/\1/' | grep -xE -- "$1" | sort -u
}

# said REGEX: what fits it, over the ends of words and lines
said() {
	tr -s ' \n' ' ' < HACKING | grep -oE -- "$1" | sort -u
}

# shellcheck disable=SC2086
sources=$(find $rooms -name '*.[ch]')

# A definition is a line that begins with a type, and a brace on a line of its own before any semicolon.
# shellcheck disable=SC2086
functions=$(awk '
	/^[a-z_].*\(/ { sub(/\(.*/, "", $0); sub(/.*[ *]/, "", $0); name = $0; next }
	/^\{/ && name { print name; name = "" }
	/;[ \t]*$/ || /^}/ { name = "" }
	' $sources /dev/null | sort -u)

for path in $(words '[^ ]+/.*' | sed 's/^ONLY=//' | grep -v '^/\|^build/\|^T='); do
	# shellcheck disable=SC2046
	set -- $(echo "$path" | sed 's/[A-Z][A-Z]*/*/g')
	[ -e "$1" ] || complain "$path is not there"
done
for file in $(words '[a-z_]+\.(c|h|sh)'); do
	complain "$file is to be named from the root of the tree"
done
for name in $(said '[a-z_0-9]+\(\)' | tr -d '()'); do
	echo "$functions" | grep -qx "$name" || complain "no room defines $name()"
done
for name in $(words '[a-z]+(_[a-z]+)+'); do
	# shellcheck disable=SC2086
	grep -qE "^[a-z].*\<$name(\[|;| =| \{)" $sources /dev/null || complain "no room has $name"
done
for name in $(said '\<(struct|enum) [a-z_]+' | sed 's/.* //'); do
	# shellcheck disable=SC2086
	grep -qE "^(struct|enum) $name \{" $sources /dev/null || complain "no room has struct or enum $name"
done
for name in $(words '[A-Z]+(_[A-Z]+)+'); do
	# shellcheck disable=SC2046
	grep -qE "^[[:space:]]+$name( =|,)" $(echo "$sources" | grep '\.h$') /dev/null || complain "no header has $name"
done
for name in $(said '\<make [a-z][a-z-]*' | sed 's/make //'); do
	grep -qE "^(\.PHONY:(.* )?)?$name( |:|\$)" GNUmakefile || complain "there is no make $name"
done
for name in $(said '\<T=[a-z0-9/_]+' | sed 's/T=//'); do
	find tests -path "tests/*$name*" -name '*.[cs]*' | grep -q . || complain "T=$name names no test"
done
for name in $(said '\<[A-Z]+=' | tr -d =); do
	grep -q "\$($name)" GNUmakefile || complain "the makefile has no $name"
done
for name in $(said '"signet [^"]+"' | sed 's/^"signet //; s/"$//; s/ /_/g'); do
	grep -q "{ \"$(echo "$name" | tr _ ' ')\"" signet/command_table.c || complain "there is no signet $name"
done

lines=$(wc -l < HACKING)
[ "$lines" -le 120 ] || complain "$lines lines are more than a page"
exit $bad
