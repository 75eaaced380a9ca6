#!/bin/bash
# SPDX-License-Identifier: ISC
# The tree keeps to its arrows and its waits are waits; a tree of which that is not so is noticed.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
tap_plan 79

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# planted NAME FILE INCLUDE WANT: a tree with that one line in FILE
planted() {
	rm -rf "$tree"
	mkdir -p "$tree"/{base/mail,base/conf,base/view,dns,sign,sendmail-shim,relay/route,relay/queue,relay/signer,relay/once,trust,signet/{keys,queue,way},tests/sign,tests/fuzz,tests/bench}
	touch "$tree"/{base/span.h,base/mail/idn.h,base/conf/config.h,base/view/trace.h,dns/dns.h,sign/{sign,key}.h,relay/role.h,relay/route/route.h,relay/queue/sql.h,relay/signer/keys.h,signet/{command_table,keys/keyset,queue/choice}.h,tests/tap.h}
	echo '#include <sqlite3.h>' > "$tree/relay/queue/sql.c"
	printf '%s\n' "#include $3" > "$tree/$2"
	if out=$(sh tests/lint/arrows.sh "$tree" 2>&1); then out=fine; fi
	like "$1" "$out" "$4"
}

# waits NAME LINE WANT: a tree with that one line in a script
waits() {
	rm -rf "$tree"
	mkdir -p "$tree/tests/e2e"
	printf '%s\n' "$2" > "$tree/tests/e2e/a.sh"
	if out=$(sh tests/lint/waits.sh "$tree" 2>&1); then out=fine; fi
	like "$1" "$out" "$3"
}

# signals NAME LINE WANT: a tree with that one line in a test's program
signals() {
	rm -rf "$tree"
	mkdir -p "$tree/tests/relay"
	printf '%s\n' "$2" > "$tree/tests/relay/a_test.c"
	if out=$(sh tests/lint/signals.sh "$tree" 2>&1); then out=fine; fi
	like "$1" "$out" "$3"
}

# hacking NAME LINE WANT: a tree with a little of everything, and that one line in HACKING
hacking() {
	rm -rf "$tree"
	mkdir -p "$tree"/{base,dns,sign,sendmail-shim,relay/queue,trust,signet,tests/e2e}
	touch "$tree"/tests/e2e/05-restart.sh
	printf '%s\n' '.PHONY: all t' 't:' '	one $(T) $(SANITIZE)' > "$tree/GNUmakefile"
	printf '%s\n' 'static const struct row one_table[] = {' '};' 'struct one {' '};' '/* FRAME_TWO */' 'enum {' '	FRAME_ONE,' '};' \
		'int declared(int a,' '             int b);' > "$tree/base/one.h"
	printf '%s\n' 'static int one_begin(int a,' '                     int b)' '{' '	one_called();' '}' > "$tree/relay/queue/one.c"
	echo '	{ "queue list", 1 },' > "$tree/signet/command_table.c"
	printf '%s\n' "$2" > "$tree/HACKING"
	if out=$(sh tests/lint/hacking.sh "$tree" 2>&1); then out=fine; fi
	like "$1" "$out" "$3"
}

# calls NAME WANT FILE CALLS…: a tree of one room whose files define what they are called and call others
calls() {
	local name=$1 want=$2
	rm -rf "$tree"
	mkdir -p "$tree/relay/queue" "$tree/tests/lint"
	printf '%s\n' 'relay/queue: top' 'relay/queue: low lower' > "$tree/tests/lint/floors"
	shift 2
	while [ $# -gt 0 ]; do
		printf '%s\n' "int $1(int a)" '{' "	return $2(a);    /* or top() */" '}' > "$tree/relay/queue/$1.c"
		shift 2
	done
	if out=$(/usr/bin/python3 tests/lint/circles.py "$tree" 2>&1); then out=fine; fi
	like "$name" "$out" "$want"
}

# licence NAME FILE LINES WANT [add]: a tree with that one file
licence() {
	rm -rf "$tree"
	mkdir "$tree"
	echo 'ISC License' > "$tree/LICENSE"
	printf '%b' "$3" > "$tree/$2"
	chmod 755 "$tree/$2"
	if out=$(sh tests/lint/spdx.sh "$tree" "${5:-}" 2>&1); then out=$(stat -c %a "$tree/$2" | tr '\n' ' '; paste -sd'|' "$tree/$2"); fi
	like "$1" "$out" "$4"
}

ok "this tree's waits" sh tests/lint/waits.sh .
ok "this tree's signals" sh tests/lint/signals.sh .
ok "this tree's arrows" sh tests/lint/arrows.sh .
ok "this tree's files call each other in one direction" /usr/bin/python3 tests/lint/circles.py .
ok "this tree's headers compile alone" sh tests/lint/headers.sh
ok "this tree's HACKING" sh tests/lint/hacking.sh .
ok "this tree's licence, in each source file" sh tests/lint/spdx.sh .
compiles() { env -u MAKEFLAGS -u WERROR make -n BUILD="$tree" "$@" "$tree/obj/base/buf.o" | grep -c -e ' -Werror .*base/buf\.c'; }
is "a warning does not stop a user's build" "$(compiles)" 0
is "but it stops that of .ci/run" "$(compiles "$(grep -o 'WERROR=-Werror' .ci/run)")" 1
# GNUmakefile calls them by their numbers.
is "each end-to-end script has a number of its own" "$(ls tests/e2e/[0-9]*.sh | cut -d- -f1 | uniq -d)" ""
is "each of them, and of the units, can be executed" "$(find tests -name '*_test.sh' ! -perm -100 -o -path 'tests/e2e/[0-9]*.sh' ! -perm -100)" ""
shapes() { sed -n 's/^const struct shape \([a-z_]*\) .*/\1/p' $(find base dns sign sendmail-shim relay trust signet -name '*.c'); }
is "each shape is fuzzed" "$(shapes | while read -r s; do grep -q "&$s\b" tests/fuzz/shape_fuzz.c || echo "$s"; done)" ""

calls "downwards"           '^fine$'                                     top low low lower lower f
calls "two in a circle"     'a circle of 2 files: low calls lower'       top low low lower lower low
calls "upwards"             'lower.c: calls top.c, which stands above'   top f low f lower top
calls "on no floor"         'new.c: stands on no floor'                  top low low f lower f new f
calls "a floor's file gone" 'lower.c: is on a floor and not there'       top low low f

T='SPDX-License-Identifier:'
licence "a file that says its licence"      a.c  "/* $T ISC */\nint a;\n"        '^755 /\* SPDX.*int a;$'
licence "a file that does not"              a.c  'int a;\n'                       'a\.c: no line .* at its top'
licence "a file with another licence"       a.py "# $T MIT\n"                     'a\.py: no line'
licence "a file that says it far below"     a.sh "#!/bin/sh\n\n\n\n\n# $T ISC\n" 'a\.sh: no line'
licence "what it lacks is added on top"     a.h  'int a;\n'                       "^755 /\\* $T ISC \\*/\\|int a;\$"          add
licence "behind the line of its program"    a.sh '#!/bin/sh\nexit\n'              "^755 #!/bin/sh\\|# $T ISC\\|exit\$"        add
licence "as a page has it"                  a.8  '.Dd x\n'                        "^755 \\.\\\\\" $T ISC\\|\.Dd x\$"      add

planted "what may be may be"                sign/a.c          '"base/span.h"'         '^fine$'
planted "base sees nobody"                  base/a.c          '"sign/sign.h"'         'base/a.c:1: base must not'
planted "sign knows no DNS"                 sign/a.c          '"dns/dns.h"'           'sign must not'
planted "sendmail knows no relay"           sendmail-shim/a.c '"relay/role.h"'        'sendmail-shim must not'
planted "once sees what it does alone"      relay/once/a.c    '"relay/signer/keys.h"'   '^fine$'
planted "but not the queue"                 relay/once/a.c    '"relay/queue/sql.h"'     'relay/once must not'
planted "a role sees what relay shares"     relay/queue/a.c   '"relay/role.h"'        '^fine$'
planted "a role sees no other role"         relay/queue/a.c   '"relay/signer/keys.h"' 'relay/queue must not'
planted "what roles share sees no role"     relay/a.c         '"relay/queue/sql.h"' 'relay must not'
planted "sign has one door"                 relay/signer/a.c  '"sign/sign.h"'         '^fine$'
planted "for the signer alone"              relay/queue/a.c   '"sign/sign.h"'         'relay/queue must not'
planted "and no other"                      relay/signer/a.c  '"sign/key.h"'          'relay/signer must not'
planted "mail knows no configuration"       base/mail/a.c     '"base/conf/config.h"'  'base/mail must not'
planted "the configuration knows mail"      base/conf/a.c     '"base/mail/idn.h"'     '^fine$'
planted "a view knows no configuration"     base/view/a.c     '"base/conf/config.h"'  'base/view must not'
planted "base sees no room of its own"      base/a.c          '"base/view/trace.h"'   'base must not'
planted "sign knows no configuration"       sign/a.c          '"base/conf/config.h"'  'sign must not'
planted "relay/route sees no role"          relay/route/a.c   '"relay/queue/sql.h"'   'relay/route must not'
planted "signet sees relay/route"           signet/a.c        '"relay/route/route.h"' '^fine$'
planted "signet sees its rooms"             signet/a.c        '"signet/keys/keyset.h"' '^fine$'
planted "keys see no queue"                 signet/keys/a.c   '"signet/queue/choice.h"' 'signet/keys must not'
planted "a room of signet does not see the table" signet/way/a.c '"signet/command_table.h"' 'signet/way must not'
planted "signet sees nothing else of relay" signet/a.c        '"relay/role.h"'        'signet must not'
planted "a test sees what its room sees"    tests/sign/a.c    '"dns/dns.h"'           'must not'
planted "a test sees tap.h"                 tests/sign/a.c    '"tests/tap.h"'         '^fine$'
planted "a fuzz target sees any parser"     tests/fuzz/a.c    '"relay/role.h"'        '^fine$'
planted "a benchmark sees what it measures"  tests/bench/a.c   '"sign/sign.h"'         '^fine$'
planted "one door to SQLite"                relay/queue/zz.c  '<sqlite3.h>'           'its one door'
planted "names from the root"               relay/queue/a.c   '"store.h"'             'not named from the root'
planted "a header that is not there"        base/a.c          '"base/none.h"'         'does not exist'
once='a.sh:[12]: this condition is asked once'
signals "a signal by its function" '	process_signal(pid, SIGKILL);' '^fine$'
signals "a signal that may go to all" '	kill(pid, SIGKILL);' 'a_test\.c:1: kill\(\) is called by process_signal alone'
waits "a wait for a function"               'lab_until 60 no_roles'                          '^fine$'
waits "a condition that is asked once"      'ok "ends" lab_until 60 test -z "$(lab_roles)"'  "$once"
waits "in the old quotes"                   'lab_need 60 test -z "`lab_roles`"'              "$once"
waits "on the next line"                    $'until_true \\\n\ttest -z "$(waiting)"'      "$once"
waits "an eval asks each time"              "lab_until 60 eval 'test -z \"\$(lab_roles)\"'"  '^fine$'
waits "a number is a number"                'lab_until 60 has 5 $((sent + 1))'               '^fine$'
waits "what comes after the wait"           'lab_until 60 settled || diag "$(lab_roles)"'    '^fine$'
waits "a comment"                           '# lab_until 5 test -z "$(lab_roles)"'           '^fine$'
hacking "what is there may be named"  'see base/one.h (relay/ROLE/one.c), one_begin(), one_table, struct one; FRAME_ONE; "signet queue list"; make t T=e2e/05 SANITIZE=1; /etc/none, build/none' '^fine$'
hacking "a path that is not there"    'see base/two.h.'        'base/two.h is not there'
hacking "a folder likewise"           'relay/ROLE/two.c'       'relay/ROLE/two.c is not there'
hacking "a path that is cut"          'it is one.c'            'one.c is to be named from the root'
hacking "a function that nobody has"  'by two_begin()'         'no room defines two_begin\(\)'
hacking "one that is declared alone"  'declared() does it'     'no room defines declared\(\)'
hacking "one that is called alone"    '(one_called())'         'no room defines one_called\(\)'
hacking "a table"                     'a row of two_table.'    'no room has two_table'
hacking "a struct"                    'by struct two alone'    'no room has struct or enum two'
hacking "a frame"                     'FRAME_TWO, then'        'no header has FRAME_TWO'
hacking "a target"                    'run make two'           'there is no make two'
hacking "a variable of the makefile"  'make t TWO=1'           'the makefile has no TWO'
hacking "a test"                      'make t T=e2e/06'        'T=e2e/06 names no test'
hacking "a command"                   'by "signet queue two".' 'there is no signet queue_two'
hacking "more than a page"            "$(seq 121)"             '121 lines are more than a page'
tap_done
