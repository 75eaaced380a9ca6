#!/bin/sh
# SPDX-License-Identifier: ISC
#
# html.sh FOLDER - the pages as one static site in FOLDER: an index by task, a file for each page, one style sheet.
# Nothing in it is a script, and nothing is fetched from elsewhere. mandoc is the system's, or that of tests/lab/peers.sh.
set -eu
cd "$(dirname "$0")/.."

# In the order in which somebody new meets them.
tasks="switching where-is-my-mail distrust containers beside-postfix oauth security"
reference="etc/signet.conf.5 sendmail-shim/sendmail.8 sendmail-shim/signet-drop.8 signet/signet.8 relay/signetd/signetd.8"
into=$1
mandoc=$(command -v mandoc || echo build/lab/manual/usr/bin/mandoc)
[ -x "$mandoc" ] || { echo "html.sh: mandoc is needed: apt-get install mandoc, or sh tests/lab/peers.sh manual" >&2; exit 1; }

mkdir -p "$into"
cp doc/style.css "$into/"
pages=
for task in $tasks; do
	pages="$pages doc/signet-$task.7"
done

# named PAGE: signet.8 is signet(8)
named() {
	echo "${1##*/}" | sed 's/\.\([0-9]\)$/(\1)/'
}
said() {
	sed -n 's/^\.Nd //p' "$1"
}

# begin TITLE WHERE
begin() {
	cat <<-END
	<!DOCTYPE html>
	<html lang="en">
	<head>
	<meta charset="utf-8">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<title>$1</title>
	<link rel="stylesheet" href="style.css">
	</head>
	<body>
	<header><strong><a href="index.html">Signet</a></strong> <span>$2</span></header>
	<main>
	END
}
end() {
	printf '%s\n' '</main>' "<footer>$1</footer>" '</body>' '</html>'
}

# Links to pages of other packages become plain words.
ours=$(for page in $pages $reference; do echo "${page##*/}"; done | sed 's/\./\\./g' | paste -sd'|' | sed 's/|/\\|/g')
for page in $pages $reference; do
	toc=
	case $page in *.7) ;; *) toc=,toc ;; esac
	{
		begin "$(named "$page"): $(said "$page")" "$(named "$page")"
		"$mandoc" -T html -O "fragment$toc,man=%N.%S.html" "$page" |
			sed -e 's/<h1 class="Sh">TABLE OF CONTENTS<\/h1>/<nav><h1>Sections<\/h1>/' -e '/<nav>/,/^<\/ul>/s/^<\/ul>/<\/ul><\/nav>/' \
				-e '/<table class="head">/,/<\/table>/d' -e '/<table class="foot">/,/<\/table>/d' \
				-e "s/<a class=\"Xr\" href=\"\($ours\)\.html\">/<a href=\"\1.html\">/g" \
				-e 's/<a class="Xr" href="[^"]*">\([^<]*\)<\/a>/\1/g'
		end "The same page is in the manual: <code>man $(echo "${page##*/}" | sed 's/\(.*\)\.\(.\)$/\2 \1/')</code>"
	} > "$into/${page##*/}.html"
done

{
	begin "Signet: mail from this host" "the manual"
	cat <<-'END'
	<h1 class="title">Signet</h1>
	<p>A drop-in <code>/usr/sbin/sendmail</code>: it keeps each message safe, signs it on this host, and delivers it, straight
	to the receiver or through a smarthost.</p>
	<h1>What would you do?</h1>
	<ul class="tasks">
	<li><a href="signet.conf.5.html#FOUR_CONFIGURATIONS">configure it: straight to the receivers, through a smarthost, both, or
	in a container</a></li>
	END
	for page in $pages; do
		echo "<li><a href=\"${page##*/}.html\">$(said "$page")</a></li>"
	done
	printf '%s\n' '</ul>' '<h1>Look it up</h1>' '<dl>'
	for page in $reference; do
		echo "<dt><a href=\"${page##*/}.html\">$(named "$page")</a></dt><dd>$(said "$page")</dd>"
	done
	echo '</dl>'
	end "These pages are made from the manual by <code>make docs</code>."
} > "$into/index.html"
echo "$into/index.html"
