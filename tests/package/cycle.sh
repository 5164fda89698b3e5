#!/bin/sh
# cycle.sh - the life of the package, in a copy of this machine's root that is thrown away: an overlay in a mount namespace
# of its own. Nothing outside is touched, no service manager is needed: the test starts what the unit says it starts.
# Usage: cycle.sh FIRST.deb SECOND.deb     (the same build; the second is the later version)
# Last line: "N passed, M failed".
set -u
first=$(realpath "$1") second=$(realpath "$2") self=$(realpath "$0")

if [ "${3:-}" != inside ]; then
    scratch=$(mktemp -d /tmp/rasad-package-XXXXXX)
    trap 'rm -rf "$scratch"' EXIT
    mount_point=$scratch/root
    mkdir "$scratch/over" "$mount_point"
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child --propagation private sh -c '
        set -e
        mount -t tmpfs -o mode=755 tmpfs "$1/over"
        mkdir "$1/over/upper" "$1/over/work"
        mount -t overlay -o lowerdir=/,upperdir="$1/over/upper",workdir="$1/over/work" overlay "$1/root"
        mount -t proc proc "$1/root/proc"
        mount --rbind /dev "$1/root/dev"
        mount -t tmpfs tmpfs "$1/root/run"
        mount -t tmpfs tmpfs "$1/root/tmp"
        cp "$2" "$1/root/tmp/first.deb"
        cp "$3" "$1/root/tmp/second.deb"
        cp "$4" "$1/root/tmp/cycle.sh"
        exec chroot "$1/root" sh /tmp/cycle.sh /tmp/first.deb /tmp/second.deb inside
    ' sh "$scratch" "$first" "$second" "$self"
    exit
fi

# ---- inside
passed=0 failed=0 pid= listener=
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
unset RASAD_SANDBOX RASAD_DATA RASAD_PORT RASAD_BIND RASAD_USER 2>/dev/null || true
ok() { passed=$((passed + 1)); echo "ok - $1"; }
bad() { failed=$((failed + 1)); echo "FAIL - $1"; [ -z "${2:-}" ] || tail -20 "$2"; }
expect() { # expect WHAT COMMAND...: it goes well
    what=$1; shift
    if "$@" > /tmp/out 2>&1; then ok "$what"; else bad "$what" /tmp/out; fi
}
refuse() {
    what=$1; shift
    if "$@" > /tmp/out 2>&1; then bad "$what" /tmp/out; else ok "$what"; fi
}
unit() { sed -n "s/^$2=//p" "/lib/systemd/system/$1"; }

# As the service manager would: the unit's user, its settings, its capabilities and its command; it hears what it is told,
# and its end of the log says that it is journald's.
start() {
    settings=$(grep -v '^#' "$(unit rasad.service EnvironmentFile)" | grep =)
    : > /tmp/log
    [ -z "$listener" ] || kill "$listener"
    rm -f /tmp/notify
    perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un("/tmp/notify")) or die; chmod(0666, "/tmp/notify"); $| = 1;
        while (defined recv(S, $text, 4096, 0)) { print "$text\n" }' > /tmp/told &
    listener=$!
    until [ -S /tmp/notify ]; do sleep 0.1; done
    # shellcheck disable=SC2046,SC2086
    setpriv --reuid "$(unit rasad.service User)" --regid "$(unit rasad.service Group)" --init-groups --no-new-privs \
        env -i PATH=/usr/bin:/bin NOTIFY_SOCKET=/tmp/notify JOURNAL_STREAM="$(stat -c %d:%i /tmp/log)" $settings $(unit rasad.service ExecStart) >> /tmp/log 2>&1 &
    pid=$!
    for _ in $(seq 200); do
        grep -q '^ready' /tmp/log && return 0
        sleep 0.1
    done
    return 1
}
stop() { kill -TERM "$pid"; wait "$pid"; }
entries() { rasad call Reports/GetHead '{}' | grep -o '"sequence":"[0-9]*"' | tr -dc 0-9; }
owner() { [ "$(stat -c '%U %a' "$1")" = "$2" ]; }

expect "it installs" dpkg -i /tmp/first.deb
expect "its user can not log in" sh -c 'getent passwd rasad | grep -q nologin'
expect "the data are closed to others" owner /var/lib/rasad "rasad 700"
expect "so are the backups" owner /var/backups/rasad "rasad 700"
expect "the units are whole" sh -c '! command -v systemd-analyze || systemd-analyze verify --man=no rasad.service rasad-backup.service rasad-backup.timer rasad-backup.path'
expect "the service is enabled" sh -c 'ls /etc/systemd/system/*/rasad.service /etc/systemd/system/*/rasad-backup.timer /etc/systemd/system/*/rasad-backup.path'

sed -i 's/^RASAD_PORT=.*/RASAD_PORT=0/' /etc/default/rasad # a change of the administrator's
expect "it starts as the unit says" start
expect "no process is root's" sh -c "! ps -o user= --ppid $pid -p $pid | grep -q root"
expect "the service manager is told that it serves" grep -qx READY=1 /tmp/told
expect "every line of the log has its level for journald" sh -c "grep -q '^<6>ts=' /tmp/log && ! grep '^ts=' /tmp/log"
expect "the gateway goes by its name" sh -c "ps -o args= --ppid $pid | grep -qx rasad-gateway"
expect "status, as root" rasad status
expect "a command, as root" rasad call Registry/AddKinds '{"lines":[{"code":"depot","label":{"en":"Depot"},"behaviour":{"holds":true}}]}'
mkdir -m 0700 /root/first
printf 'code,kind,parent,name_en,calendar\nroot,depot,,Root,gregorian\n' > /root/first/places.csv
refuse "a spreadsheet in root's own directory is not read" rasad import places /root/first/places.csv
expect "it says how" sh -c 'rasad import places /root/first/places.csv 2>&1 | grep -q "rasad import places - < /root/first/places.csv"'
expect "through stdin it is" sh -c 'rasad import places - < /root/first/places.csv'
expect "the programme that comes with it" sh -c 'rasad load /usr/share/rasad/demo > /tmp/demo && grep -q "^login" /tmp/demo || { cat /tmp/demo; false; }'
before=$(entries)
expect "there are entries" test "${before:-0}" -gt 100
expect "what is set already wins over the file" sh -c 'RASAD_DATA=/tmp/elsewhere rasad status; test $? = 3'
# shellcheck disable=SC2046
expect "the nightly backup" setpriv --reuid rasad --regid rasad --init-groups env -i $(grep -v '^#' /etc/default/rasad | grep =) $(unit rasad-backup.service ExecStart)
rasad call Registry/AddPeople '{"lines":[{"code":"somebody","name":"Somebody","roles":[]}]}' > /tmp/out
refuse "nobody was forgotten" test -e "$(unit rasad-backup.path PathChanged)"
expect "somebody is forgotten" rasad call Registry/ForgetPeople '{"people":["somebody"]}'
sleep 1
expect "the unit that waits for it would make a backup" test -e "$(unit rasad-backup.path PathChanged)"
before=$(entries)
expect "a certificate is put where the runbook says" sh -c 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout /tmp/key.pem -out /tmp/cert.pem 2> /dev/null &&
    install -o rasad -g rasad -m 0400 /tmp/cert.pem /etc/rasad/cert.pem && install -o rasad -g rasad -m 0400 /tmp/key.pem /etc/rasad/key.pem'
sed -i 's/^#RASAD_TLS/RASAD_TLS/' /etc/default/rasad
expect "the backup is closed to others" sh -c '! stat -c %a /var/backups/rasad/* | grep -v "00$"'
expect "the watchdog hears of it again and again" sh -c 'for i in $(seq 150); do [ "$(grep -cx WATCHDOG=1 /tmp/told)" -lt 2 ] || exit 0; sleep 0.1; done; exit 1'
stop
expect "the service manager is told that it stops" grep -qx STOPPING=1 /tmp/told

# The upgrade: the new build finds tables with another number.
# The number stands behind the word in the table of settings; the lowest bit makes it another one.
perl -0777 -pi -e 's/(projection\0)(.)/$1 . ($2 ^ "\x01")/ges' /var/lib/rasad/rasad.lmdb
expect "it upgrades" dpkg --force-confold -i /tmp/second.deb
expect "the administrator's settings stay" grep -q '^RASAD_PORT=0' /etc/default/rasad
expect "it starts again" start
expect "it speaks TLS" grep -q '^ready https' /tmp/log
expect "the tables were made anew before anybody was served" sh -c 'awk "/rebuilding the store/ { seen = 1 } /^ready/ { exit !seen }" /tmp/log'
expect "every entry is there" test "$(entries)" = "$before"
expect "verify" rasad verify
stop

expect "it is removed" dpkg -r rasad
refuse "its programs are gone" test -e /usr/lib/rasad/rasad
expect "the data stay" test -s /var/lib/rasad/rasad.lmdb
expect "the settings stay" test -s /etc/default/rasad
dpkg -P rasad > /tmp/purge 2>&1
rm -r /etc/rasad
expect "purged, the settings are gone" test ! -e /etc/default/rasad
expect "the data of the programme are kept, and it says so" grep -q 'data in /var/lib/rasad are kept' /tmp/purge
refuse "no file of the package is left" sh -c 'find / -xdev -name "*rasad*" \( -path "/usr/*" -o -path "/lib/*" -o -path "/etc/*" \) -not -path "*/node_modules/*" -not -path "/usr/local/*" 2>/dev/null | grep .'

expect "installed again" dpkg -i /tmp/second.deb
sed -i 's/^RASAD_PORT=.*/RASAD_PORT=0/' /etc/default/rasad
expect "it starts again" start
expect "everything is as it was" test "$(entries)" = "$before"
stop

rm -r /var/lib/rasad
expect "and from the backup, on an empty machine" rasad restore /var/backups/rasad
expect "it starts" start
expect "verify" rasad verify
stop

# The first day, as the runbook has it, on a store of its own.
rm -r /var/lib/rasad
install -d -m "$(unit rasad.service StateDirectoryMode)" -o rasad -g rasad "/var/lib/$(unit rasad.service StateDirectory)"
expect "it starts with nothing" start
for command in $(seq 4); do
    gzip -dc /usr/share/doc/rasad/RUNBOOK.md.gz | sed -n '/^## The first day/,/^## /p' | sed -n '/^```/,/^```/p' | grep '^rasad ' | sed -n "${command}p" > /tmp/command
    case "$command" in
    2) printf 'code,kind,parent,name_en,calendar\nup,state,,Uttar Pradesh,gregorian\n' > places.csv ;;
    esac
    expect "the first day, command $command" sh -c 'echo "{\"person\":\"asha\",\"password\":\"long enough\"}" | sh /tmp/command'
done
expect "the first administrator signs in" sh -c 'rasad call Registry/SignIn "{\"login\":\"asha\",\"password\":\"long enough\"}" | grep -q "\"role\":\"ROLE_ADMINISTRATOR\""'
stop
rm -r /var/lib/rasad /var/backups/rasad
expect "purged without data, nothing is left of it" sh -c 'dpkg -P rasad && test ! -e /var/lib/rasad && test ! -e /var/backups/rasad'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
