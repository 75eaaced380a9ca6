#!/bin/bash
# SPDX-License-Identifier: ISC
# In a container: the root folder that etc/container/Containerfile makes, read-only, without any right, as a user whom
# nobody knows. There sendmail delivers by itself, or hands over to the signetd of the host. No container engine is needed:
# the folder is entered by a user namespace of its own.
. "$(dirname "$0")/world.sh"
world_begin "$@"
tap_plan 54

if ! why=$(as alice unshare --user --map-user=12345 true 2>&1); then
	skip "a container" "this system allows its users no user namespaces: $why" 53
	world_done
	exit
fi

HOST=smtp.isp.world.example
ROOT=$LAB/root
C=$LAB_SOURCE/etc/container
mkdir -p hostile/log
world_names
lab_certificate $HOST
cp "$LAB/tls/$HOST.pem" hostile/good.crt
cp "$LAB/tls/$HOST.key" hostile/good.key
lab_dns_start
lab_hostile_start hostile 192.0.2.20 587

# ---- the folder ----------------------------------------------------------------------------

# What an engine does with it: names, devices, and no writing.
# rooted FOLDER
rooted() {
	mkdir -p "$1"/{dev,proc,etc,run/signet}
	cp /etc/resolv.conf /etc/hosts "$1/etc/"
	mount --bind "$1" "$1"
	mount --rbind /dev "$1/dev"
	mount --rbind /proc "$1/proc"
	mount --bind /run/signet "$1/run/signet"
	mount -o remount,bind,ro "$1"
}
mkdir -p /run/signet
cp -a $LAB/build/container/root $ROOT
cp $LAB/tls/ca.pem $ROOT/etc/ssl/lab.pem
echo open-sesame > $ROOT/etc/password
chmod 444 $ROOT/etc/password
mkdir $LAB/keys
$SIGNET key new --type ed25519 --domain sender.example --selector pods --file $LAB/keys/pods.pem > /dev/null 2>&1
cp $LAB/keys/pods.pem $ROOT/etc/pods.pem
chmod 440 $ROOT/etc/pods.pem
chgrp alice $ROOT/etc/pods.pem
{
	cat $C/signet.conf
	echo 'dkim = ( { domain = "sender.example"; selector = "pods"; file = "/etc/pods.pem"; } );'
} > $ROOT/etc/signet/signing.conf
rooted $ROOT

# inside FOLDER ENVIRONMENT… -- ARGUMENTS…: sendmail there, with that environment alone; sets code, out and err
inside() {
	local folder=$1 environment=()
	shift
	while [ "$1" != -- ]; do
		environment+=("$1")
		shift
	done
	shift
	env -i "${environment[@]}" setpriv --reuid alice --regid alice --clear-groups --bounding-set -all --inh-caps=-all --no-new-privs \
		unshare --user --map-user=12345 --map-group=12345 --root="$folder" --wd=/ /usr/sbin/sendmail "$@" > out 2> err
	code=$?
	out=$(cat out)
	err=$(cat err)
}
SET="MAIL_DOMAIN=sender.example SMTP_HOST=$HOST SMTP_CA_FILE=/etc/ssl/lab.pem"
MESSAGE=$'From: you@sender.example\nTo: a@direct.world.example\nSubject: boxed\n\nhello\n'
# boxed [VARIABLE…] -- ARGUMENTS…
boxed() {
	# shellcheck disable=SC2086
	inside $ROOT $SET "$@" <<< "$MESSAGE"
}
says() {
	printf '%s\n' 'word PIPELINING' 'cert good' "$@" > hostile/script
}
newest() {
	find hostile -name "*.$1" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2
}
alone() {
	! pgrep -u alice
}

is "what the Containerfile copies is there" "$(sed -n 's/^#	COPY --from=signet \([^ ]*\) .*/\1/p' $C/Containerfile | while read -r f; do ls -d "$ROOT$f"; done 2>&1 | grep -c "^$ROOT")" 3
like "it is made by the target that made this" "$(cat $C/Containerfile)" '^RUN YES=1 make deps && make BUILD=[^ ]* container-root$'
fails "nothing can be written there" touch $ROOT/tmp/x

# ---- without a queue -----------------------------------------------------------------------

says
boxed -- -i a@direct.world.example
is "delivered" "$code" 0
like "log = stderr" "$err" 'status=sent'
like "verified by the certificate it was given" "$err" 'tls=TLSv1\.[23]/verified'
like "by a user without a name" "$(cat "$(newest commands)")" '^MAIL FROM:<uid12345@sender\.example>'
ok "nobody stays" lab_until 30 alone
boxed -- -t -i -f you@sender.example
is "-t" "$code" 0
boxed SMTP_CA_FILE= -- -i a@direct.world.example
is "who has the web's roots alone does not trust the lab" "$code" 75
like "and says so" "$err" 'certificate'
says 'on rcpt reply 550 5.1.1 no such user'
boxed -- -i a@direct.world.example
is "no such user" "$code" 67
says 'on rcpt reply 450 4.2.0 later'
boxed -- -i a@direct.world.example
is "put off" "$code" 75
says 'on dot reply 554 5.7.1 rejected as spam'
boxed -- -i a@direct.world.example
is "spam" "$code" 65
says
printf '%s\r\n' 'EHLO me' 'MAIL FROM:<you@sender.example>' 'RCPT TO:<a@direct.world.example>' DATA 'Subject: bs' '' x . QUIT > dialogue
# shellcheck disable=SC2086
inside $ROOT $SET -- -bs < dialogue
like "-bs" "$out" '^250 2\.0\.0 delivered to smtp\.isp\.world\.example'
says 'on rcpt reply 550 5.1.1 no such user'
# shellcheck disable=SC2086
inside $ROOT $SET -- -bs < dialogue
like "-bs hears the refusal" "$out" '^550 5\.1\.1 .*no such user'

# Larger than what is kept in memory, where no file can be made.
says
large() {
	printf '%s' "$MESSAGE"
	head -c 3000000 /dev/zero | tr '\0' y | fold -w 70
}
# shellcheck disable=SC2086
inside $ROOT $SET -- -i a@direct.world.example < <(large)
is "3 MB where nothing can be written" "$code" 0
ok "arrive" test "$(stat -c %s "$(newest data)")" -gt 3000000

says 'auth PLAIN me open-sesame'
boxed SMTP_USER=me SMTP_PASSWORD_FILE=environment:SMTP_PASSWORD SMTP_PASSWORD=open-sesame -- -i a@direct.world.example
is "a password in the environment" "$code" 0
boxed SMTP_USER=me SMTP_PASSWORD_FILE=environment:SMTP_PASSWORD SMTP_PASSWORD=close-sesame -- -i a@direct.world.example
is "a wrong one" "$code" 75
unlike "is not shown" "$err" close-sesame
boxed SMTP_USER=me SMTP_PASSWORD_FILE=/etc/password -- -i a@direct.world.example
is "a password mounted as root has it, for all to read" "$code" 0
says
boxed -- -C /etc/signet/signing.conf -i a@direct.world.example
is "a key mounted by its group" "$code" 0
like "signs" "$(cat "$(newest data)")" '^DKIM-Signature: .*d=sender\.example'
boxed SMTP_HOST= -- -i a@direct.world.example
is "a smarthost that is not set" "$code" 78
like "is what is wrong" "$err" 'smarthost'

# What the processes have, while the server lets them wait.
says 'on rcpt stall'
(boxed SMTP_TIMEOUT=60s -- -i a@direct.world.example) 2> /dev/null &
four() {
	[ "$(pgrep -u alice -f 'sendmail|libexec/signet' | wc -l)" -ge 6 ]
}
ok "sendmail, once, smtp and esmtp run" lab_until 60 four
held() {
	for pid in $(pgrep -u alice); do
		sed -n "s/^$1:[ 	]*//p" "/proc/$pid/status"
	done | sort -u | tr '\n' ' '
}
is "without a capability" "$(held CapEff)$(held CapPrm)$(held CapAmb)" "0000000000000000 0000000000000000 0000000000000000 "
is "and no way to gain one" "$(held NoNewPrivs)" "1 "
kill "$(pgrep -o -u alice sendmail)"
ok "with their caller all go" lab_until 30 alone

# ---- in another image ----------------------------------------------------------------------

mkdir -p bare/usr/sbin bare/etc/signet bare/usr/libexec
sed -n 's/^#	COPY --from=signet \([^ ]*\) \([^ ]*\)$/\1 \2/p' $C/Containerfile | while read -r from to; do
	cp -a "$ROOT$from" "bare$to"
done
rooted $LAB/bare
says
inside $LAB/bare MAIL_DOMAIN=sender.example SMTP_HOST=$HOST SMTP_TLS=encrypt -- -i a@direct.world.example <<< "$MESSAGE"
is "three lines of a Containerfile are enough" "$code" 0

# ---- the host's signetd --------------------------------------------------------------------

mkdir -p alone/usr/sbin
cp $LAB/build/sendmail alone/usr/sbin/
rooted $LAB/alone
world_config <<'END'
routes = ( { to = [ "*" ]; via = [ "mx" ]; } );
END
sed -i '/^dkim = (/,/^);/d' $CONF
world_mx_start
lab_signetd_start
node() {
	inside $LAB/alone SIGNET_SOCKET=/run/signet/socket -- "$@" <<< "$MESSAGE"
}
node -i -v alice@direct.world.example
is "sendmail alone, by the host's socket" "$code" 0
like "is told the queue id" "$out" '^queued as '
ok "it arrives" lab_until 60 lab_has_mail direct.world.example alice
like "as that of the user outside" "$(cat $LAB/log/signetd)" 'uid=1001 from='
inside $ROOT SIGNET_SOCKET=/run/signet/socket -- -i -v alice@direct.world.example <<< "$MESSAGE"
is "SIGNET_SOCKET counts for more than queue = none" "$code" 0
like "which it would otherwise be" "$out" '^queued as '
lab_signetd_stop
node -i alice@direct.world.example
is "while signetd is away" "$code" 75
like "it says why, and that nothing was kept" "$err" 'signetd does not answer at /run/signet/socket \(.*\), and /usr/sbin/signet-drop cannot be run \(No such file or directory\).*was not kept'

# With a drop folder, and without the right to use it.
as alice $SENDMAIL -i alice@direct.world.example <<< "$MESSAGE"
is "on the host the drop folder takes it" "$?" 0
as alice setpriv --no-new-privs $SENDMAIL -i alice@direct.world.example <<< "$MESSAGE" 2> err
is "but not from who may gain no privileges" "$?" 75
like "who hears why" "$(cat err)" 'no-new-privs; NoNewPrivileges= of a systemd unit'

# A socket unit holds the caller until signetd is there.
like "there is one" "$(cat $LAB_SOURCE/etc/signetd.socket)" '^ListenStream=/run/signet/socket$'
cat > unit.py <<'END'
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind("/run/signet/socket")
os.chmod("/run/signet/socket", 0o666)
s.listen(64)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], [sys.argv[2]])
END
rm -f /run/signet/socket
/usr/bin/python3 unit.py $LAB/go $LAB/build/signetd &
ok "it listens" lab_until 30 test -S /run/signet/socket
before=$(lab_mail direct.world.example alice | wc -l)
(
	node -i alice@direct.world.example
	echo "$code" > held
) &
# One that listens, and one that nobody has accepted.
connected() {
	[ "$(grep -c /run/signet/socket /proc/net/unix)" -ge 2 ]
}
ok "a container's sendmail is held" lab_until 30 connected
fails "and not yet answered" test -s held
touch $LAB/go
ok "until signetd runs" lab_until 60 test -s held
is "then it is taken" "$(cat held)" 0
ok "and delivered, with what was dropped" lab_until 60 lab_has_mail direct.world.example alice $((before + 2))

# ---- the examples --------------------------------------------------------------------------

mkdir -p examples
/usr/bin/python3 - $C examples $LAB/keys > examples/facts <<'END'
import os, sys, yaml
source, into = sys.argv[1:3]
compose = yaml.safe_load(open(source + "/compose.yaml"))
pods = list(yaml.safe_load_all(open(source + "/kubernetes.yaml")))
for name, service in compose["services"].items():
    print("compose", name, service["read_only"], service["cap_drop"], service["user"], "SIGNET_SOCKET" in service["environment"])
open(into + "/compose.conf", "w").write(compose["configs"]["signet"]["content"])
open(into + "/compose.env", "w").write("".join("%s=%s\n" % v for v in compose["services"]["direct"]["environment"].items()))
for pod in pods:
    if pod["kind"] == "ConfigMap":
        open(into + "/kubernetes.conf", "w").write(pod["data"]["signet.conf"].replace("/etc/signet-keys/", sys.argv[3] + "/"))
    else:
        app = pod["spec"]["containers"][0]
        print("pod", pod["metadata"]["name"], app["securityContext"]["readOnlyRootFilesystem"],
              app["securityContext"]["capabilities"]["drop"], pod["spec"]["securityContext"]["runAsUser"],
              any(e["name"] == "SIGNET_SOCKET" for e in app["env"]))
END
is "the examples are YAML, each of both ways and without rights" "$(cat examples/facts)" "compose direct True ['ALL'] 12345:12345 False
compose queued True ['ALL'] 12345:12345 True
pod direct True ['ALL'] 12345 False
pod queued True ['ALL'] 12345 True"
mkdir -p /run/secrets
echo open-sesame > /run/secrets/smtp_password
chmod 600 /run/secrets/smtp_password
# shellcheck disable=SC2046
like "the configuration of compose.yaml" "$(env $(cat examples/compose.env) $SIGNET config check examples/compose.conf 2>&1 | grep -v ^warning:)" '^examples/compose\.conf: OK, [0-9]* settings$'
like "that of kubernetes.yaml" "$(SMTP_PASSWORD=x $SIGNET config check examples/kubernetes.conf 2>&1 | grep -v ^warning:)" '^examples/kubernetes\.conf: OK, [0-9]* settings$'
like "that of the image" "$(MAIL_DOMAIN=a.example SMTP_HOST=b.example $SIGNET config check $C/signet.conf 2>&1)" 'signet\.conf: OK, [0-9]* settings$'
world_done
