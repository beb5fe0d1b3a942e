#!/bin/sh
# normalise.sh MIRROR SECURITY_MIRROR: makes both kinds of root file system the same.
set -eu
mirror=$1 security=$2

# What the two ways configure for themselves (see apt.conf, dpkg.cfg and policy-rc.d).
rm -f /etc/apt/apt.conf.d/docker-* /etc/dpkg/dpkg.cfg.d/docker* /etc/apt/apt.conf.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/99mmdebstrap /tmp/normalise.sh
chmod 755 /usr/sbin/policy-rc.d

if [ -n "$mirror" ]; then
	rm -f /etc/apt/sources.list.d/*
	{
		echo "deb $mirror bookworm main"
		echo "deb $mirror bookworm-updates main"
		if [ -n "$security" ]; then echo "deb $security bookworm-security main"; fi
	} > /etc/apt/sources.list
fi

# debconf asks nobody; in its database and not in ENV, so that it also holds over SSH.
echo 'debconf debconf/frontend select Noninteractive' | debconf-set-selections

apt-get update -qq
apt-get -y -qq upgrade
apt-get clean

rm -rf /usr/share/man/* /usr/share/info/* /usr/share/groff/* /usr/share/lintian/*
find /usr/share/doc -type f ! -name copyright -delete
find /usr/share/doc -depth -type d -empty -delete
find /usr/share/locale -mindepth 1 -maxdepth 1 ! -name locale.alias -exec rm -rf {} +
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* /tmp/*
# Each host gets its own at boot.
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id
