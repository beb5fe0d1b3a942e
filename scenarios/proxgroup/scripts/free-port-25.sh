#!/bin/sh
# Frees port 25 on this host for the mail server's container: finds who listens there, says who it
# is, and removes the package that it came with. Run as a user with sudo.
set -eu

# One line for each listener: NAME PID (0 where the kernel does not say).
listeners() {
	sudo ss -Hltnp 'sport = :25' | awk '{
		name = "unknown"; pid = 0
		if (match($0, /\(\("[^"]+",pid=[0-9]+/)) {
			split(substr($0, RSTART + 3, RLENGTH - 3), part, /",pid=/)
			name = part[1]; pid = part[2]
		}
		print name, pid
	}' | sort -u
}

fail() {
	echo "port 25: still held: $*" >&2
	exit 1
}

found=$(listeners)
if [ -z "$found" ]; then
	echo 'port 25: nobody listens'
	exit 0
fi
name=$(echo "$found" | awk 'NR == 1 { print $1 }')
pid=$(echo "$found" | awk 'NR == 1 { print $2 }')
case " $(echo "$found" | awk '{ print $1 }' | tr '\n' ' ') " in
*' docker-proxy '* | *' rootlessport '*)
	echo 'port 25: held by Docker itself, for a container; left alone'
	exit 0
	;;
esac

echo "port 25: held by $name (pid $pid)"
[ "$pid" != 0 ] || fail "the process cannot be seen"
program=$(sudo readlink "/proc/$pid/exe") || fail "$name (pid $pid) cannot be looked at"
package=$(dpkg-query -S "$program" 2>/dev/null | cut -d: -f1) || package=
[ -n "$package" ] || fail "$name ($program) belongs to no package; stop it by hand"
# A mail server and nothing else: an interpreter's package must not go because of one script.
case $(dpkg-query -W -f '${Provides}' "$package" | head -n 1) in
*mail-transport-agent*) echo "port 25: $program belongs to $package" ;;
*) fail "$name ($program, package $package) is no mail server; stop it by hand" ;;
esac

# Stop before removing: a listener that its init script no longer knows would outlive the package.
case $package in
exim4*) unit=exim4 packages='exim4*' ;;
*) unit=$name packages=$package ;;
esac
sudo systemctl stop "$unit" || true
# shellcheck disable=SC2086 # a pattern for apt
sudo apt-get -y -qq purge "$packages" || fail "$package could not be removed"

tries=0
while left=$(listeners) && [ -n "$left" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 20 ] || fail "$left"
	# Whatever of it is left: the same program, and nothing else.
	for pid in $(echo "$left" | awk -v name="$name" '$1 == name { print $2 }'); do sudo kill "$pid" || true; done
	sleep 0.25
done
echo "port 25: free, $package is removed"
