#!/bin/sh
# What the units do under systemd.  run.py boots a container for this and no more; /mnt is its
# directory, / is in memory and goes with it.  Exits with 42 when all went as it should, with 1 at
# the first thing that did not.
set -u

said=/run/said
units=/run/systemd/system
services=/etc/aiotools/services.d
unit=aiotoolsd.service
number=0

fail() {
	echo "not ok: $1"
	shift
	for line; do
		echo "	$line"
	done
	sed 's/^/	said: /' "$said"
	systemctl status --no-pager -n 0 "$unit" aiotoolsd.socket
	journalctl --no-pager -n 60
	exit 1
}

ok() {
	number=$((number + 1))
	echo "ok $number: $1"
}

# code N WHAT COMMAND...: it exits with N.  What it said is in $said.
code() {
	wanted=$1 what=$2
	shift 2
	"$@" >"$said" 2>&1 </dev/null
	got=$?
	[ "$got" -eq "$wanted" ] || fail "$what" "$*" "exit code $got, not $wanted"
	ok "$what"
}

does() {
	code 0 "$@"
}

# says WHAT TEXT: what the last command said has it.
says() {
	grep -qF -- "$2" "$said" || fail "$1" "wanted: $2"
	ok "$1"
}

# equal WHAT WANTED GOT
equal() {
	[ "$2" = "$3" ] || fail "$1" "wanted: $2" "got: $3"
	ok "$1"
}

# soon WHAT SHELL-COMMAND: it succeeds within 20 seconds.  Also for what follows a stop: systemctl
# waits for the unit that it was given, not for the others that stop with it.
soon() {
	tries=0
	until eval "$2" >"$said" 2>&1 </dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 400 ] || fail "$1" "not within 20 s: $2"
		sleep 0.05
	done
	ok "$1"
}

prop() {
	systemctl show -P "$1" "${2:-$unit}"
}

# as USER COMMAND...
as() {
	user=$1
	shift
	setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"
}

log_has() {
	aiotoolsctl log -o cat | grep -qF -- "$1"
}

# service NAME AFTER: NAME.ini for a task that blocks the loop after that time; loaded by hand.
service() {
	printf '[Service]\nModule = hang\nEnabled = no\n[Args]\nafter = %s\n' "$2" \
		>"$services/$1.ini"
}

installs() {
	equal 'sysusers.d makes the user' 'aiotools /var/lib/aiotools /usr/sbin/nologin' \
		"$(getent passwd aiotools | cut -d: -f1,6,7 | tr : ' ')"
	equal 'tmpfiles.d makes the directories' \
		'755 aiotools,755 aiotools,755 root,755 root,' \
		"$(stat -c '%a %U' /run/aiotools /run/aiotools/services.d /etc/aiotools \
			"$services" | tr '\n' ,)"
	does 'the installed units are sound' systemd-analyze verify --man=no \
		--recursive-errors=yes "$unit" aiotoolsd.socket
	cp /mnt/aiotoolsd.ini /etc/aiotools/
}

starts() {
	mkdir -p "$services"
	for name in hello world; do # off as installed
		sed 's/^Enabled = no/Enabled = yes/' "/usr/lib/aiotools/services.d/$name.ini" \
			>"$services/$name.ini"
	done
	does 'starts, and says that it is ready' systemctl start "$unit"
	equal 'it is active, of type notify' 'active notify' "$(prop ActiveState) $(prop Type)"
	does 'systemctl status works' systemctl status --no-pager "$unit"
	says 'its status is the tasks' 'Status: "3 tasks, 2 running"'
	says 'what loads is in the journal' '[ OK ] Service: hello.service from /usr/lib'
	equal 'the socket is for all' '666 aiotools' "$(stat -c '%a %U' /run/aiotools/control.sock)"
	equal 'the log is not' '640 aiotools' "$(stat -c '%a %U' /run/aiotools/log.ring)"
	equal 'nor is the state directory' '750 aiotools' "$(stat -c '%a %U' /var/lib/aiotools)"
	does 'the log can be read' aiotoolsctl log hello.service
	says 'a task wrote to it' 'hello, world'
	soon 'sysmon runs' 'aiotoolsctl log | grep -F "[sysmon.service]"'
	does 'all of it' aiotoolsctl log
	says 'sysmon sees the machine' '[sysmon.service] load '
	! grep -qE '\[(WARN|ERROR)\] \[aiotoolsd\]' "$said" || fail 'the daemon misses nothing'
	ok 'the daemon misses nothing'
}

# Users, and what the socket that systemd made lets the daemon know of them.
knows_users() {
	does 'users to test with' systemd-sysusers --inline 'g aiot-look -' 'u looker -' \
		'm looker aiot-look' 'g aiot-do -' 'u doer -' 'm doer aiot-do'
	sed -i -e 's/^;OperateGroup =.*/OperateGroup = aiot-do/' \
		-e 's/^;ReadGroup =.*/ReadGroup = aiot-look/' /etc/aiotools/aiotoolsd.ini
	does 'restarts' systemctl restart "$unit"
	does 'root may look' aiotoolsctl status
	code 4 'nobody may not' as nobody aiotoolsctl status
	says 'and is told why' "may not look: be root or the daemon's user"
	code 4 'nor stop' as nobody aiotoolsctl stop hello.service
	does 'a member of ReadGroup= may look' as looker aiotoolsctl status
	code 4 'but not stop' as looker aiotoolsctl stop hello.service
	does 'a member of OperateGroup= may stop' as doer aiotoolsctl stop hello.service
	does 'and start' as doer aiotoolsctl start hello.service
	code 4 'but not end the daemon' as doer aiotoolsctl shutdown
	does "the daemon's user may do all" as aiotools aiotoolsctl daemon-reload
	equal 'the daemon is still there' active "$(prop ActiveState)"
}

reloads() {
	pid=$(prop MainPID)
	service hang 100ms
	does 'reloads' systemctl reload "$unit"
	soon 'a new file is known' 'aiotoolsctl services | grep hang.service'
	equal 'by the same process' "$pid" "$(prop MainPID)"
}

survives_a_hang() {
	mkdir -p "$units/$unit.d"
	printf '[Service]\nWatchdogSec=2s\n' >"$units/$unit.d/test.conf"
	systemctl daemon-reload
	does 'restarts with a watchdog for the impatient' systemctl restart "$unit"
	pid=$(prop MainPID)
	first=$(aiotoolsctl log -o mono | head -n 1)
	does 'a task is loaded that will hang' aiotoolsctl load hang
	soon 'the watchdog kills it' \
		"journalctl -u $unit -o cat | grep \"Failed with result 'watchdog'\""
	soon 'it is started again' '[ "$(prop ActiveState)" = active ]'
	equal 'once' 1 "$(prop NRestarts)"
	[ "$pid" != "$(prop MainPID)" ] || fail 'by another process'
	ok 'by another process'
	does 'it answers' aiotoolsctl list
	does 'the log of before is there' aiotoolsctl log -o mono
	says 'from the first line' "$first"
	says 'to the last' 'hanging'
	rm -r "$units/$unit.d"
	systemctl daemon-reload
}

survives_a_crash() {
	kill -SEGV "$(prop MainPID)"
	soon 'a crash is noticed' '[ "$(prop NRestarts)" = 2 ]'
	soon 'and the next process answers' 'aiotoolsctl list'
}

stops() {
	service first 1h
	service second 1h
	service third 1h
	does 'reads the files' aiotoolsctl daemon-reload
	for name in first second third; do
		does "loads $name" aiotoolsctl load "$name"
	done
	does 'stops' systemctl stop "$unit"
	equal 'cleanly' 'inactive success 0' \
		"$(prop ActiveState) $(prop Result) $(prop ExecMainStatus)"
	soon 'with its socket' '[ "$(prop ActiveState aiotoolsd.socket)" = inactive ]'
	[ ! -e /run/aiotools/control.sock ] || fail 'which leaves no file'
	ok 'which leaves no file'
	code 7 'so that no client starts it again' aiotoolsctl list
	says 'and each is told what does' 'systemctl start aiotoolsd'
}

starts_on_demand() {
	does 'the socket alone is started' systemctl start aiotoolsd.socket
	equal 'that starts no daemon' inactive "$(prop ActiveState)"
	code 4 'whoever connects does' as nobody aiotoolsctl list
	equal 'it is active' active "$(prop ActiveState)"
	equal 'the last stop was in order' 'third second first ' "$(aiotoolsctl log -o mono |
		sed -n 's/.*\[\([a-z]*\)\.service\] let go$/\1/p' | tr '\n' ' ')"
	does 'it can be shut down' aiotoolsctl shutdown
	soon 'then it is gone' '[ "$(prop ActiveState)" = inactive ]'
	equal 'cleanly' 'success 0' "$(prop Result) $(prop NRestarts)"
	does 'until somebody connects' aiotoolsctl list
}

# As on a system where the package came after the start: the units make what they need.
starts_from_nothing() {
	does 'stops' systemctl stop "$unit" aiotoolsd.socket
	# Who starts it again while systemd still takes that away can lose the new one (219/CGROUP).
	soon 'its control group is gone' '[ -z "$(prop ControlGroup)" ]'
	rm -rf /run/aiotools /var/lib/aiotools /etc/aiotools
	does 'starts without a directory' systemctl start "$unit"
	does 'it answers' aiotoolsctl list
	equal 'it has them' '755 aiotools,750 aiotools,' \
		"$(stat -c '%a %U' /run/aiotools /var/lib/aiotools | tr '\n' ,)"
}

of_user() {
	as doer env HOME=/run/doer XDG_RUNTIME_DIR=/run/doer "$@"
}

# The same for a user's systemd, which is started here without a login.
serves_a_user() {
	cat >"$units/doer.service" <<-EOT
		[Service]
		Type=notify
		User=doer
		Delegate=yes
		RuntimeDirectory=doer
		Environment=HOME=/run/doer XDG_RUNTIME_DIR=/run/doer
		ExecStart=/lib/systemd/systemd --user --unit=basic.target
	EOT
	does "a user's systemd starts" systemctl start doer.service
	does "the user's unit starts" of_user systemctl --user start "$unit"
	does 'it is ready' of_user systemctl --user status --no-pager "$unit"
	says 'and says so' 'Status: "0 tasks, 0 running"'
	does 'it answers' of_user aiotoolsctl --user info
	equal "its socket is the user's" '600 doer' \
		"$(stat -c '%a %U' /run/doer/aiotools/control.sock)"
	does 'it stops' of_user systemctl --user stop "$unit"
	soon 'with its socket' '[ ! -e /run/doer/aiotools/control.sock ]'
}

installs
starts
knows_users
reloads
survives_a_hang
survives_a_crash
stops
starts_on_demand
starts_from_nothing
serves_a_user
echo "$number passed"
exit 42
