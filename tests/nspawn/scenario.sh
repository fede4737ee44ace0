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

# loads NAME KEY=VALUE...: what comes along, with other options than as installed.
loads() {
	name=$1
	shift
	[ $# -eq 0 ] || does "$name has options" aiotoolsctl config "$name" "$@"
	does "$name loads" aiotoolsctl load "$name"
}

# Each of the bundled services can do its work in the sandbox of the unit as it is installed; what
# takes a drop-in is in hardware.conf.
runs_what_comes_along() {
	kept=/var/lib/aiotools
	mkdir -p /etc/aiotools/watched
	does 'a module is looked into by another process' aiotoolsctl describe sensor
	for name in hello_core hello_low blink sensor; do
		loads "$name"
	done
	loads network interfaces=lo timeout=20s
	does 'network hears of an interface' aiotoolsctl wait --timeout 20s network
	says 'that is up' 'network.service: done'
	loads ping hosts=127.0.0.1 count=1 every=50ms
	does 'ping has an answer' aiotoolsctl wait --timeout 20s ping
	says 'by ICMP or TCP' 'ping.service: done'
	loads files paths=/etc/aiotools/watched/ task=world.service do=restart settle=10ms
	soon 'files watches' 'aiotoolsctl status files | grep running'
	touch /etc/aiotools/watched/new
	soon 'and orders' "aiotoolsctl log files | grep 'watched/new'"
	loads unittest "tests=true,/bin/sh -c 'exit 0'" report=$kept/tests.json settle=10ms
	soon 'unittest runs programs and reports' "grep '\"passed\":2' $kept/tests.json"
	loads watcher after=10ms every=50ms report=$kept/watched.json
	soon 'watcher reports' "[ -s $kept/watched.json ]"
	loads devop 'modes=app: hello' 'wait=hello'
	does 'devop runs' aiotoolsctl trigger devop
	soon 'and reports' "[ -s $kept/app.report ] && [ -s $kept/app.stats.json ]"
	if [ -e "$(echo /usr/lib*/*/aiotools/services/stats.so)" ]; then
		loads stats listen=127.0.0.1:8888
		soon 'stats answers over HTTP' "python3 -c 'import urllib.request as u; \
			print(u.urlopen(\"http://127.0.0.1:8888/metrics\").read())' | grep aiotools"
	fi
	does 'runs are there to be seen' aiotoolsctl history
	! aiotoolsctl is-failed '*' >"$said" || fail 'none of them failed'
	ok 'none of them failed'
	pid=$(prop MainPID)
	does 'it restarts itself' aiotoolsctl daemon-restart
	soon 'and answers' 'aiotoolsctl info | grep booted'
	equal 'as the same process' "$pid" "$(prop MainPID)"
	equal 'of which systemd has noticed nothing' "0 active" "$(prop NRestarts) $(prop ActiveState)"
	for name in hello_core hello_low blink sensor network ping files unittest watcher devop \
		stats; do
		aiotoolsctl unload "$name" >/dev/null 2>&1
	done
}

# The drop-in to start from, with all of its parts, on a board that has those groups.
reaches_hardware() {
	does 'groups of a board' systemd-sysusers --inline 'g gpio -' 'g dialout -'
	mkdir -p "$units/$unit.d"
	cp /usr/share/doc/aiotools/hardware.conf "$units/$unit.d"
	systemctl daemon-reload
	does 'starts with the drop-in for hardware' systemctl restart "$unit"
	loads ping hosts=127.0.0.1 method=icmp count=1 every=50ms
	does 'ping by ICMP has an answer' aiotoolsctl wait --timeout 20s ping
	says 'and is through' 'ping.service: done'
	rm -r "$units/$unit.d"
	# What would reboot stops here, at a target that does nothing.
	sed 's/^Unit=reboot/Unit=aiotools-rebooted/' /lib/systemd/system/aiotools-reboot.path \
		>"$units/aiotools-reboot.path"
	printf '[Unit]\nDescription=What would be a reboot\n' >"$units/aiotools-rebooted.target"
	systemctl daemon-reload
	does 'the unit for reboots starts' systemctl start aiotools-reboot.path
	does 'the daemon restarts as it was' systemctl restart "$unit"
	equal 'nobody has rebooted' inactive "$(prop ActiveState aiotools-rebooted.target)"
	loads unittest 'tests=touch /run/aiotools/reboot' report=
	soon 'a task can' '[ "$(prop ActiveState aiotools-rebooted.target)" = active ]'
	systemctl stop aiotools-reboot.path
	rm /run/aiotools/reboot
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
runs_what_comes_along
reaches_hardware
survives_a_hang
survives_a_crash
stops
starts_on_demand
starts_from_nothing
serves_a_user
echo "$number passed"
exit 42
