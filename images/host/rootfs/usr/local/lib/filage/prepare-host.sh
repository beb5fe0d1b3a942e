#!/bin/sh
# Runs once, while the image is built.
set -eu

# Units that have nothing to do in a container (no hardware, no consoles, no disks) and timers
# that would do work of their own in the middle of a rehearsal.
systemctl -q mask \
	getty.target console-getty.service getty-static.service getty@tty1.service \
	systemd-networkd-wait-online.service systemd-remount-fs.service \
	systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service \
	systemd-udevd-control.socket systemd-udevd-kernel.socket \
	systemd-random-seed.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
	systemd-pstore.service systemd-firstboot.service systemd-hwdb-update.service \
	systemd-ask-password-wall.path systemd-ask-password-console.path \
	dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount \
	sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount proc-sys-fs-binfmt_misc.automount \
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer
systemctl -q set-default multi-user.target

# Logins work as soon as sshd answers, not only when the boot is over.
ln -s /dev/null /etc/tmpfiles.d/systemd-nologin.conf

# Each host gets its own.
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub /var/lib/dbus/machine-id
: > /etc/machine-id
mkdir -p /etc/filage /var/lib/filage/network-down.d
chmod 755 /usr/local/sbin/filage-*
chmod 600 /etc/ssh/sshd_config.d/10-filage.conf
