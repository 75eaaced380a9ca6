#!/bin/bash
# SPDX-License-Identifier: ISC
# The header of a mail leaves in a form that every server passes on and every reader reads, whatever the caller wrote:
# each to a server with SMTPUTF8 and to one without a single word of EHLO, and both copies keep their signatures.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 139
world_names
lab_zone world.example <<'END'
hostile A 192.0.2.11
old MX 10 hostile
END
world_keys
world_config <<'END'
root = "owner@old.world.example";
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
retry_min = "300ms"; retry_max = "1s";
END
$SIGNET dns --zone | lab_zone sender.example
$SIGNET dns > records
lab_dns_start
world_mx_start
mkdir old
echo noword > old/script
lab_hostile_start old 192.0.2.11 25
lab_signetd_start
cat > opendkim.test <<END
Mode v
Nameservers 127.0.0.1
TrustAnchorFile /usr/share/dns/root.key
Syslog no
END

# ---- what was received ---------------------------------------------------------------

# old_data RECIPIENT: the wire's bytes of the copy for that recipient, as a path; false: there is none.
old_data() {
	local how
	how=$(grep -lxF "$1" old/*.how 2>/dev/null | head -n 1)
	[ -n "$how" ] && echo "${how%.how}.data"
}

# The message as it was before dots were doubled.
unstuffed() {
	perl -0777 -pe 's/(\A|\r\n)\.\r\n\z/$1/; s/(\A|\r\n)\./$1/g' "$1"
}

# field FILE NAME: the values of the fields of that name, unfolded, a line each.
field() {
	/usr/bin/python3 - "$@" <<-'END'
	import email, re, sys
	message = email.message_from_binary_file(open(sys.argv[1], 'rb'))
	for value in message.get_all(sys.argv[2], []):
	    print(re.sub(r'\r?\n', '', str(value)))
	END
}

# decoded FILE NAME: the same with encoded words decoded, and parameters.
decoded() {
	/usr/bin/python3 - "$@" <<-'END'
	import email, email.header, re, sys
	message = email.message_from_binary_file(open(sys.argv[1], 'rb'))
	for value in message.get_all(sys.argv[2], []):
	    value = re.sub(r'\r?\n', '', str(value))
	    print(''.join(p if isinstance(p, str) else p.decode(c if c and c != 'unknown-8bit' else 'latin-1')
	                  for p, c in email.header.decode_header(value)))
	print(message.get_filename() or 'no file name')
	END
}

verified() {
	local out
	$SIGNET verify --dns records < "$1" > verdict 2>&1 || return 1
	[ "$(grep -o 'dkim=pass' verdict | wc -l)" -eq 2 ] || return 1
	opendkim -x opendkim.test -vv -t "$1" 2>/dev/null | tr -d '\n' > verdict
	[ "$(grep -o 'dkim=pass' verdict | wc -l)" -eq 2 ] && ! grep -q 'dkim=[^p]' verdict
}

is_ascii() {
	! sed '/^\r*$/q' "$1" | LC_ALL=C grep -q $'[\x80-\xff]'
}

longest_line() {
	tr -d '\r' < "$1" | awk '{ if (length($0) > n) n = length($0) } END { print n }'
}

both_are_there() {
	lab_has_mail direct.world.example "$1" && old_data "$1@old.world.example"
}

# sent NAME [OPTION…] < MESSAGE: to a new user at both; then $new and $old are its copies.
n=0
sent() {
	local name=$1
	shift
	n=$((n + 1))
	to="user$n"
	as alice $SENDMAIL "$@" -- "$to@direct.world.example" "$to@old.world.example" > out 2>&1 || { cat out >&2; false; }
	is "$name: taken" "$?" 0
	ok "$name: both copies arrive" lab_until 60 both_are_there "$to"
	new=$(copy direct.world.example "$to")
	old=$LAB/old.$n
	unstuffed "$(old_data "$to@old.world.example")" > "$old"
	like "$name: verified by the receiver" "$(header "$new" | grep -c 'dkim=pass')$(header "$new" | grep -oE 'dkim=(fail|perm)')" '^[1-9]$'
	ok "$name: and on the wire" verified "$old"
	ok "$name: no line is too long" test "$(longest_line "$old")" -le 998
}

# has NAME FIELD VALUE: one field of that name in both copies, with that value.
has() {
	is "$1: $2" "$(field "$new" "$2")|$(field "$old" "$2")" "$3|$3"
}

# reads NAME FIELD TEXT: the same, once decoded.
reads() {
	is "$1: $2 reads" "$(decoded "$new" "$2" | sed -n 1p)|$(decoded "$old" "$2" | sed -n 1p)" "$3|$3"
}

# ---- letters beyond ASCII ---------------------------------------------------------------

sent "UTF-8" -i <<'END'
From: Jürgen "Müller, J." <a@sender.example>
To: "Grüße" <x@direct.world.example>, y@direct.world.example (Käufer (groß))
Subject: Grüße aus  Köln, und 日本語 dazu, in einer Zeile die länger ist als eine
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8; name="Übersicht 1.txt"
Content-Disposition: attachment; filename="Übersicht, die einen recht langen Namen hat und nicht auf eine Zeile passt.txt"
Message-ID: <grün.1@sender.example>
References: <früher@sender.example> <2@sender.example>
Keywords: grün, gelb
List-Unsubscribe: <https://sender.example/?q=ü>

text
END
ok "UTF-8: the header is ASCII" is_ascii "$old"
reads "UTF-8" From 'Jürgen Müller, J. <a@sender.example>'
reads "UTF-8" To 'Grüße <x@direct.world.example>, y@direct.world.example (Käufer (groß))'
reads "UTF-8" Subject 'Grüße aus  Köln, und 日本語 dazu, in einer Zeile die länger ist als eine'
has "UTF-8" Message-ID '<gr%C3%BCn.1@sender.example>'
has "UTF-8" References '<fr%C3%BCher@sender.example> <2@sender.example>'
is "UTF-8: the file's name" "$(decoded "$old" X | tail -n 1)" 'Übersicht, die einen recht langen Namen hat und nicht auf eine Zeile passt.txt'
unlike "UTF-8: SMTPUTF8 is not asked for" "$(header "$new")" 'ESMTPUTF8|UTF8SMTP'

sent "Latin-1" -i < <(printf 'From: a@sender.example\nTo: x@direct.world.example\nSubject: gr\xfc\xdfe\nContent-Type: text/plain; charset=ISO-8859-1\n\nx\n')
reads "Latin-1" Subject 'grüße'
like "Latin-1: its charset is said" "$(field "$old" Subject)" '^=\?ISO-8859-1\?'

sent "bytes of no charset" -i < <(printf 'From: a@sender.example\nTo: x@direct.world.example\nSubject: gr\xfc\xdfe\n\nx\n')
like "bytes of no charset: that is said" "$(field "$old" Subject)" '^=\?unknown-8bit\?'

sent "a domain" -i <<'END'
From: a@sender.example
To: x@grün.example
Subject: s

x
END
has "a domain" To 'x@xn--grn-ioa.example'

as alice $SENDMAIL -i -f bob@sender.example user60@direct.world.example user60@old.world.example <<'END'
From: bob@sender.example
Cc: jürgen@direct.world.example
Subject: s

x
END
ok "an address that needs SMTPUTF8 goes where that is" lab_until 60 lab_has_mail direct.world.example user60
like "with it" "$(header "$(copy direct.world.example user60)")" 'UTF8SMTP'
ok "and comes back where it is not" lab_until 60 lab_has_mail sender.example bob
like "with the reason" "$(cat "$(copy sender.example bob)")" 'SMTPUTF8'

as root $SENDMAIL -FCronDaemon -i -odi -oem -oi -t -f '<>' <<'END'
From: "(Cron Daemon)" <root>
To: root
Subject: Cron <root@web1> echo grün
Content-Type: text/plain; charset=UTF-8

out
END
ok "cron's, without a sender, reaches the owner" lab_until 60 old_data owner@old.world.example
unstuffed "$(old_data owner@old.world.example)" > cron
is "cron's: Subject reads" "$(decoded cron Subject | sed -n 1p)" 'Cron <root@web1> echo grün'
ok "cron's: verified" verified cron

# ---- carriage returns ----------------------------------------------------------------------

sent "CR" -i < <(printf 'From: a@sender.example\nTo: x@direct.world.example\nSubject: hi\rBcc: evil@direct.world.example\rContent-Type: text/html\r\r<b>phish</b>\nX-Next: 1\n\nreal\n')
has "CR" Subject 'hi Bcc: evil@direct.world.example Content-Type: text/html  <b>phish</b>'
has "CR" X-Next 1
has "CR" Content-Type ''
is "CR: the body is the body" "$(sed '1,/^\r*$/d' "$old" | tr -d '\r')" real

sent "CR CR LF" -t < <(printf 'From: a@sender.example\r\r\nTo: x@direct.world.example\r\r\nSubject: s\r\r\nBcc\r: user50@direct.world.example\r\r\n\r\r\nbody\r\r\n')
has "CR CR LF" Subject s
has "CR CR LF" Bcc ''
ok "CR CR LF: Bcc is a recipient" lab_until 60 lab_has_mail direct.world.example user50
is "CR CR LF: the body is the body" "$(sed '1,/^\r*$/d' "$old" | tr -d '\r' | head -n 1)" body

# ---- long lines -----------------------------------------------------------------------------

list=$(printf 'u%d@direct.world.example, ' {1..60})
sent "a long To" -i < <(printf 'From: a@sender.example\nTo: %s\nSubject: s\n\nx\n' "${list%, }")
has "a long To" To "${list%, }"
sent "a long word" -i < <(printf 'From: a@sender.example\nTo: x@direct.world.example\nSubject: %s\n\nx\n' "$(head -c 1200 /dev/zero | tr '\0' w)")
reads "a long word" Subject "$(head -c 1200 /dev/zero | tr '\0' w)"
out=$(printf 'From: a@sender.example\nReferences: <%s@x>\n\nx\n' "$(head -c 1200 /dev/zero | tr '\0' w)" | as alice $SENDMAIL -i user1@direct.world.example 2>&1)
is "what has no place to fold is refused" "$?" 65
like "and named" "$out" 'References'

# ---- recipients ---------------------------------------------------------------------------------

as alice $SENDMAIL -i -f al\\+ice@sender.example 'user51@direct.world.example user52@direct.world.example' 'user\53@direct.world.example' < <(world_message a@sender.example x@direct.world.example blanks)
for user in user51 user52 user53; do
	ok "blanks and backslashes in arguments: $user" lab_until 60 lab_has_mail direct.world.example $user
done
like "a backslash in the sender" "$(cat "$(copy direct.world.example user53)")" '^Return-Path: <al\+ice@sender\.example>'
as alice $SENDMAIL -t < <(printf 'From: a@sender.example\nTo: user54@direct.world.example user\\55@direct.world.example\nSubject: s\n\nx\n')
for user in user54 user55; do
	ok "blanks and backslashes in To: $user" lab_until 60 lab_has_mail direct.world.example $user
done
is "commas come to it" "$(field "$(copy direct.world.example user54)" To)" 'user54@direct.world.example, user55@direct.world.example'

# ---- fields that are there once, and those that are missing ----------------------------------------

sent "twice" -i <<'END'
From: a@sender.example
To:
To: undisclosed-recipients:;
Cc: ,
Subject: s
MIME-Version: 1.0
Content-Type: text/html; charset=UTF-8
MIME-Version: 1.0
Content-Type: text/plain
References: <1@x>
References: <2@x>
Content-Length: 5
Lines: 1
Status: RO

<p>x</p>
END
has "twice" To 'undisclosed-recipients:;'
has "twice" Cc ''
has "twice" MIME-Version 1.0
has "twice" Content-Type 'text/html; charset=UTF-8'
has "twice" References $'<1@x>\t<2@x>'
has "twice" Content-Length ''
has "twice" Status ''

sent "resent" -i <<'END'
Resent-To: x@direct.world.example
Resent-Reply-To: alice
Errors-To: root
Mail-Followup-To: alice, root
From: z@sender.example, y@sender.example
To: x@direct.world.example
Date: Tue, 8 Sep 2020 09:06:13 +0000
Message-ID: <1@x>

x
END
has "resent" Resent-From 'Alice Caller <alice@sender.example>'
like "resent: its date and id" "$(field "$old" Resent-Date)$(field "$old" Resent-Message-ID)" '20[0-9][0-9] .*<.*@sender\.example>'
has "resent" Message-ID '<1@x>'
has "resent" Resent-Reply-To alice@sender.example
has "resent" Errors-To root@sender.example
has "resent" Mail-Followup-To 'alice@sender.example, root@sender.example'
has "two authors" Sender alice@sender.example

sent "no From" <<'END'
Subject: s

x
END
has "no From" From 'Alice Caller <alice@sender.example>'
export NAME='Älice'
sent "NAME" < <(printf 'Subject: s\n\nx\n')
reads "NAME" From 'Älice <alice@sender.example>'
sent "-F" -F 'A. Caller' < <(printf 'Subject: s\n\nx\n')
has "-F" From '"A. Caller" <alice@sender.example>'
unset NAME
sent "another's address" -f info@sender.example < <(printf 'Subject: s\n\nx\n')
has "another's address" From info@sender.example
sent "mbox" -i < <(printf 'From alice Fri Feb 13 23:31:30 2009\nSubject: s\n\nx\n')
has "mbox" Subject s
sent "no mbox" -i < <(printf 'From me to you\nSubject: s\n\nx\n')
is "no mbox: it is text" "$(sed '1,/^\r*$/d' "$old" | tr -d '\r' | head -n 1)" 'From me to you'
world_done
